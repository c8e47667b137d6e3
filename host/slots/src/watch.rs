//! What happens by itself: a generation that has used up its budget is taken out. A candidate's trial ends; instead of
//! the one in charge the last good one comes back.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::activate::{Cause, last_good};
use crate::error::LoadError;
use crate::record::Origin;
use crate::slot::Inner;
use crate::slots::Slots;

/// How long after a rollback that could not be stored the next try is made. Calls are answered without a plugin
/// meanwhile.
const RETRY: Duration = Duration::from_secs(1);

impl Slots {
    /// Waits for generations that have to go, and replaces them. Ends when `stop` is cancelled.
    pub async fn watch(self, stop: CancellationToken) {
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                () = self.bell().notified() => {}
            }
            for slot in self.all() {
                while let Err(error) = slot.inner.take_out_condemned().await {
                    tracing::error!(slot = %slot.name(), %error, "a rollback failed; trying again in a second");
                    tokio::select! {
                        () = stop.cancelled() => return,
                        () = tokio::time::sleep(RETRY) => {}
                    }
                }
            }
        }
    }
}

impl Inner {
    /// Quarantines the candidate, or the active generation, if it is condemned; instead of the latter the last good one
    /// is put in charge.
    async fn take_out_condemned(&self) -> Result<(), LoadError> {
        let mut slot = self.turn.lock().await;
        let trial = self.trial.load_full();
        if let Some((bad, why)) = trial.as_ref().and_then(|trial| Some((trial, trial.candidate.condemned()?)))
        {
            tracing::warn!(generation = %bad.candidate.record.id(), why, "quarantined; its trial is over");
            self.end_trial(&mut slot, Some(why), "host").await?;
        }
        let active = self.in_charge();
        let Some((bad, why)) = active.as_ref().and_then(|bad| Some((bad, bad.condemned()?))) else {
            return Ok(());
        };
        tracing::warn!(generation = %bad.record.id(), why, "quarantined");
        let history = self.history().await?;
        let mut before = slot.active;
        while let Some(good) = last_good(&history, before) {
            before = Some(good.number);
            if good.same_content(&bad.record) {
                continue;
            }
            match self.ready_again(good).await {
                Ok(ready) => {
                    let reason = Some(format!("back to {} after {}: {why}", good.id(), bad.record.id()));
                    let quarantine = Some(why.to_owned());
                    let cause = Cause { actor: "host", origin: Origin::Rollback, reason, quarantine };
                    return self.put_in_charge(&mut slot, ready, cause).await.map(drop);
                }
                Err(error) => tracing::error!(generation = %good.id(), %error, "cannot go back to it"),
            }
        }
        self.leave_empty(&mut slot, why).await
    }
}
