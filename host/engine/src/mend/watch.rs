//! What a fix made worse is taken back: the metric that its plan names is looked at for as long after it as before it.
//! Over restarts, too; failures are counted since this host started. It must not know what a metric is made of.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use patchbay_store::{Batch, StoreExt};
use patchbay_tasks::{Actor, Class, FixId, Task};
use patchbay_types::{Report, Severity, Timestamp};
use tokio::sync::Notify;

use super::diagnose::value;
use crate::engine::{Engine, Inner};
use crate::error::EngineError;
use crate::row::{FixRecord, WatchRow, fix_key};

/// What a plan says it is to be watched by.
const WATCH: &str = "watch";
/// Failures of tasks of the same skill.
const FAILURES: &str = "failures-per-hour";
/// Failures that are counted, the newest.
const FAILURES_MAX: usize = 100_000;
/// Fixes that are watched at one time.
const WATCHED_MAX: usize = 1_000;
/// The longest sleep between two looks: the wall clock may have been set.
const SLEEP_MAX: Duration = Duration::from_secs(30);

/// When tasks of which skill failed, the oldest first; and a bell for a new watch.
#[derive(Default)]
pub(crate) struct Watching {
    failures: Mutex<VecDeque<(Timestamp, String)>>,
    bell: Notify,
}

impl Inner {
    pub(crate) fn count_failure(&self, task: &Task) {
        let skill = task.definition.skill.clone().unwrap_or_default();
        let mut failures = self.watching.failures.lock().unwrap_or_else(PoisonError::into_inner);
        if failures.len() >= FAILURES_MAX {
            failures.pop_front();
        }
        failures.push_back((self.now(), skill));
    }

    /// What is to be watched after this plan, and what the record says of it; nothing for plans of class data.
    pub(super) async fn watch_of(&self, record: &FixRecord, task: &Task) -> (Option<WatchRow>, String) {
        let length = self.options.load().fixes.watch;
        let metric = value(&record.provenance.attributes, WATCH);
        let Some(metric) = metric.filter(|_| record.fix.plan.class() > Class::Data && !length.is_zero())
        else {
            return (None, String::new());
        };
        let now = self.now();
        let since = Timestamp(now.0.saturating_sub(u64::try_from(length.as_millis()).unwrap_or(u64::MAX)));
        let skill = task.definition.skill.clone().unwrap_or_default();
        match self.measure(metric, &skill, record, since, now).await {
            Some(before) => {
                let (fix, metric) = (record.fix.id, metric.to_owned());
                let said = format!("{metric} is watched until {}; it was {before}", now + length);
                (Some(WatchRow { fix, metric, skill, before, since: now, until: now + length }), said)
            }
            None => (None, format!("nothing is watched: this host does not know the metric {metric:?}")),
        }
    }

    async fn measure(
        &self,
        metric: &str,
        skill: &str,
        record: &FixRecord,
        since: Timestamp,
        until: Timestamp,
    ) -> Option<u64> {
        if metric != FAILURES {
            return self.hands.measure(metric, &record.fix, since, until).await;
        }
        let failures = self.watching.failures.lock().unwrap_or_else(PoisonError::into_inner);
        let counts = |(at, of): &&(Timestamp, String)| *at > since && *at <= until && of == skill;
        u64::try_from(failures.iter().filter(counts).count()).ok()
    }

    pub(super) fn watch_begun(&self) {
        self.watching.bell.notify_one();
    }

    pub(crate) async fn watch_fixes(self: std::sync::Arc<Self>) {
        loop {
            let next = match self.look_at_watched().await {
                Ok(next) => {
                    next.map(|until| until.since(self.now()).clamp(Duration::from_millis(10), SLEEP_MAX))
                }
                Err(error) => {
                    tracing::warn!(%error, "what is watched after a fix could not be looked at; it is tried again");
                    Some(SLEEP_MAX)
                }
            };
            tokio::select! {
                () = self.watching.bell.notified() => {}
                () = tokio::time::sleep(next.unwrap_or(SLEEP_MAX)), if next.is_some() => {}
            }
        }
    }

    /// Judges those whose time is over. Answers when the next one's is.
    pub(crate) async fn look_at_watched(&self) -> Result<Option<Timestamp>, EngineError> {
        let rows = self.store.list::<WatchRow>(patchbay_store::Key::new().prefix(), WATCHED_MAX).await?;
        let (over, open): (Vec<_>, Vec<_>) =
            rows.into_iter().map(|row| row.record).partition(|watched| watched.until <= self.now());
        for watched in over {
            self.judge_watched(&watched).await?;
        }
        Ok(open.into_iter().map(|watched| watched.until).min())
    }

    async fn judge_watched(&self, watched: &WatchRow) -> Result<(), EngineError> {
        let over = Batch::new().delete::<WatchRow>(&fix_key(watched.fix));
        let Some(row) = self.read::<FixRecord>(&fix_key(watched.fix)).await? else {
            return self.store.commit(over).await.map(drop).map_err(EngineError::from);
        };
        let WatchRow { metric, skill, before, since, until, fix } = watched;
        let after = self.measure(metric, skill, &row.record, *since, *until).await;
        let worse = after.filter(|after| after > before);
        let over = match worse {
            Some(after) => {
                let undone = self.undo_worse(*fix).await;
                over.report(report(
                    self.now(),
                    &row.record,
                    &format!("{metric} was {before}, and {after} after it"),
                    undone,
                ))
            }
            None => over,
        };
        self.store.commit(over).await.map(drop).map_err(EngineError::from)
    }

    async fn undo_worse(&self, fix: FixId) -> Result<(), String> {
        let inner = self.me.upgrade().ok_or("the host is shutting down")?;
        let undone = (Engine { inner }).undo_fix(fix, &Actor::Host).await;
        undone.map(drop).map_err(|error| error.to_string())
    }
}

fn report(at: Timestamp, record: &FixRecord, found: &str, undone: Result<(), String>) -> Report {
    let id = record.fix.id;
    let (title, end) = match undone {
        Ok(()) => (format!("Fix {id} made it worse and was taken back"), String::new()),
        Err(error) => {
            (format!("Fix {id} made it worse and could not be taken back"), format!("\nWhy not: {error}"))
        }
    };
    let body = format!("{}: {found}.{end}\n\nSee it: patchbay fix show {id}", record.fix.plan.title);
    Report { at, severity: Severity::Warning, subject: format!("fix/{id}"), title, body }
}
