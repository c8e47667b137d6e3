//! A set of names in little memory, a Bloom filter (Bloom 1970): a yes may be wrong, a no never is. It must not know whose
//! names they are.

use std::sync::atomic::{AtomicU64, Ordering};

use patchbay_tasks::TaskName;
use patchbay_types::stable_hash;

/// `BITS` stand for names; each name has two, and is never taken out.
pub(crate) struct Names<const BITS: u64>(Vec<AtomicU64>);

impl<const BITS: u64> Names<BITS> {
    pub(crate) fn add(&self, name: &TaskName) {
        for (word, bit) in self.bits(name) {
            word.fetch_or(bit, Ordering::SeqCst);
        }
    }

    pub(crate) fn may_have(&self, name: &TaskName) -> bool {
        self.bits(name).all(|(word, bit)| word.load(Ordering::SeqCst) & bit != 0)
    }

    fn bits(&self, name: &TaskName) -> impl Iterator<Item = (&AtomicU64, u64)> {
        let hash = stable_hash(name.as_str());
        [hash % BITS, (hash >> 32) % BITS].into_iter().filter_map(|place| {
            let word = usize::try_from(place / 64).ok()?;
            Some((self.0.get(word)?, 1 << (place % 64)))
        })
    }
}

impl<const BITS: u64> Default for Names<BITS> {
    fn default() -> Self {
        Self((0..BITS / 64).map(|_| AtomicU64::new(0)).collect())
    }
}
