//! The configuration of a host that runs: shown, and read again. What is in it, and who obeys which key, is known to the
//! other end of the port alone.

use std::pin::Pin;
use std::sync::{Arc, Weak};

use patchbay_store::Batch;
use tracing::Level;

use super::{Desk, Operator, probe};
use crate::OperatorError;
use crate::api::{ConfigReloaded, ConfigSetting};

/// Whoever wires the host, and so knows what it is configured with.
pub trait ConfigPort: Send + Sync {
    /// Every key with its value in use.
    fn settings(&self) -> Vec<ConfigSetting>;

    /// Reads what is written now and checks all of it; changes nothing. None if it is as it was when it was last read,
    /// and only something else was asked for (`only_news`).
    fn propose(self: Arc<Self>, only_news: bool) -> Proposing;
}

/// The answer of [`ConfigPort::propose`], to be awaited.
pub type Proposing = Pin<Box<dyn Future<Output = Result<Option<ConfigProposal>, ConfigRefused>> + Send>>;

/// A configuration that was read and is in order, and not in use yet.
pub struct ConfigProposal {
    pub reloaded: ConfigReloaded,
    /// Puts it in use, as a whole. It cannot fail.
    pub take: Box<dyn FnOnce() + Send>,
}

/// What is written cannot be used.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{message}")]
pub struct ConfigRefused {
    /// The place, what was found, what was expected.
    pub message: String,
    pub hint: String,
}

/// What events and audits of it are about.
const SUBJECT: &str = "patchbay.toml";

impl Operator {
    /// Names who holds the configuration. Once, when the host is wired; whoever does so keeps it alive.
    pub fn configured_by(&self, port: Weak<dyn ConfigPort>) {
        // A second one has nothing to say.
        let _ = self.desk().config.set(port);
    }

    /// # Errors
    /// When the host shuts down.
    pub fn config(&self) -> Result<Vec<ConfigSetting>, OperatorError> {
        Ok(self.desk().config_port()?.settings())
    }

    /// Reads the configuration again, and takes over what changed: all of it, or nothing. One at a time.
    ///
    /// # Errors
    /// [`OperatorError::ConfigRefused`], which is in the log by then; or the change cannot be stored. The running values
    /// stay.
    pub async fn reload_config(&self, actor: &str) -> Result<ConfigReloaded, OperatorError> {
        let actor = actor.to_owned();
        let reloaded = self.change(|desk| async move { desk.reload_config(&actor, false).await }).await;
        reloaded.map(Option::unwrap_or_default)
    }

    /// The same, if something was written since it was last read.
    ///
    /// # Errors
    /// As [`Operator::reload_config`].
    pub async fn reload_config_if_news(&self, actor: &str) -> Result<(), OperatorError> {
        let actor = actor.to_owned();
        self.change(|desk| async move { desk.reload_config(&actor, true).await }).await.map(drop)
    }
}

impl Desk {
    async fn reload_config(
        &self,
        actor: &str,
        only_news: bool,
    ) -> Result<Option<ConfigReloaded>, OperatorError> {
        let _turn = self.turn.lock().await;
        match self.config_port()?.propose(only_news).await {
            Ok(None) => Ok(None),
            Ok(Some(proposal)) => match self.take_config(actor, proposal).await {
                Ok(reloaded) => Ok(Some(reloaded)),
                Err(error) => Err(self.keep_config(error)),
            },
            Err(refused) => {
                self.tell_refused(actor, &refused).await;
                Err(self.keep_config(OperatorError::ConfigRefused(refused)))
            }
        }
    }

    /// What is not stored is not taken over: nothing changes that nobody can look up.
    async fn take_config(
        &self,
        actor: &str,
        proposal: ConfigProposal,
    ) -> Result<ConfigReloaded, OperatorError> {
        let ConfigProposal { reloaded, take } = proposal;
        let what = reloaded.to_string();
        let told = Batch::new()
            .event(self.event("config.reloaded", SUBJECT, what.clone()))
            .audit(self.audit(actor, "config.reload", SUBJECT, what.clone()));
        self.parts.store.commit(told).await?;
        told_around(actor, &what, take);
        self.probes.reconfigure(probe::config(&self.parts.pool.config()));
        self.config_problem.store(None);
        Ok(reloaded)
    }

    /// Remembers why the running values stay.
    fn keep_config(&self, error: OperatorError) -> OperatorError {
        self.config_problem.store(Some(Arc::new(error.to_string())));
        error
    }

    async fn tell_refused(&self, actor: &str, refused: &ConfigRefused) {
        let ConfigRefused { message, hint } = refused;
        tracing::error!(by = actor, %message, %hint, "configuration not reloaded, the running values stay");
        let told = Batch::new().event(self.event("config.refused", SUBJECT, message.clone()));
        // It is in the log; a store that does not write has told so itself.
        let _ = self.parts.store.commit(told).await;
    }

    fn config_port(&self) -> Result<Arc<dyn ConfigPort>, OperatorError> {
        self.config.get().and_then(Weak::upgrade).ok_or(OperatorError::ShuttingDown)
    }
}

/// One line, also when the level of the log is what changes: at the old level if that writes it, else at the new one.
fn told_around(actor: &str, what: &str, take: Box<dyn FnOnce() + Send>) {
    let tell = || tracing::info!(by = actor, what, "configuration reloaded");
    let before = tracing::enabled!(Level::INFO);
    if before {
        tell();
    }
    take();
    if !before {
        tell();
    }
}

#[cfg(test)]
mod tests;
