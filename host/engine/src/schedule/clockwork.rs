//! Wakes schedules when they are due, and finds again what memory has lost. It must not know what is done then.

use std::sync::Arc;
use std::time::Duration;

use patchbay_store::{Key, StoreExt};
use patchbay_tasks::TaskName;

use super::ScheduleDue;
use super::row::{BusyRow, DueKey, ScheduleId, schedule_key};
use crate::engine::Inner;
use crate::error::EngineError;
use crate::row::{NameRow, name_key};
use crate::runner::{PAUSE, SLEEP_MAX};

/// Rows that are read at once.
const PAGE: usize = 1_000;
/// While more is due than can wait.
const FULL: Duration = Duration::from_millis(50);

impl Inner {
    /// Sleeps until the first is due; also now and then, since the wall clock may have been set.
    pub(crate) async fn wake_schedules(self: Arc<Self>) {
        let alarm = &self.schedules.alarm;
        loop {
            #[cfg(test)]
            self.schedules.wakes.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
            if let Some(from) = alarm.begin_fill() {
                match self.due_keys(from).await {
                    Ok((read, complete)) => alarm.fill(&read, complete),
                    Err(error) => {
                        tracing::warn!(%error, "what is due could not be read; it is tried again");
                        tokio::time::sleep(PAUSE).await;
                    }
                }
                continue;
            }
            let wait = self.push_due_schedules();
            tokio::select! {
                () = alarm.changed() => {}
                () = tokio::time::sleep(wait.unwrap_or(SLEEP_MAX)), if wait.is_some() => {}
            }
        }
    }

    /// Hands on what is due; how long it is until the next, if there is one.
    fn push_due_schedules(&self) -> Option<Duration> {
        let (alarm, now) = (&self.schedules.alarm, self.now());
        if let Some(until) = self.schedules.held_until(now) {
            return Some(until.since(now).min(SLEEP_MAX));
        }
        while let Some(key) = alarm.take_due(now) {
            if !self.schedules.due.push(ScheduleDue::Of(key.id)) {
                alarm.offer(key);
                return Some(FULL);
            }
        }
        alarm.next().map(|next| next.since(now).min(SLEEP_MAX))
    }

    async fn due_keys(&self, after: Option<DueKey>) -> Result<(Vec<DueKey>, bool), EngineError> {
        let range = Key::new().prefix();
        let range = after.map_or(range.clone(), |after| range.after(&after.key()));
        let rows = self.store.list::<DueKey>(range, PAGE).await?;
        let complete = rows.len() < PAGE;
        Ok((rows.into_iter().map(|row| row.record).collect(), complete))
    }

    /// As far as one schedule gets now. One that is gone is no mistake.
    pub(crate) async fn look_at_schedule(self: Arc<Self>, due: ScheduleDue) -> Result<(), EngineError> {
        let id = match due {
            ScheduleDue::Of(id) => Some(id),
            ScheduleDue::Named(name) => self.schedule_id(&name).await?,
        };
        let Some(id) = id else { return Ok(()) };
        match self.turn_schedule(id, |_, _| Ok(patchbay_store::Batch::new())).await {
            Ok(turned) if turned.ended > 0 => self.forget_past_runs(id).await,
            Ok(_) | Err(EngineError::NoSchedule(_)) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// None: there is no such schedule.
    pub(crate) async fn schedule_id(&self, name: &TaskName) -> Result<Option<ScheduleId>, EngineError> {
        let row = self.read::<NameRow>(&name_key(name)).await?.map(|row| row.record);
        Ok(row.filter(|row| row.schedule).map(|row| ScheduleId(row.id.0)))
    }

    /// Schedules whose runs may have ended, and those that are due and were taken out of memory.
    pub(crate) async fn go_over_schedules(&self) -> Result<(), EngineError> {
        let mut range = Key::new().prefix();
        loop {
            let rows = self.store.list::<BusyRow>(range.clone(), PAGE).await?;
            let fit = rows.iter().all(|row| self.schedules.due.push(ScheduleDue::Of(row.record.id)));
            if !fit {
                self.sweep.notify_one();
            }
            match rows.last() {
                Some(last) if fit && rows.len() == PAGE => range = range.after(&schedule_key(last.record.id)),
                _ => break,
            }
        }
        let (now, mut after) = (self.now(), None);
        loop {
            let (keys, complete) = self.due_keys(after).await?;
            let past = keys.iter().filter(|key| key.at <= now);
            past.for_each(|key| self.schedules.alarm.offer(*key));
            after = keys.last().copied();
            if complete || after.is_some_and(|last| last.at > now) {
                return Ok(());
            }
        }
    }
}
