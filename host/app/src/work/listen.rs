//! What a skill tells of its run, brought to the engine. It must not know what the engine makes of it.

use std::sync::Arc;

use patchbay_engine::Run as Told;
use patchbay_runtime::Scope;
use patchbay_runtime::ask::PluginError;
use tokio_util::sync::CancellationToken;

use crate::capability::job::{Artifact, Cancelling, Keeping, Run};

/// One attempt's ear.
pub(super) struct Listener {
    pub(super) run: Arc<Told>,
    pub(super) cancel: CancellationToken,
}

impl Run for Listener {
    fn log_line(&self, _: &Scope, stream: &'static str, text: &str) {
        self.run.line(stream, text);
    }

    fn progress(&self, _: &Scope, done: u64, total: Option<u64>, note: &str) {
        let of = total.map(|total| format!(" of {total}")).unwrap_or_default();
        self.run.progress(&format!("{done}{of} {note}"));
    }

    fn heartbeat(&self, _: &Scope) {
        self.run.heartbeat();
    }

    fn artifact<'a>(&'a self, _: &'a Scope, artifact: Artifact) -> Keeping<'a> {
        Box::pin(async move {
            let kept = self.run.keep(artifact.name, artifact.media_type, artifact.contents).await;
            kept.map_err(|error| PluginError {
                code: "not-kept".to_owned(),
                message: error.to_string(),
                retry_after_ms: None,
            })
        })
    }

    fn cancelled(&self) -> bool {
        self.cancel.is_cancelled()
    }

    fn until_cancelled(&self) -> Cancelling<'_> {
        Box::pin(self.cancel.cancelled())
    }
}
