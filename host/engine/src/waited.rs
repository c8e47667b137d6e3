//! Whom nobody waits for, so that an end concerns nobody and nothing need be read. It must not know who waits: a yes may
//! be wrong, a no never is.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use patchbay_tasks::TaskName;
use patchbay_types::stable_hash;

/// Bits that stand for names; each name has two.
const BITS: u64 = 1 << 20;

/// A Bloom filter of the names that other tasks wait for. A name is never taken out.
pub(crate) struct Waited {
    words: Vec<AtomicU64>,
    /// All that is stored was added: before, everybody may be waited for.
    complete: AtomicBool,
}

impl Waited {
    /// Before the link is committed.
    pub(crate) fn add(&self, name: &TaskName) {
        for (word, bit) in self.bits(name) {
            word.fetch_or(bit, Ordering::SeqCst);
        }
    }

    pub(crate) fn complete(&self) {
        self.complete.store(true, Ordering::SeqCst);
    }

    /// After the end is committed.
    pub(crate) fn may_be(&self, name: &TaskName) -> bool {
        !self.complete.load(Ordering::SeqCst)
            || self.bits(name).all(|(word, bit)| word.load(Ordering::SeqCst) & bit != 0)
    }

    fn bits(&self, name: &TaskName) -> impl Iterator<Item = (&AtomicU64, u64)> {
        let hash = stable_hash(name.as_str());
        [hash % BITS, (hash >> 32) % BITS].into_iter().filter_map(|place| {
            let word = usize::try_from(place / 64).ok()?;
            Some((self.words.get(word)?, 1 << (place % 64)))
        })
    }
}

impl Default for Waited {
    fn default() -> Self {
        let words = (0..BITS / 64).map(|_| AtomicU64::new(0)).collect();
        Self { words, complete: AtomicBool::new(false) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_may_be_waited_for_until_all_that_is_stored_is_known() {
        let waited = Waited::default();
        let name = |text: &str| text.parse::<TaskName>().unwrap();
        waited.add(&name("A-1"));
        assert!(waited.may_be(&name("B-1")));
        waited.complete();
        assert!(waited.may_be(&name("A-1")));
        assert!(!waited.may_be(&name("B-1")));
    }
}
