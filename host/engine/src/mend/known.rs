//! Fixes that held for a problem: the best of them, and how often each has held since. It must not know who proposes them.

use std::cmp::Ordering;

use patchbay_store::{Batch, Record, StoreExt};
use patchbay_tasks::Fingerprint;

use crate::engine::Inner;
use crate::error::EngineError;
use crate::row::{FixRecord, KnownFix, problem_key};

/// Known fixes that are read at once.
const PAGE: usize = 50;
/// Pages that are looked through, the newest first.
const PAGES_MAX: usize = 20;

impl Inner {
    /// Those that fit, the best first, at most `count`; of equal ones the oldest first.
    pub(crate) async fn known(
        &self,
        problem: &Fingerprint,
        fits: impl Fn(&KnownFix) -> bool,
        count: usize,
    ) -> Result<Vec<KnownFix>, EngineError> {
        let mut range = problem_key(problem).prefix().backwards();
        let mut best: Vec<KnownFix> = Vec::new();
        for _ in 0..PAGES_MAX {
            let rows = self.store.list::<KnownFix>(range.clone(), PAGE).await?;
            let last = rows.last().filter(|_| rows.len() == PAGE).map(|row| row.record.key());
            best.extend(rows.into_iter().map(|row| row.record).filter(&fits));
            best.sort_by(better_first);
            best.truncate(count);
            match last {
                Some(last) => range = range.after(&last),
                None => break,
            }
        }
        Ok(best)
    }

    /// The known fix with this plan.
    pub(crate) async fn known_of(&self, record: &FixRecord) -> Result<Option<KnownFix>, EngineError> {
        let plan = record.fix.plan.digest();
        let known = self.known(&record.fix.problem, |known| known.plan.digest() == plan, 1).await?;
        Ok(known.into_iter().next())
    }

    /// What a fix's outcome says of the fix that it was first.
    pub(crate) async fn counted(
        &self,
        batch: Batch,
        record: &FixRecord,
        held: bool,
    ) -> Result<Batch, EngineError> {
        let Some(mut known) = self.known_of(record).await? else { return Ok(batch) };
        if held {
            known.held += 1;
        } else {
            known.failed += 1;
            known.retired |= known.failed >= KnownFix::FAILURES_MAX;
        }
        Ok(batch.put(&known)?)
    }
}

/// By the success rate, with one success and one failure added to what was counted (Laplace's rule of succession).
fn better_first(one: &KnownFix, other: &KnownFix) -> Ordering {
    let counts = |fix: &KnownFix| (u64::from(fix.held) + 1, u64::from(fix.held) + u64::from(fix.failed) + 2);
    let ((good, all), (others_good, others_all)) = (counts(one), counts(other));
    // No count is near the root of what 64 bits hold: a fix takes longer than that to be tried.
    (others_good.saturating_mul(all)).cmp(&good.saturating_mul(others_all)).then(one.fix.cmp(&other.fix))
}
