//! The configuration of a host that runs: what is in use, what is written, and who obeys which key. A configuration is
//! read and checked as a whole before any of it is in use; then every handle is told, which cannot fail. It must not know
//! who asked, nor write anything down.

mod file;
mod follow;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use patchbay_admin::api::{ConfigChange, ConfigReloaded, ConfigSetting};
use patchbay_admin::{ConfigPort, ConfigProposal, ConfigRefused, Proposing};
use patchbay_config::{Config, ConfigError, Difference, Environment, FILE_NAME, Sourced};
use patchbay_pool::Pool;
use patchbay_proxy::{Gateway, SharedServeOptions};
use tokio::sync::watch;

use crate::{host, log};
use file::Look;

/// What a host is given beside its folder.
#[derive(Clone, Default)]
pub struct Outside {
    /// Stands above the file, also when it is read again.
    pub environment: Environment,
    /// None: the host has not got a log of its own.
    pub log: Option<log::Level>,
}

/// A configuration as it lies in a folder.
pub struct Found {
    pub sourced: Sourced,
    dir: PathBuf,
    look: Look,
}

/// Who obeys the configuration while the host runs.
pub struct Obeying {
    pub gateway: Gateway,
    pub pool: Pool,
    pub serving: SharedServeOptions,
    /// How often usage is written; the host's accounting task has the other end.
    pub flush_interval: watch::Sender<Duration>,
}

/// Held by the host; the operator's desk asks it through a port.
pub struct Reload {
    dir: PathBuf,
    outside: Outside,
    obeying: Obeying,
    state: Mutex<State>,
}

struct State {
    running: Sourced,
    /// The last that was in order. Keys that wait for a restart may differ.
    written: Sourced,
    /// Which file was read last, in order or not.
    seen: Look,
}

const HINT: &str = "mend the file: `patchbay config check` says whether it is in order, and `patchbay config reload` \
                    takes it over, as does the host by itself with [server] watch_config";

impl Found {
    /// Reads the configuration in `dir`.
    ///
    /// # Errors
    /// The file is missing or cannot be read, or the first thing that is wrong in it.
    pub fn load(dir: &Path, outside: &Outside) -> Result<Self, ConfigError> {
        // Looked at first: what is written after that is news.
        let look = Look::at(&dir.join(FILE_NAME));
        Ok(Self { sourced: Sourced::load(dir, &outside.environment)?, dir: dir.to_owned(), look })
    }
}

impl Obeying {
    /// Every key that is not marked `at restart` has its line here, or in one of these functions.
    fn obey(&self, config: &Config, log: Option<&log::Level>) {
        self.gateway.reconfigure(host::gateway_options(config));
        self.pool.reconfigure(host::pool_config(config));
        self.serving.set(host::serve_options(config));
        self.flush_interval.send_replace(config.usage.flush_interval);
        log.iter().for_each(|log| log.set(config.log.level));
    }
}

impl Reload {
    pub fn new(found: Found, outside: Outside, obeying: Obeying) -> Arc<Self> {
        let Found { sourced, dir, look } = found;
        let state = State { running: sourced.clone(), written: sourced, seen: look };
        Arc::new(Self { dir, outside, obeying, state: Mutex::new(state) })
    }

    /// Held for a few field accesses.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn file(&self) -> PathBuf {
        self.dir.join(FILE_NAME)
    }

    async fn read(&self) -> Result<Sourced, ConfigRefused> {
        let refused = |error: &dyn std::error::Error| ConfigRefused {
            message: error.to_string(),
            hint: HINT.to_owned(),
        };
        let environment = &self.outside.environment;
        let (look, read) = file::settled(&self.file(), environment).await.map_err(|error| refused(&error))?;
        self.lock().seen = look;
        read.map_err(|error| refused(&error))
    }

    fn proposal(self: Arc<Self>, next: Sourced) -> ConfigProposal {
        let running = self.lock().running.clone();
        let differences = running.config.differences(&next.config).into_iter();
        let (waiting, changed): (Vec<_>, Vec<_>) = differences.partition(|difference| difference.at_restart);
        let changes =
            |differences: Vec<Difference>| differences.into_iter().map(change).collect::<Vec<ConfigChange>>();
        let reloaded = ConfigReloaded { changed: changes(changed), waiting: changes(waiting) };
        ConfigProposal { reloaded, take: Box::new(move || self.take(running.taken_over(&next), next)) }
    }

    fn take(&self, running: Sourced, written: Sourced) {
        self.obeying.obey(&running.config, self.outside.log.as_ref());
        let mut state = self.lock();
        (state.running, state.written) = (running, written);
    }
}

impl ConfigPort for Reload {
    fn settings(&self) -> Vec<ConfigSetting> {
        let state = self.lock();
        settings(&state.running, &state.written)
    }

    fn propose(self: Arc<Self>, only_news: bool) -> Proposing {
        Box::pin(async move {
            if only_news && file::look(&self.file()).await == self.lock().seen {
                return Ok(None);
            }
            let next = self.read().await?;
            Ok(Some(self.proposal(next)))
        })
    }
}

/// Every key of `running`; what is otherwise in `written` waits.
pub fn settings(running: &Sourced, written: &Sourced) -> Vec<ConfigSetting> {
    let both = running.settings().into_iter().zip(written.settings());
    both.map(|(running, written)| ConfigSetting {
        table: running.table.to_owned(),
        key: running.key.to_owned(),
        waiting: (running.value != written.value).then_some(written.value),
        value: running.value,
        from: running.origin.to_string(),
        restart: running.at_restart,
    })
    .collect()
}

fn change(difference: Difference) -> ConfigChange {
    let Difference { table, key, old, new, .. } = difference;
    ConfigChange { table: table.to_owned(), key: key.to_owned(), old, new }
}

#[cfg(test)]
mod tests;
