//! Fixes that held for a problem: the best of them, and how often each has held since. It must not know who proposes them.

use std::cmp::Ordering;

use patchbay_store::{Batch, Record, StoreExt};
use patchbay_tasks::Fingerprint;

use crate::engine::Inner;
use crate::error::EngineError;
use crate::row::{FixRecord, KnownFix, ProblemRecord, problem_key};

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

    /// The known fix with this plan, whichever problem its own is part of by now.
    async fn known_of(&self, record: &FixRecord) -> Result<Option<KnownFix>, EngineError> {
        let plan = record.fix.plan.digest();
        let problem = self.problem_now(record.fix.problem.clone()).await;
        let known = self.known(&problem, |known| known.plan.digest() == plan, 1).await?;
        Ok(known.into_iter().next())
    }

    /// What came of a plan, once for each fix. What was never begun says nothing of it.
    pub(crate) async fn counted(
        &self,
        batch: Batch,
        record: &FixRecord,
        held: bool,
    ) -> Result<Batch, EngineError> {
        if held {
            return self.held(batch, record).await;
        }
        match self.known_of(record).await? {
            Some(known) if record.fix.executions > 0 => Ok(batch.put(&one_more_failure(known))?),
            _ => Ok(batch),
        }
    }

    /// The first time it becomes known.
    async fn held(&self, batch: Batch, record: &FixRecord) -> Result<Batch, EngineError> {
        let first = KnownFix {
            problem: record.fix.problem.clone(),
            fix: record.fix.id,
            plan: record.fix.plan.clone(),
            held: 0,
            failed: 0,
            retired: false,
            since: self.now(),
        };
        let mut known = self.known_of(record).await?.unwrap_or(first);
        known.held = known.held.saturating_add(1);
        Ok(batch.put(&known)?)
    }

    /// A known plan that was taken back: it is not proposed any more, and has failed once more, unless its failure was
    /// counted before it was taken back.
    pub(crate) async fn retire(&self, batch: Batch, record: &FixRecord) -> Result<Batch, EngineError> {
        let Some(mut known) = self.known_of(record).await? else { return Ok(batch) };
        let problem = self.read::<ProblemRecord>(&problem_key(&record.fix.problem)).await?;
        let mut tried = problem.into_iter().flat_map(|row| row.record.problem.tried);
        if !tried.any(|tried| tried.fix == record.fix.id && tried.failed) {
            known = one_more_failure(known);
        }
        known.retired = true;
        Ok(batch.put(&known)?)
    }
}

fn one_more_failure(mut known: KnownFix) -> KnownFix {
    known.failed = known.failed.saturating_add(1);
    known.retired |= known.failed >= KnownFix::FAILURES_MAX;
    known
}

/// By the success rate, with one success and one failure added to what was counted (Laplace's rule of succession).
fn better_first(one: &KnownFix, other: &KnownFix) -> Ordering {
    let counts = |fix: &KnownFix| (u64::from(fix.held) + 1, u64::from(fix.held) + u64::from(fix.failed) + 2);
    let ((good, all), (others_good, others_all)) = (counts(one), counts(other));
    // No count is near the root of what 64 bits hold: a fix takes longer than that to be tried.
    (others_good.saturating_mul(all)).cmp(&good.saturating_mul(others_all)).then(one.fix.cmp(&other.fix))
}
