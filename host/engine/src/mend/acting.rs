//! Fixes that somebody wants to end while an action of theirs is being done: it gets a little time to come to its end by
//! itself, then it is dropped. It must not know what is done.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use patchbay_tasks::FixId;
use tokio_util::sync::CancellationToken;

/// How long an action that is not wanted any more may go on.
pub(crate) const STOP_GRACE: Duration = Duration::from_secs(10);

/// One word for each fix that an action is done for, or that somebody wants to end: as many as are walked at one time.
pub(crate) struct Acting {
    words: Mutex<HashMap<FixId, CancellationToken>>,
    grace: Duration,
}

/// As long as it lives, no action of the fix goes on for long.
pub(crate) struct Halting<'a> {
    acting: &'a Acting,
    fix: FixId,
}

impl Acting {
    /// What it gives. None: it was dropped, and nobody knows how far it got.
    pub(super) async fn unless_halted<T>(&self, fix: FixId, work: impl Future<Output = T>) -> Option<T> {
        let _listed = Listed { acting: self, fix };
        let halted = self.change(|words| words.entry(fix).or_default().clone());
        tokio::select! {
            biased;
            done = work => Some(done),
            () = after(&halted, self.grace) => None,
        }
    }

    pub(super) fn halt(&self, fix: FixId) -> Halting<'_> {
        self.change(|words| words.entry(fix).or_default().cancel());
        Halting { acting: self, fix }
    }

    fn change<T>(&self, change: impl FnOnce(&mut HashMap<FixId, CancellationToken>) -> T) -> T {
        change(&mut self.words.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Default for Acting {
    fn default() -> Self {
        Self { words: Mutex::default(), grace: STOP_GRACE }
    }
}

async fn after(halted: &CancellationToken, grace: Duration) {
    halted.cancelled().await;
    tokio::time::sleep(grace).await;
}

/// An action that is being done. A word to end outlives it: the next action hears it, too.
struct Listed<'a> {
    acting: &'a Acting,
    fix: FixId,
}

impl Drop for Listed<'_> {
    fn drop(&mut self) {
        self.acting.change(|words| {
            words.retain(|fix, halted| *fix != self.fix || halted.is_cancelled());
        });
    }
}

impl Drop for Halting<'_> {
    fn drop(&mut self) {
        self.acting.change(|words| drop(words.remove(&self.fix)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_action_that_is_not_wanted_any_more_gets_a_little_time_and_no_other_is_touched() {
        let acting = Acting { grace: Duration::from_millis(20), ..Acting::default() };
        let brief = || tokio::time::sleep(Duration::from_millis(1));
        let halting = acting.halt(FixId(1));
        assert_eq!(acting.unless_halted(FixId(1), brief()).await, Some(()));
        assert_eq!(acting.unless_halted(FixId(1), std::future::pending::<()>()).await, None);
        let longer = tokio::time::sleep(Duration::from_millis(60));
        assert_eq!(acting.unless_halted(FixId(2), longer).await, Some(()));
        drop(halting);
        let longer = tokio::time::sleep(Duration::from_millis(60));
        assert_eq!(acting.unless_halted(FixId(1), longer).await, Some(()));
        assert!(acting.words.lock().unwrap().is_empty());
    }
}
