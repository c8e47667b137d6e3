//! What steps of several problems share: how many fixes an hour saw, who is looked at later, and what a plan does to
//! other tasks. It must not know which problem it is about.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use patchbay_tasks::{Fence, Fingerprint, FixId, State, TaskName};
use patchbay_types::{Monotonic, Timestamp};

use super::MendDue;
use crate::engine::Inner;
use crate::error::EngineError;
use crate::outside::Why;

const HOUR: Duration = Duration::from_secs(3_600);
/// Fixes of the last hour that are counted, at most; as many as any limit.
const COUNTED_MAX: usize = 10_000;

/// When fixes were begun, the oldest first.
#[derive(Default)]
pub(crate) struct Begun(Mutex<VecDeque<Monotonic>>);

/// Problems that are looked at later, and when: one that is looked at sooner anyway is not noted twice.
#[derive(Default)]
pub(crate) struct Later(Mutex<HashMap<Fingerprint, Monotonic>>);

impl Inner {
    /// Since this host started.
    pub(super) fn fixes_last_hour(&self) -> u32 {
        let now = self.clock.monotonic();
        let mut begun = self.begun.0.lock().unwrap_or_else(PoisonError::into_inner);
        while begun.front().is_some_and(|at| now.since(*at) >= HOUR) {
            begun.pop_front();
        }
        u32::try_from(begun.len()).unwrap_or(u32::MAX)
    }

    /// What an hour may see of fixes, if that is used up now, and when there is room again.
    pub(crate) fn fixes_used_up(&self) -> Option<(String, Timestamp)> {
        let limit = self.options.load().fixes.gate.fixes_per_hour;
        if self.fixes_last_hour() < limit {
            return None;
        }
        let oldest = self.begun.0.lock().unwrap_or_else(PoisonError::into_inner).front().copied();
        let left = oldest.map_or(HOUR, |oldest| HOUR.saturating_sub(self.clock.monotonic().since(oldest)));
        Some((format!("the limit of {limit} fixes an hour"), self.now() + left))
    }

    pub(super) fn count_fix(&self) {
        let mut begun = self.begun.0.lock().unwrap_or_else(PoisonError::into_inner);
        if begun.len() < COUNTED_MAX {
            begun.push_back(self.clock.monotonic());
        }
    }

    /// The end of the hours that the operator has closed, if they are closed now.
    pub(crate) fn closed_until(&self) -> Option<Timestamp> {
        (self.options.load().fixes.closed_until)(self.now())
    }

    pub(crate) fn push_problem(&self, problem: Fingerprint) -> bool {
        self.mending.push(MendDue::Problem(problem))
    }

    pub(crate) fn push_fix(&self, fix: FixId) -> bool {
        self.mending.push(MendDue::Fix(fix))
    }

    pub(super) fn push_problem_after(&self, problem: Fingerprint, wait: Duration) {
        let Some(inner) = self.me.upgrade() else { return };
        let due = self.clock.monotonic() + wait;
        let mut later = self.later.0.lock().unwrap_or_else(PoisonError::into_inner);
        if later.get(&problem).is_some_and(|known| *known <= due) {
            return;
        }
        later.insert(problem.clone(), due);
        drop(later);
        let stop = self.stop.clone();
        self.tracker.spawn(async move {
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(wait) => inner.come_to(problem),
            }
        });
    }

    fn come_to(&self, problem: Fingerprint) {
        self.later.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&problem);
        if !self.push_problem(problem) {
            self.sweep.notify_one();
        }
    }

    /// Ends the attempt of another task; what comes of that is its own affair.
    pub(crate) async fn kill(&self, name: &TaskName) -> Result<String, String> {
        let task = self.find(name).await.map_err(|error| error.to_string())?;
        let task = task.ok_or_else(|| format!("there is no task {name} to stop"))?;
        let leased =
            |fence: &Fence| matches!(task.state, State::Leased { fence: current, .. } if current == *fence);
        if let Some(fence) = self.outside.fence(task.id).filter(leased) {
            return match self.end_for(task.id, fence, Why::Released).await {
                Ok(_) => {
                    Ok(format!("the lease of {name}'s worker was ended, who hears it with the next word"))
                }
                Err(error) => Err(error.to_string()),
            };
        }
        match self.running(task.id) {
            Some(running) => {
                running.cancel.cancel();
                Ok(format!("the worker of {name} was ended"))
            }
            None => Ok(format!("{name} has no worker")),
        }
    }
}

/// The problem that something is to be done about; none: it is told by its own name, so that nobody else is at it.
pub(crate) async fn problem_of(engine: &Inner, due: &MendDue) -> Result<Option<Fingerprint>, EngineError> {
    match due {
        MendDue::Problem(problem) => Ok(Some(problem.clone())),
        MendDue::Fix(fix) => {
            let row = engine.read::<crate::row::FixRecord>(&crate::row::fix_key(*fix)).await?;
            if row.is_some_and(|row| !engine.push_problem(row.record.fix.problem)) {
                engine.sweep.notify_one();
            }
            Ok(None)
        }
    }
}
