//! Problems that are one: a person puts one into another, and takes it out again. It must not know what is done about
//! them.

use patchbay_failpoint as failpoint;
use patchbay_store::{Batch, CommitError, Key, Record, StoreExt, Stored};
use patchbay_tasks::{Actor, Breaker, Fingerprint, Problem};
use patchbay_types::{Event, NanoUsd, Tokens};

use crate::engine::{CONFLICTS_MAX, Engine, Inner};
use crate::error::EngineError;
use crate::mend::{changed, put_problem};
use crate::row::{KnownFix, ProblemAlias, ProblemRecord, problem_key};
use crate::view::LIST_MAX;

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
        let mut tries = 0;
        let merged = loop {
            match self.inner.merge_once(problem, into, by).await {
                Err(EngineError::Commit(CommitError::Conflict { .. })) if tries < CONFLICTS_MAX => tries += 1,
                merged => break merged?,
            }
        };
        failpoint::at("engine.merge.after");
        // From here on each failure goes to the other one; what is left behind is moved when this one is looked at.
        self.inner.push_problem(problem.clone());
        self.inner.push_problem(into.clone());
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

    /// Those that were put into a problem, by their fingerprints, and the one that it is part of itself.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub async fn problem_parts(
        &self,
        problem: &Fingerprint,
    ) -> Result<(Vec<ProblemAlias>, Option<ProblemAlias>), EngineError> {
        let inner = &self.inner;
        let whole = inner.read::<ProblemAlias>(&problem_key(problem)).await?.map(|row| row.record);
        let all = inner.store.list::<ProblemAlias>(Key::new().prefix(), LIST_MAX).await?;
        let parts = all.into_iter().map(|row| row.record).filter(|alias| alias.into == *problem);
        Ok((parts.collect(), whole))
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

    /// Both problems, the fix of the one, and what is known of it: one change.
    async fn merge_once(
        &self,
        problem: &Fingerprint,
        into: &Fingerprint,
        by: &Actor,
    ) -> Result<ProblemRecord, EngineError> {
        self.may_merge(problem, into).await?;
        let mut halted = self.halt(problem, "its problem is part of another one").await?;
        let _turns = self.turns_of([problem, into].into_iter()).await;
        let (part, whole) = (self.problem_row(problem).await?, self.problem_row(into).await?);
        let alias = ProblemAlias {
            problem: problem.clone(),
            into: into.clone(),
            since: self.now(),
            by: by.to_string(),
        };
        let batch = std::mem::take(&mut halted.batch)
            .require_absent::<ProblemAlias>(&problem_key(problem))
            .require_revision::<ProblemRecord>(&problem_key(problem), part.revision)
            .require_revision::<ProblemRecord>(&problem_key(into), whole.revision)
            .put(&alias)?
            .event(told(&alias, "problem.merged", format!("it is part of {into}, says {by}")));
        let batch = self.moved(batch, problem, into).await?;
        let (mut over, mut merged) = (part.record.clone(), whole.record);
        unite(&mut merged.problem, &part.record.problem);
        if over.problem.close(self.now()) != halted.fix {
            return Err(changed::<ProblemRecord>(&problem_key(problem), part.revision));
        }
        over.problem.breaker = Breaker::Closed;
        let batch = put_problem(batch, part.record.problem.closed.is_none(), &over)?;
        let batch = put_problem(batch, merged.problem.closed.is_none(), &merged)?;
        failpoint::at("engine.merge.before");
        self.store.commit(batch).await?;
        Ok(merged)
    }

    async fn problem_row(&self, problem: &Fingerprint) -> Result<Stored<ProblemRecord>, EngineError> {
        let row = self.read::<ProblemRecord>(&problem_key(problem)).await?;
        row.ok_or_else(|| EngineError::NoProblem(problem.to_string()))
    }

    async fn may_merge(&self, problem: &Fingerprint, into: &Fingerprint) -> Result<(), EngineError> {
        self.problem_row(problem).await?;
        if problem == into || self.problem_now(into.clone()).await == *problem {
            return Err(refused(problem, into, "they are one already"));
        }
        if self.part_of(problem).await?.is_some() {
            return Err(refused(problem, into, "it is part of another: split it from that first"));
        }
        if self.part_of(into).await?.is_some() {
            return Err(refused(problem, into, "that is part of another itself: name that one"));
        }
        self.problem_row(into).await.map(drop)
    }

    /// Its known fixes, under the other's name, as they are counted now.
    async fn moved(
        &self,
        batch: Batch,
        problem: &Fingerprint,
        into: &Fingerprint,
    ) -> Result<Batch, EngineError> {
        let known = self.store.list::<KnownFix>(problem_key(problem).prefix(), KNOWN_MAX).await?;
        let mut batch = batch;
        for row in known {
            let key = row.record.key();
            batch = batch.require_revision::<KnownFix>(&key, row.revision).delete::<KnownFix>(&key);
            batch = batch.put(&KnownFix { problem: into.clone(), ..row.record })?;
        }
        Ok(batch)
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
