//! The first of many keys that lie in order in the store: so many in memory, the others are read when these are used up.
//! It must not know what a key means.

use std::collections::BTreeSet;

/// Keys in memory, at most.
pub(crate) const WINDOW: usize = 4_096;

/// The smallest keys. All that are stored up to the cursor are here, or somebody has taken them.
#[derive(Debug)]
pub(crate) struct Window<K, const PLACES: usize = WINDOW> {
    keys: BTreeSet<K>,
    /// How far the store was read; none: not at all.
    cursor: Option<K>,
    /// There may be more in the store behind the cursor.
    more: bool,
    /// The first key behind the cursor that was stored, or had no place here any more, since the last read began, which may
    /// have missed it.
    left: Option<K>,
}

impl<K: Ord + Copy, const PLACES: usize> Window<K, PLACES> {
    /// Below this it is filled again.
    const LOW: usize = PLACES / 4;

    /// Nothing is known yet: all lies in the store.
    pub(crate) fn unread() -> Self {
        Self { keys: BTreeSet::new(), cursor: None, more: true, left: None }
    }

    /// A key was stored.
    pub(crate) fn offer(&mut self, key: K) {
        if self.more && self.cursor.is_none_or(|cursor| key > cursor) {
            self.left = Some(self.left.map_or(key, |left| left.min(key)));
            return;
        }
        self.keys.insert(key);
        self.trim();
    }

    /// A key is stored no more.
    pub(crate) fn remove(&mut self, key: &K) -> bool {
        self.keys.remove(key)
    }

    pub(crate) fn take_first(&mut self) -> Option<K> {
        self.keys.pop_first()
    }

    pub(crate) fn first(&self) -> Option<&K> {
        self.keys.first()
    }

    pub(crate) fn wants_fill(&self) -> bool {
        self.more && self.keys.len() < Self::LOW
    }

    /// A read of the store begins, after this key or from the first on.
    pub(crate) fn begin_fill(&mut self) -> Option<K> {
        self.left = None;
        self.cursor
    }

    /// What was read, in order, and the last key that was looked at. Complete: there were no more behind it.
    pub(crate) fn fill(&mut self, read: impl IntoIterator<Item = K>, upto: Option<K>, complete: bool) {
        self.keys.extend(read);
        // If the read went past a key that it may have missed, it is read again from where it began.
        if self.left.is_none_or(|left| upto.is_some_and(|upto| left > upto)) {
            self.cursor = upto.or(self.cursor);
        }
        self.more = !complete || self.left.is_some();
        self.trim();
    }

    /// Neither here nor in the store is there a key.
    pub(crate) fn is_known_empty(&self) -> bool {
        !self.more && self.keys.is_empty()
    }

    pub(crate) fn len(&self) -> usize {
        self.keys.len()
    }

    fn trim(&mut self) {
        while self.keys.len() > PLACES {
            // A read that began behind it must not set the cursor past it.
            self.left = self.keys.pop_last().map(|gone| self.left.map_or(gone, |left| left.min(gone)));
            // Never forward: what was read behind the cursor may have gaps.
            let last = self.keys.last().copied();
            self.cursor = if self.more { self.cursor.min(last) } else { last };
            self.more = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Everything that was stored comes out, in order, however full the window and whenever it came.
    #[test]
    fn what_is_stored_while_the_store_is_read_is_not_lost() {
        let mut store: BTreeSet<u32> = (0..10_000).map(|n| n * 2).collect();
        let mut window = Window::<u32>::unread();
        let mut out = Vec::new();
        let mut late = 0;
        while window.more || window.len() > 0 {
            if window.wants_fill() {
                let from = window.begin_fill();
                let snapshot: Vec<u32> =
                    store.iter().copied().filter(|k| from.is_none_or(|f| *k > f)).take(1_000).collect();
                let complete = snapshot.len() < 1_000;
                if late < 500 {
                    late += 1;
                    let key = 20_001 + late * 2;
                    store.insert(key);
                    window.offer(key);
                }
                let last = snapshot.last().copied();
                window.fill(snapshot, last, complete);
            }
            if let Some(key) = window.take_first() {
                store.remove(&key);
                out.push(key);
            }
        }
        assert!(store.is_empty(), "{} are left", store.len());
        assert_eq!(out.len(), 10_000 + late as usize);
        assert!(out.is_sorted());
    }

    #[test]
    fn what_is_stored_amid_what_is_being_read_is_not_lost() {
        for complete in [true, false] {
            let mut window = Window::<u32>::unread();
            let from = window.begin_fill();
            // Read are 10 and 30; 20 is stored after that, and before the read is taken in.
            window.offer(20);
            window.fill([10, 30], Some(30), complete);
            assert_eq!((from, window.wants_fill()), (None, true));
            let again = window.begin_fill();
            let stored = [10, 20, 30].into_iter().filter(|key| again.is_none_or(|again| *key > again));
            window.fill(stored, Some(30), true);
            let all: Vec<_> = std::iter::from_fn(|| window.take_first()).collect();
            assert_eq!(all, [10, 20, 30]);
        }
    }

    #[test]
    fn what_goes_back_to_the_store_while_the_store_is_read_is_not_lost() {
        let many = u32::try_from(WINDOW).unwrap();
        let large = many * 2;
        for complete in [true, false] {
            let mut window = Window::<u32>::unread();
            window.begin_fill();
            window.fill(large..large + 100, Some(large + 99), false);
            // Behind the 100 the store is read on, and meanwhile so many smaller ones come that none of the 100 has a place,
            // and some of them go again.
            let mut from = window.begin_fill();
            (0..many).for_each(|key| window.offer(key));
            (0..many / 2).for_each(|key| assert!(window.remove(&key)));
            window.fill([large + 100], Some(large + 100), complete);
            let mut out = BTreeSet::new();
            let stored: Vec<u32> = (many / 2..many).chain(large..=large + 100).collect();
            while window.more || window.len() > 0 {
                if window.wants_fill() {
                    from = window.begin_fill();
                    let read: Vec<u32> =
                        stored.iter().copied().filter(|key| from.is_none_or(|from| *key > from)).collect();
                    let last = read.last().copied();
                    window.fill(read, last, true);
                }
                out.extend(window.take_first());
            }
            assert!(out.into_iter().eq(stored), "complete: {complete}, read on behind {from:?}");
        }
    }

    #[test]
    fn a_smaller_key_goes_before_and_the_largest_go_back_to_the_store() {
        let mut window = Window::<u32>::unread();
        window.begin_fill();
        window.fill(std::iter::empty(), None, true);
        for key in (1..=u32::try_from(WINDOW).unwrap() + 10).rev() {
            window.offer(key);
        }
        assert_eq!((window.len(), window.first()), (WINDOW, Some(&1)));
        assert!(window.more && !window.wants_fill());
    }

    /// The store, and whoever writes and reads it beside a small window, in any order.
    #[derive(Default)]
    struct Beside {
        store: BTreeSet<u8>,
        /// Stored, and not offered yet.
        stored: Vec<u8>,
        /// Deleted, and not removed yet.
        deleted: Vec<u8>,
        reading: Option<Option<u8>>,
        read: Option<(Vec<u8>, bool)>,
    }

    impl Beside {
        const PAGE: usize = 3;

        fn step(&mut self, window: &mut Window<u8, 8>, random: &mut fastrand::Rng) {
            let key = random.u8(..64);
            match random.u8(..10) {
                0..=2 if !self.deleted.contains(&key) => {
                    self.store.insert(key);
                    self.stored.push(key);
                }
                3 if !self.stored.contains(&key) && self.store.remove(&key) => self.deleted.push(key),
                4 | 5 => self.stored.pop().into_iter().for_each(|key| window.offer(key)),
                6 => self.deleted.pop().iter().for_each(|key| {
                    window.remove(key);
                }),
                7 => window.take_first().iter().for_each(|key| {
                    self.store.remove(key);
                }),
                8 if self.reading.is_none() && window.wants_fill() => {
                    self.reading = Some(window.begin_fill())
                }
                9 => self.read_on(window),
                _ => {}
            }
        }

        /// Reads what is stored, and, the next time, takes it in.
        fn read_on(&mut self, window: &mut Window<u8, 8>) {
            let Some(from) = self.reading else { return };
            let Some((keys, complete)) = self.read.take() else {
                let behind = self.store.iter().copied().filter(|key| from.is_none_or(|from| *key > from));
                let keys: Vec<u8> = behind.take(Self::PAGE).collect();
                let complete = keys.len() < Self::PAGE;
                return self.read = Some((keys, complete));
            };
            let upto = keys.last().copied();
            window.fill(keys, upto, complete);
            self.reading = None;
        }
    }

    #[test]
    fn whatever_happens_beside_it_nothing_that_is_stored_is_forgotten() {
        let mut random = fastrand::Rng::with_seed(7);
        for case in 0..20_000 {
            let (mut window, mut beside) = (Window::<u8, 8>::unread(), Beside::default());
            (0..random.u16(..400)).for_each(|_| beside.step(&mut window, &mut random));
            std::mem::take(&mut beside.stored).into_iter().for_each(|key| window.offer(key));
            while !window.is_known_empty() {
                if beside.reading.is_none() && window.wants_fill() {
                    beside.reading = Some(window.begin_fill());
                }
                beside.read_on(&mut window);
                window.take_first().iter().for_each(|key| {
                    beside.store.remove(key);
                });
            }
            assert!(beside.store.is_empty(), "case {case} has forgotten {:?}", beside.store);
        }
    }
}
