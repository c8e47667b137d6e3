//! Which of several equal things a thread uses: each thread its own, as far as there are enough. It must not know what
//! the things are.

use std::sync::atomic::{AtomicUsize, Ordering};

/// How many are worth having: one for each processor.
pub(super) fn count() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// This thread's. Threads take them in turn, in the order in which they first ask. `shards` is not empty.
pub(super) fn of<T>(shards: &[T]) -> &T {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    thread_local! {
        static MINE: usize = NEXT.fetch_add(1, Ordering::Relaxed);
    }
    &shards[MINE.with(|mine| mine % shards.len())]
}
