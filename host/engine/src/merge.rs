//! Problems that are one: a person puts one into another, and takes it out again. It must not know what is done about
//! them.

use patchbay_store::{Batch, StoreExt};
use patchbay_tasks::{Actor, Breaker, Fingerprint, FixState, Problem};
use patchbay_types::{Event, NanoUsd, Tokens};

use crate::engine::{Engine, Inner};
use crate::error::EngineError;
use crate::row::{FixRecord, KnownFix, ProblemAlias, ProblemRecord, fix_key, problem_key};

/// How often a problem may be part of one that is part of another.
const CHAIN_MAX: usize = 8;
/// Known fixes that move with a problem.
const KNOWN_MAX: usize = 1_000;

impl Engine {
    /// One problem becomes part of another: its failures, the tasks that wait for it and the fixes that are known for it
    /// are the other's, and so is every failure of it from now on. Its open fix is void.
    ///
    /// # Errors
    /// If there is no such problem, or both are one already; then nothing has changed.
    pub async fn merge_problems(
        &self,
        problem: &Fingerprint,
        into: &Fingerprint,
        by: &Actor,
    ) -> Result<ProblemRecord, EngineError> {
        let inner = &self.inner;
        let part = inner.apart(problem, into).await?;
        let alias = ProblemAlias {
            problem: problem.clone(),
            into: into.clone(),
            since: inner.now(),
            by: by.to_string(),
        };
        let event = told(&alias, "problem.merged", format!("it is part of {into}, says {by}"));
        let beside = inner.moved(Batch::new().put(&alias)?.event(event), problem, into).await?;
        let merged =
            inner.change_problem(into, beside, |record| unite(&mut record.problem, &part.problem)).await?;
        // From here on each failure goes to the other one; what is left behind is moved when this one is looked at.
        inner.end_part(problem).await?;
        inner.push_problem(problem.clone());
        inner.push_problem(into.clone());
        Ok(merged)
    }

    /// A problem is one of its own again, for the failures that come. What has moved stays where it is.
    ///
    /// # Errors
    /// If it is part of no other.
    pub async fn split_problem(
        &self,
        problem: &Fingerprint,
        by: &Actor,
    ) -> Result<ProblemAlias, EngineError> {
        let inner = &self.inner;
        let key = problem_key(problem);
        let row = inner.read::<ProblemAlias>(&key).await?;
        let row = row.ok_or_else(|| refused(problem, problem, "it is part of no other: nothing to split"))?;
        let event = told(&row.record, "problem.split", format!("it is its own again, says {by}"));
        let batch = Batch::new()
            .require_revision::<ProblemAlias>(&key, row.revision)
            .delete::<ProblemAlias>(&key)
            .event(event);
        inner.store.commit(batch).await?;
        Ok(row.record)
    }
}

impl Inner {
    /// The problem that a failure of this fingerprint belongs to now.
    pub(crate) async fn problem_now(&self, problem: Fingerprint) -> Fingerprint {
        let mut now = problem;
        for _ in 0..CHAIN_MAX {
            match self.part_of(&now).await {
                Ok(Some(into)) => now = into,
                Ok(None) => return now,
                Err(error) => {
                    tracing::warn!(%error, problem = %now, "whether it is part of another could not be read");
                    return now;
                }
            }
        }
        now
    }

    pub(crate) async fn part_of(&self, problem: &Fingerprint) -> Result<Option<Fingerprint>, EngineError> {
        Ok(self.read::<ProblemAlias>(&problem_key(problem)).await?.map(|row| row.record.into))
    }

    /// The one that is to become a part, once it is sure that it can.
    async fn apart(&self, problem: &Fingerprint, into: &Fingerprint) -> Result<ProblemRecord, EngineError> {
        let row = self.read::<ProblemRecord>(&problem_key(problem)).await?;
        let row = row.ok_or_else(|| EngineError::NoProblem(problem.to_string()))?;
        if problem == into || self.problem_now(into.clone()).await == *problem {
            return Err(refused(problem, into, "they are one already"));
        }
        if self.part_of(problem).await?.is_some() {
            return Err(refused(problem, into, "it is part of another: split it from that first"));
        }
        if self.part_of(into).await?.is_some() {
            return Err(refused(problem, into, "that is part of another itself: name that one"));
        }
        Ok(row.record)
    }

    /// Its known fixes, under the other's name.
    async fn moved(
        &self,
        batch: Batch,
        problem: &Fingerprint,
        into: &Fingerprint,
    ) -> Result<Batch, EngineError> {
        let known = self.store.list::<KnownFix>(problem_key(problem).prefix(), KNOWN_MAX).await?;
        let mut batch = batch;
        for row in known {
            batch = batch.delete::<KnownFix>(&problem_key(problem).number(row.record.fix.0));
            batch = batch.put(&KnownFix { problem: into.clone(), ..row.record })?;
        }
        Ok(batch)
    }

    /// It is over, and its open fix with it.
    async fn end_part(&self, problem: &Fingerprint) -> Result<(), EngineError> {
        let (now, mut open) = (self.now(), None);
        self.change_problem(problem, Batch::new(), |record| {
            open = record.problem.close(now);
            record.problem.breaker = Breaker::Closed;
        })
        .await?;
        let Some(id) = open else { return Ok(()) };
        let Some(row) = self.read::<FixRecord>(&fix_key(id)).await? else { return Ok(()) };
        let reason = "its problem is part of another one";
        let voided = self.change_fix(&row.record, row.record.fix.state, Batch::new(), |record| {
            record.fix.state = FixState::Voided;
            reason.clone_into(&mut record.reason);
        });
        let voided = voided.await?;
        self.void_subtasks(&voided, reason).await
    }
}

/// What both have seen and used. What was tried for either is not tried again.
fn unite(whole: &mut Problem, part: &Problem) {
    whole.failures = whole.failures.saturating_add(part.failures);
    whole.first = whole.first.min(part.first);
    whole.last = whole.last.max(part.last);
    let used = whole.used;
    part.tried.iter().for_each(|tried| whole.remember(*tried));
    whole.used.plans = used.plans.saturating_add(part.used.plans);
    whole.used.tokens = Tokens(used.tokens.0.saturating_add(part.used.tokens.0));
    whole.used.usd = NanoUsd(used.usd.0.saturating_add(part.used.usd.0));
    whole.used.wall_ms = used.wall_ms.saturating_add(part.used.wall_ms);
}

fn refused(problem: &Fingerprint, into: &Fingerprint, reason: &'static str) -> EngineError {
    EngineError::Merge { problem: problem.to_string(), into: into.to_string(), reason }
}

fn told(alias: &ProblemAlias, kind: &str, message: String) -> Event {
    Event { at: alias.since, kind: kind.to_owned(), subject: format!("problem/{}", alias.problem), message }
}
