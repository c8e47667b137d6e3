//! Whom nobody waits for, so that an end concerns nobody and nothing need be read. It must not know who waits: a yes may
//! be wrong, a no never is.

use std::sync::atomic::{AtomicBool, Ordering};

use patchbay_tasks::TaskName;

use crate::names::Names;

/// Bits that stand for names.
const BITS: u64 = 1 << 20;

/// The names that other tasks wait for.
#[derive(Default)]
pub(crate) struct Waited {
    names: Names<BITS>,
    /// All that is stored was added: before, everybody may be waited for.
    complete: AtomicBool,
}

impl Waited {
    /// Before the link is committed.
    pub(crate) fn add(&self, name: &TaskName) {
        self.names.add(name);
    }

    pub(crate) fn complete(&self) {
        self.complete.store(true, Ordering::SeqCst);
    }

    /// After the end is committed.
    pub(crate) fn may_be(&self, name: &TaskName) -> bool {
        !self.complete.load(Ordering::SeqCst) || self.names.may_have(name)
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
