//! Which of many schedules is next. It must not know what a schedule is, nor what time it is.

use std::collections::{BTreeSet, HashMap};
use std::hash::Hash;

use patchbay_types::Timestamp;

/// Keys in the order of their times. While nothing is due, nothing is looked at but the first.
#[derive(Clone, Debug)]
pub struct Agenda<K> {
    order: BTreeSet<(Timestamp, K)>,
    times: HashMap<K, Timestamp>,
}

impl<K: Clone + Ord + Hash> Agenda<K> {
    /// Puts a key in, or moves it: O(log n).
    pub fn set(&mut self, key: K, at: Timestamp) {
        if let Some(was) = self.times.insert(key.clone(), at) {
            self.order.remove(&(was, key.clone()));
        }
        self.order.insert((at, key));
    }

    /// O(log n). When it was to come; none if it was not there.
    pub fn remove(&mut self, key: &K) -> Option<Timestamp> {
        let at = self.times.remove(key)?;
        self.order.remove(&(at, key.clone()));
        Some(at)
    }

    /// When the first is due.
    #[must_use]
    pub fn next(&self) -> Option<Timestamp> {
        self.order.first().map(|(at, _)| *at)
    }

    /// Takes out what is due, the earliest first, one with each step. What is not taken stays.
    pub fn take_due(&mut self, now: Timestamp) -> impl Iterator<Item = K> + '_ {
        std::iter::from_fn(move || {
            self.next().filter(|at| *at <= now)?;
            let (_, key) = self.order.pop_first()?;
            self.times.remove(&key);
            Some(key)
        })
    }

    #[must_use]
    pub fn len(&self) -> usize {
        self.times.len()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.times.is_empty()
    }
}

impl<K> Default for Agenda<K> {
    fn default() -> Self {
        Self { order: BTreeSet::new(), times: HashMap::new() }
    }
}

#[cfg(test)]
mod tests;
