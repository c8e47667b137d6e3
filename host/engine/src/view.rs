//! What is shown of tasks, problems and fixes. It must not change anything.

mod list;

use std::sync::Arc;

use patchbay_store::StoreExt;
use patchbay_tasks::{
    DependencyState, Event, Facts, Fingerprint, FixId, FixState, Lane, LaneFull, Lease, Shown, State,
    StateName, Task, TaskId, TaskName, Why, shown, why,
};
use patchbay_types::Timestamp;
use serde::Serialize;

use crate::engine::Engine;
use crate::error::{EngineError, NAMED_MAX};
use crate::row::{
    Attempt, EventRow, FixOfRow, FixRecord, KnownFix, OpenProblem, OpenRow, ProblemRecord, WaitRow,
    attempt_key, fix_key, problem_key, task_key,
};
use crate::run::Line;
use crate::shelf::{Place, Shelf};

pub use list::{Listed, Query};

/// Rows of one list.
pub(crate) const LIST_MAX: usize = 10_000;
/// Known fixes of a problem that are shown.
const KNOWN_SHOWN_MAX: usize = 100;
/// A task as it is shown.
#[derive(Clone, Debug, Serialize)]
pub struct TaskView {
    /// `running`, or the state's own name.
    pub state: &'static str,
    /// Only of one that has succeeded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verified: Option<bool>,
    pub task: Arc<Task>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lease: Option<Lease>,
}

impl Engine {
    /// # Errors
    /// If there is none, or the store cannot be read.
    pub async fn show(&self, name: &TaskName) -> Result<TaskView, EngineError> {
        let task = self.find(name).await?;
        self.view(task).await
    }

    async fn view(&self, task: Arc<Task>) -> Result<TaskView, EngineError> {
        let lease = self.lease(&task).await?;
        let now = self.inner.now();
        let (state, verified) = match shown(&task, lease.as_ref(), now) {
            Shown::Running => ("running", None),
            Shown::Unverified => ("succeeded", Some(false)),
            Shown::As(StateName::Succeeded) => ("succeeded", Some(true)),
            Shown::As(name) => (name.as_str(), None),
        };
        Ok(TaskView { state, verified, task, lease })
    }

    async fn lease(&self, task: &Task) -> Result<Option<Lease>, EngineError> {
        let is_leased = |place: &Place| matches!(place.shelf, Shelf::Leased | Shelf::LeasedOutside);
        let Some(place) = Place::of(task).filter(is_leased) else { return Ok(None) };
        Ok(self.inner.read::<OpenRow>(&place.key()).await?.and_then(|row| row.record.lease))
    }

    /// Direct children.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub async fn children(&self, name: &TaskName) -> Result<Vec<TaskView>, EngineError> {
        let mut views = Vec::new();
        for id in self.inner.children(name, LIST_MAX).await? {
            views.push(self.view(self.inner.task(id).await?).await?);
        }
        Ok(views)
    }

    /// What holds a task.
    ///
    /// # Errors
    /// If there is none, or the store cannot be read.
    pub async fn why(&self, name: &TaskName) -> Result<Why, EngineError> {
        let task = self.find(name).await?;
        let lease = self.lease(&task).await?;
        let facts = self.facts(&task).await?;
        Ok(why(&task, lease.as_ref(), &facts, self.inner.now()))
    }

    async fn facts(&self, task: &Task) -> Result<Facts, EngineError> {
        let mut facts = Facts { host_holds: self.inner.lanes.closed(), ..Facts::default() };
        match &task.state {
            State::Pending => facts.dependencies = Some(self.inner.dependencies(task).await?),
            State::Ready => {
                facts.missing = self.inner.lanes.missing(task.id);
                let lane = Lane::of(task).unwrap_or(Lane::Regular);
                let (load, options) = (self.inner.lanes.load(lane), self.inner.options.load());
                let config = if lane == Lane::Fix { options.fix_lane } else { options.regular_lane };
                let places = config.concurrency.min(options.places);
                facts.lane =
                    (load.running >= places).then_some(LaneFull { lane, running: load.running, places });
                facts.ahead = load.waiting.saturating_sub(1);
            }
            State::FixPlanned { fix, .. } => {
                let record = self.fix(*fix).await?;
                facts.needs_approval = record.fix.state == FixState::WaitsForApproval;
                if record.fix.state == FixState::Planned {
                    facts.closed_until = self.inner.closed_until();
                    facts.budget = self.inner.fixes_used_up();
                }
            }
            _ => {}
        }
        if let Some(DependencyState::Met) = facts.dependencies {
            facts.dependencies = None;
        }
        Ok(facts)
    }

    /// The events of a task, the oldest first; at most `limit` after number `after`.
    ///
    /// # Errors
    /// If there is none, or the store cannot be read.
    pub async fn history(
        &self,
        name: &TaskName,
        after: u64,
        limit: usize,
    ) -> Result<Vec<Event>, EngineError> {
        let task = self.find(name).await?;
        let key = task_key(task.id);
        let range = key.prefix().after(&key.clone().number(after));
        let rows = self.inner.store.list::<EventRow>(range, limit.min(LIST_MAX)).await?;
        Ok(rows.into_iter().map(|row| row.record.0).collect())
    }

    /// The attempts that are over, the oldest first.
    ///
    /// # Errors
    /// If there is no such task, or the store cannot be read.
    pub async fn attempts(&self, name: &TaskName) -> Result<Vec<Attempt>, EngineError> {
        let task = self.find(name).await?;
        self.attempts_of(task.id).await
    }

    /// The same by its number.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub async fn attempts_of(&self, id: TaskId) -> Result<Vec<Attempt>, EngineError> {
        let rows = self.inner.store.list::<Attempt>(task_key(id).prefix(), LIST_MAX).await?;
        Ok(rows.into_iter().map(|row| row.record).collect())
    }

    /// The latest attempts of a task that are over, the oldest first; at most so many, and one less while it runs.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub async fn last_attempts(&self, task: &Task, limit: u32) -> Result<Vec<Attempt>, EngineError> {
        let before = task.tally.attempts.saturating_sub(limit);
        let range = task_key(task.id).prefix().after(&attempt_key(task.id, before));
        let rows = self.inner.store.list::<Attempt>(range, LIST_MAX).await?;
        Ok(rows.into_iter().map(|row| row.record).collect())
    }

    /// The log of the attempt that runs, or of the last one; lines after number `after`. Whether more may come.
    ///
    /// # Errors
    /// If there is no such task, or the store cannot be read.
    pub async fn log(
        &self,
        name: &TaskName,
        attempt: Option<u32>,
        after: u64,
        limit: usize,
    ) -> Result<(u32, Vec<Line>, bool), EngineError> {
        let task = self.find(name).await?;
        let number = attempt.unwrap_or(task.tally.attempts);
        if number == task.tally.attempts
            && let Some(running) = self.inner.running(task.id)
        {
            return Ok((number, running.run.since(after, limit), true));
        }
        let row = self.inner.read::<Attempt>(&attempt_key(task.id, number)).await?;
        let lines = row.map(|row| row.record.log).unwrap_or_default();
        let lines = lines.into_iter().filter(|line| line.number > after).take(limit).collect();
        Ok((number, lines, !task.state.is_end() && attempt.is_none()))
    }

    /// Problems, by their fingerprints; open ones only if asked for.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub async fn problems(&self, only_open: bool) -> Result<Vec<ProblemRecord>, EngineError> {
        let all = patchbay_store::Key::new().prefix();
        if only_open {
            let open = self.inner.store.list::<OpenProblem>(all, LIST_MAX).await?;
            let open: Vec<Fingerprint> = open.into_iter().map(|row| row.record.problem).collect();
            let records = self.inner.problems_named(&open).await?;
            return Ok(records.into_iter().filter(|record| record.problem.closed.is_none()).collect());
        }
        let rows = self.inner.store.list::<ProblemRecord>(all, LIST_MAX).await?;
        Ok(rows.into_iter().map(|row| row.record).collect())
    }

    /// A problem by its fingerprint, or by the beginning of it if that names one only.
    ///
    /// # Errors
    /// If there is none, several begin so, or the store cannot be read.
    pub async fn problem(&self, fingerprint: &str) -> Result<ProblemRecord, EngineError> {
        let exact = Fingerprint(fingerprint.into());
        if let Some(row) = self.inner.read::<ProblemRecord>(&problem_key(&exact)).await? {
            return Ok(row.record);
        }
        // What begins with it stands behind it, one after the other.
        let behind = patchbay_store::Key::new().prefix().after(&problem_key(&exact));
        let rows = self.inner.store.list::<ProblemRecord>(behind, NAMED_MAX + 1).await?;
        let like = rows.into_iter().map(|row| row.record);
        let mut like: Vec<ProblemRecord> =
            like.take_while(|record| record.problem.fingerprint.0.starts_with(fingerprint)).collect();
        match like.pop() {
            Some(record) if like.is_empty() && !fingerprint.is_empty() => Ok(record),
            Some(last) if !fingerprint.is_empty() => {
                let found = like.into_iter().chain([last]).map(|record| record.problem.fingerprint).collect();
                Err(EngineError::ManyProblems { given: fingerprint.to_owned(), found })
            }
            _ => Err(EngineError::NoProblem(fingerprint.to_owned())),
        }
    }

    /// The tasks that wait for a problem.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub async fn waiting_for(&self, problem: &Fingerprint) -> Result<Vec<TaskView>, EngineError> {
        let rows = self.inner.store.list::<WaitRow>(problem_key(problem).prefix(), LIST_MAX).await?;
        let mut views = Vec::new();
        for row in rows {
            views.push(self.view(self.inner.task(row.record.task).await?).await?);
        }
        Ok(views)
    }

    /// The fixes of a problem, or all, the newest 10,000; the oldest first.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub async fn fixes(&self, problem: Option<&Fingerprint>) -> Result<Vec<FixRecord>, EngineError> {
        let Some(problem) = problem else {
            let all = patchbay_store::Key::new().prefix().backwards();
            let rows = self.inner.store.list::<FixRecord>(all, LIST_MAX).await?;
            return Ok(rows.into_iter().rev().map(|row| row.record).collect());
        };
        let newest = problem_key(problem).prefix().backwards();
        let mut fixes = Vec::new();
        for row in self.inner.store.list::<FixOfRow>(newest, LIST_MAX).await?.into_iter().rev() {
            fixes.push(self.fix(row.record.fix).await?);
        }
        Ok(fixes)
    }

    /// # Errors
    /// If there is none, or the store cannot be read.
    pub async fn fix(&self, id: FixId) -> Result<FixRecord, EngineError> {
        let row = self.inner.read::<FixRecord>(&fix_key(id)).await?;
        row.map(|row| row.record).ok_or(EngineError::NoFix(id.0))
    }

    /// What held for a problem before, the 100 best, the best first; what is not proposed any more among it.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub async fn known_fixes(&self, problem: &Fingerprint) -> Result<Vec<KnownFix>, EngineError> {
        self.inner.known(problem, |_| true, KNOWN_SHOWN_MAX).await
    }

    /// How many run now, and the time that this is told of.
    #[must_use]
    pub fn running(&self) -> (u32, Timestamp) {
        let of = |lane| self.inner.lanes.load(lane).running;
        (of(Lane::Fix) + of(Lane::Regular), self.inner.now())
    }
}
