//! Which of several equal things a thread uses: each thread its own, as far as there are enough. What stays with a thread
//! stays in its processor's cache.

use std::cell::Cell;
use std::ops::Deref;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock};

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

/// A value that requests on every thread hold on to. Each thread counts its holders in a place of its own: with one count
/// for all, the processors would take it from each other at each request.
#[derive(Debug)]
pub struct Handles<T>(Box<[Handle<T>]>);

/// Holds a value that many hold. Cheap to clone, but only where it came from: it counts in the place of that thread.
#[derive(Debug)]
pub struct Handle<T>(Arc<Place<T>>);

/// A cache line of its own, and more.
#[repr(align(128))]
#[derive(Debug)]
struct Place<T>(Arc<T>);

impl<T> Handles<T> {
    pub fn new(value: impl Into<Arc<T>>) -> Self {
        let value = value.into();
        let place = || Handle(Arc::new(Place(Arc::clone(&value))));
        Self(std::iter::repeat_with(place).take(shards()).collect())
    }

    /// For whoever holds it on this thread.
    #[must_use]
    pub fn hold(&self) -> Handle<T> {
        shard(&self.0).clone()
    }

    /// The value itself, for whoever asks seldom.
    #[must_use]
    pub fn value(&self) -> &Arc<T> {
        self.0[0].value()
    }
}

impl<T> Handle<T> {
    #[must_use]
    pub fn value(&self) -> &Arc<T> {
        &self.0.0
    }
}

impl<T> Clone for Handle<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T> Deref for Handle<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_lives_as_long_as_somebody_holds_it_on_whichever_thread() {
        let value = Arc::new(7);
        let known = Arc::downgrade(&value);
        let handles = Handles::new(value);
        let held: Vec<Handle<i32>> = std::thread::scope(|scope| {
            let hold = || scope.spawn(|| handles.hold());
            [hold(), hold(), hold()].map(|thread| thread.join().unwrap()).into()
        });
        drop(handles);
        assert!(held.iter().all(|held| **held == 7));
        drop(held);
        assert_eq!(known.upgrade(), None);
    }

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
