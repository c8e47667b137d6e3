//! Requests that wait for a provider: how many, and until when. It must not know what they ask for.

use std::sync::atomic::{AtomicUsize, Ordering};

/// Those that wait now. Each looks again when something comes back, so there is no order among them.
#[derive(Default)]
pub(crate) struct Waiting {
    count: AtomicUsize,
}

/// A place to wait in; free again when it is dropped.
pub(crate) struct Place<'a>(&'a AtomicUsize);

impl Waiting {
    pub(crate) fn count(&self) -> usize {
        self.count.load(Ordering::Relaxed)
    }

    /// None if there are `most` already.
    pub(crate) fn enter(&self, most: usize) -> Option<Place<'_>> {
        let place = Place(&self.count);
        // The place is there before it is counted: it is given back in any case.
        (self.count.fetch_add(1, Ordering::Relaxed) < most).then_some(place)
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_never_more_places_than_there_may_be() {
        let waiting = Waiting::default();
        let first = waiting.enter(2).unwrap();
        let second = waiting.enter(2).unwrap();
        assert!(waiting.enter(2).is_none());
        drop(first);
        assert!(waiting.enter(2).is_some());
        drop(second);
        assert_eq!(waiting.count(), 0);
    }
}
