//! Remembers when the host was started: one that restarts again and again runs no schedules until it is stable. It must
//! not know why it restarts.

use std::sync::PoisonError;

use patchbay_store::Batch;
use patchbay_types::Event;

use super::row::{StartsRow, starts_key};
use crate::engine::Inner;
use crate::error::EngineError;

/// Starts that are remembered.
const STARTS_KEPT: usize = 8;

impl Inner {
    pub(crate) async fn remember_start(&self) -> Result<(), EngineError> {
        let now = self.now();
        let row = self.read::<StartsRow>(&starts_key()).await?;
        let mut starts = row.map(|row| row.record.starts).unwrap_or_default();
        starts.push(now);
        let starts = starts.split_off(starts.len().saturating_sub(STARTS_KEPT));
        let mut batch = Batch::new().put(&StartsRow { starts: starts.clone() })?;
        if let Some(until) = patchbay_sched::held_until(&starts, now) {
            let message = format!(
                "the host was started {} times or more within {} minutes: schedules are held back until {until}",
                patchbay_sched::STARTS_MAX + 1,
                patchbay_sched::WINDOW.as_secs() / 60
            );
            tracing::warn!("{message}");
            let (kind, subject) = ("schedules.held".to_owned(), "schedules".to_owned());
            batch = batch.event(Event { at: now, kind, subject, message });
        }
        self.store.commit(batch).await?;
        *self.schedules.starts.lock().unwrap_or_else(PoisonError::into_inner) = starts;
        Ok(())
    }
}
