//! Fixes that held for a problem: the best of them, and how often each has held since. It must not know who proposes them.

use std::cmp::Ordering;

use patchbay_store::{Batch, Record, StoreExt, Stored};
use patchbay_tasks::Fingerprint;

use super::over::Came;
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
        let best = self.known_rows(problem, fits, count).await?;
        Ok(best.into_iter().map(|row| row.record).collect())
    }

    async fn known_rows(
        &self,
        problem: &Fingerprint,
        fits: impl Fn(&KnownFix) -> bool,
        count: usize,
    ) -> Result<Vec<Stored<KnownFix>>, EngineError> {
        let mut range = problem_key(problem).prefix().backwards();
        let mut best: Vec<Stored<KnownFix>> = Vec::new();
        for _ in 0..PAGES_MAX {
            let rows = self.store.list::<KnownFix>(range.clone(), PAGE).await?;
            let last = rows.last().filter(|_| rows.len() == PAGE).map(|row| row.record.key());
            best.extend(rows.into_iter().filter(|row| fits(&row.record)));
            best.sort_by(|one, other| better_first(&one.record, &other.record));
            best.truncate(count);
            match last {
                Some(last) => range = range.after(&last),
                None => break,
            }
        }
        Ok(best)
    }

    /// What came of a plan, once for each fix. The batch is refused if somebody else has counted meanwhile: then this is
    /// decided anew.
    pub(crate) async fn counted(
        &self,
        batch: Batch,
        record: &FixRecord,
        came: Came,
    ) -> Result<Batch, EngineError> {
        if came == Came::Nothing {
            return Ok(batch);
        }
        // Whichever problem its own is part of by now.
        let problem = self.problem_now(record.fix.problem.clone()).await;
        let plan = record.fix.plan.digest();
        let known = self.known_rows(&problem, |known| known.plan.digest() == plan, 1).await?;
        let Some(row) = known.into_iter().next() else {
            return match came {
                Came::Held => first(batch, self.held_once(problem, record)),
                _ => Ok(batch),
            };
        };
        let known = match came {
            Came::Held => held_again(row.record),
            Came::TakenBack => self.retired(row.record, record).await?,
            // What was never begun says nothing of it.
            _ if record.fix.executions == 0 => return Ok(batch),
            _ => one_more_failure(row.record),
        };
        let batch = batch.require_revision::<KnownFix>(&known.key(), row.revision);
        Ok(batch.put(&known)?)
    }

    fn held_once(&self, problem: Fingerprint, record: &FixRecord) -> KnownFix {
        KnownFix {
            problem,
            fix: record.fix.id,
            plan: record.fix.plan.clone(),
            held: 1,
            failed: 0,
            retired: false,
            since: self.now(),
        }
    }

    /// A known plan that was taken back: it is not proposed any more, and has failed once more, unless its failure was
    /// counted before it was taken back.
    async fn retired(&self, mut known: KnownFix, record: &FixRecord) -> Result<KnownFix, EngineError> {
        let problem = self.read::<ProblemRecord>(&problem_key(&record.fix.problem)).await?;
        let mut tried = problem.into_iter().flat_map(|row| row.record.problem.tried);
        if !tried.any(|tried| tried.fix == record.fix.id && tried.failed) {
            known = one_more_failure(known);
        }
        known.retired = true;
        Ok(known)
    }
}

/// It becomes known.
fn first(batch: Batch, known: KnownFix) -> Result<Batch, EngineError> {
    Ok(batch.require_absent::<KnownFix>(&known.key()).put(&known)?)
}

fn held_again(mut known: KnownFix) -> KnownFix {
    known.held = known.held.saturating_add(1);
    known
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
