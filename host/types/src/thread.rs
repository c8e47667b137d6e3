//! Which of several equal things a thread uses: each thread its own, as far as there are enough. What stays with a thread
//! stays in its processor's cache.

use std::sync::atomic::{AtomicUsize, Ordering};

/// How many are worth having: one for each processor.
#[must_use]
pub fn shards() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// This thread's. Threads take them in turn, in the order in which they first ask. `shards` is not empty.
pub fn shard<T>(shards: &[T]) -> &T {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    thread_local! {
        static MINE: usize = NEXT.fetch_add(1, Ordering::Relaxed);
    }
    &shards[MINE.with(|mine| mine % shards.len())]
}
