//! Sums by their key, with a bound on how many there are. It must not know what is summed.

use std::hash::Hash;
use std::sync::atomic::{AtomicUsize, Ordering};

use foldhash::fast::RandomState;
use hashbrown::{Equivalent, HashMap, hash_map};

use crate::row::UsageRow;
use crate::spent::Amount;

/// What can be added up.
pub(super) trait Sum: Copy {
    fn merge(&mut self, more: &Self);
}

/// Its keys are names that the operator has given: nobody else can choose some that fall together.
pub(super) struct Sums<K, V>(HashMap<K, V, RandomState>);

/// How many places are taken in several [`Sums`] that share a bound.
#[derive(Default)]
pub(super) struct Room(AtomicUsize);

/// There was no place for one more key: nothing was added.
#[derive(Debug)]
pub(super) struct Full;

impl<K: Eq + Hash + Clone, V: Sum> Sums<K, V> {
    /// Adds to the sum of its key. `room` is asked with the number of keys, and only for a new one.
    pub(super) fn add(&mut self, key: K, more: &V, room: impl FnOnce(usize) -> bool) -> Result<(), Full> {
        let keys = self.0.len();
        match self.0.entry(key) {
            hash_map::Entry::Occupied(mut place) => place.get_mut().merge(more),
            hash_map::Entry::Vacant(place) if room(keys) => _ = place.insert(*more),
            hash_map::Entry::Vacant(_) => return Err(Full),
        }
        Ok(())
    }

    /// As `add`, for a key that is only made if it is new.
    pub(super) fn add_to<Q: Hash + Equivalent<K>>(
        &mut self,
        sought: &Q,
        key: impl FnOnce() -> K,
        more: &V,
        room: impl FnOnce(usize) -> bool,
    ) -> Result<(), Full> {
        match self.0.get_mut(sought) {
            Some(sum) => {
                sum.merge(more);
                Ok(())
            }
            None => self.add(key(), more, room),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    pub(super) fn drain(&mut self) -> impl Iterator<Item = (K, V)> + use<'_, K, V> {
        self.0.drain()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        self.0.iter()
    }

    pub(super) fn list(&self) -> Vec<(K, V)> {
        self.0.iter().map(|(key, sum)| (key.clone(), *sum)).collect()
    }
}

impl<K, V> Default for Sums<K, V> {
    fn default() -> Self {
        Self(HashMap::default())
    }
}

impl Room {
    /// Takes a place, if fewer than `max` are taken.
    pub(super) fn take(&self, max: usize) -> bool {
        let has_room = self.0.fetch_add(1, Ordering::Relaxed) < max;
        if !has_room {
            self.give_back(1);
        }
        has_room
    }

    pub(super) fn give_back(&self, places: usize) {
        self.0.fetch_sub(places, Ordering::Relaxed);
    }
}

impl Sum for UsageRow {
    fn merge(&mut self, more: &Self) {
        UsageRow::merge(self, more);
    }
}

impl Sum for Amount {
    fn merge(&mut self, more: &Self) {
        Amount::merge(self, more);
    }
}
