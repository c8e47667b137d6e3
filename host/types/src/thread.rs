//! Which of several equal things a thread uses: each thread its own, as far as there are enough. What stays with a thread
//! stays in its processor's cache.

use std::cell::Cell;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering};

/// How many are worth having: one for each processor. Asked of the system once: that takes two dozen calls.
#[must_use]
pub fn shards() -> usize {
    static COUNT: LazyLock<usize> =
        LazyLock::new(|| std::thread::available_parallelism().map_or(1, usize::from));
    *COUNT
}

thread_local! {
    static MINE: Cell<Option<usize>> = const { Cell::new(None) };
}

/// This thread's. Threads that were not told theirs take them in turn, in the order in which they first ask. `shards` is
/// not empty.
pub fn shard<T>(shards: &[T]) -> &T {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    let mine = MINE.get().unwrap_or_else(|| {
        let mine = NEXT.fetch_add(1, Ordering::Relaxed);
        MINE.set(Some(mine));
        mine
    });
    &shards[mine % shards.len()]
}

/// From now on this thread has the shard of this number: of several that serve, no two share one while there are enough.
pub fn take_shard(number: usize) {
    MINE.set(Some(number));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_that_are_told_their_shard_have_that_whoever_asked_before() {
        let shards = [0, 1, 2];
        let asks = || *shard(&shards);
        std::thread::scope(|scope| {
            for number in 0..3 {
                let other = scope.spawn(asks).join().unwrap();
                assert!(shards.contains(&other));
                let serving = scope.spawn(move || {
                    take_shard(number);
                    (asks(), asks())
                });
                assert_eq!(serving.join().unwrap(), (number, number));
            }
        });
    }
}
