//! When a running host reads its configuration again by itself: at SIGHUP, and when the file has changed.

use std::convert::Infallible;
use std::time::Duration;

use patchbay_admin::{Operator, OperatorError};
use tokio::signal::unix::Signal;
use tokio_util::sync::CancellationToken;

use super::{Reload, file};

/// How often the file is looked at. Two looks have to agree, because somebody may be writing it.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Who an audit says it was.
const BY_SIGNAL: &str = "signal";
const BY_WATCH: &str = "host";

impl Reload {
    /// Follows signals and the file until `stop`. A reload that runs then is run to its end by the operator's desk.
    pub async fn follow(&self, operator: &Operator, hangups: &mut Signal, stop: &CancellationToken) {
        tokio::select! {
            () = stop.cancelled() => {}
            never = self.watch(operator) => match never {},
            () = obey(operator, hangups) => {}
        }
    }

    async fn watch(&self, operator: &Operator) -> Infallible {
        let mut last = self.lock().seen.clone();
        loop {
            tokio::time::sleep(LOOK_EVERY).await;
            if !self.lock().running.config.server.watch_config {
                continue;
            }
            let look = file::look(&self.file()).await;
            let stands_still = look == last;
            last = look;
            if stands_still && last != self.lock().seen {
                told(operator.reload_config_if_news(BY_WATCH).await);
            }
        }
    }
}

/// Ends only if signals do, which they do not.
async fn obey(operator: &Operator, hangups: &mut Signal) {
    while hangups.recv().await.is_some() {
        told(operator.reload_config(BY_SIGNAL).await.map(drop));
    }
}

/// A refusal is in the log already, and a host that shuts down says so itself.
fn told(outcome: Result<(), OperatorError>) {
    match outcome {
        Ok(()) | Err(OperatorError::ConfigRefused(_) | OperatorError::ShuttingDown) => {}
        Err(error) => tracing::error!(%error, "configuration not reloaded, the running values stay"),
    }
}
