//! Where recorded calls are made again: their components, started with the configuration and the grants that each call
//! had.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use patchbay_config::Config;
use patchbay_runtime::ask::Payload;
use patchbay_runtime::{NoHost, Plugin, Runtime, RuntimeOptions, TracingLog};
use patchbay_slots::{HostLimits, Recorded, check, replay};
use patchbay_types::Digest;

use super::again::Again;
use crate::cli::plugin::artefact::LIMITS;
use crate::cli::{Failure, Status};
use crate::host;

/// More than a host gives, so that a machine that is slow or busy adds no timeouts of its own. A manifest may still ask
/// for less.
const DEADLINE: Duration = Duration::from_secs(2);
/// Plugins that are kept started; with more different configurations some are started again.
const STARTED_MAX: usize = 16;

pub struct Bench {
    components: BTreeMap<Digest, Payload>,
    /// What makes all calls, whoever made them before.
    with: Option<Vec<u8>>,
    runtime: Runtime,
    limits: HostLimits,
    started: HashMap<String, Plugin>,
}

impl Bench {
    /// # Errors
    /// The engine does not start.
    pub fn new(components: BTreeMap<Digest, Payload>, with: Option<Vec<u8>>) -> Result<Self, Failure> {
        let config = Config::default();
        let mut limits = host::limits(&config);
        limits.pure.warm_instances = 1;
        limits.pure.deadline = limits.pure.deadline.max(DEADLINE);
        let options = RuntimeOptions {
            compiler: host::compiler(&config.plugins)?,
            cache: None,
            log: Arc::new(TracingLog),
            host: Arc::new(NoHost),
            memory_bytes: limits.pure.memory_bytes,
            fat_memory_bytes: limits.fat_memory_bytes,
        };
        let runtime = Runtime::new(options).map_err(Failure::new)?;
        Ok(Self { components, with, runtime, limits, started: HashMap::new() })
    }

    /// # Errors
    /// The component is missing, or does not start.
    pub async fn again(&mut self, recorded: Recorded) -> Result<Again, Failure> {
        if recorded.redacted || recorded.tape.cut {
            return Ok(Again::skipped(recorded));
        }
        let other = self.with.is_some();
        let key = key(&recorded);
        if !self.started.contains_key(&key) {
            let plugin = self.start(&recorded).await?;
            if self.started.len() >= STARTED_MAX {
                self.started.clear();
            }
            self.started.insert(key.clone(), plugin);
        }
        let replayed = replay(&self.started[&key], &recorded.grants, &recorded).await;
        Ok(Again::of(recorded, replayed, other))
    }

    async fn start(&self, recorded: &Recorded) -> Result<Plugin, Failure> {
        let component = match &self.with {
            Some(component) => component.as_slice(),
            None => &self.components.get(&recorded.digest).ok_or_else(|| missing(recorded))?.0,
        };
        let failed = |error| {
            Failure::new(format!("{} with what call {} had: {error}", recorded.plugin, recorded.call))
        };
        let checked = check(component, LIMITS, &recorded.grants).map_err(failed)?;
        checked.start(&self.runtime, component, &recorded.config, &self.limits).await.map_err(failed)
    }
}

/// What makes two calls' plugins the same.
fn key(recorded: &Recorded) -> String {
    format!("{} {} {}", recorded.digest, recorded.grants.lines().join("\n"), recorded.config)
}

fn missing(recorded: &Recorded) -> Failure {
    Failure::new(format!("the file has no component {} ({})", recorded.digest, recorded.plugin))
        .status(Status::NotFound)
        .hint("give it with --with FILE.wasm, or export the calls without --no-component")
}
