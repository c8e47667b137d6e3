//! A built component, asked in the sandbox and with the limits that a host has. Who answers it is a host out of answers
//! that were given beforehand: nothing that it asks for is done.

mod grants;
mod session;

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use patchbay_config::Config;
use patchbay_registry::World;
use patchbay_runtime::exchange::{Input, Output};
use patchbay_runtime::{
    Call, CallFailure, LogLine, LogPort, NoHost, Plugin, Runtime, RuntimeOptions, Scope, Start, Tape,
};
use patchbay_sdk::testing::FakeHost;
use patchbay_slots::{Checked, HostLimits};
use patchbay_types::{GenerationId, SlotKind, SlotName};
use serde_json::Value;

use crate::cli::Failure;
use crate::host;
use session::Scripted;

/// What of a plugin's log is kept of a call.
const LOG_LINES_MAX: usize = 100;
/// A plugin's clock and random numbers follow from it, so the same question has the same answer each time.
const START: Start = Start { seed: 0, now_nanos: 1_700_000_000_000_000_000 };

/// The component, started once for each configuration that is asked for.
pub struct Sandbox {
    component: Vec<u8>,
    checked: Checked,
    runtime: Runtime,
    limits: HostLimits,
    plugins: HashMap<String, Plugin>,
    log: Arc<GuestLog>,
}

/// What became of a question.
pub struct Asked {
    pub result: Result<Output, CallFailure>,
    /// Who answered, and what it was asked.
    pub host: FakeHost,
    pub tape: Tape,
    /// What the plugin wrote: `info: text`.
    pub log: VecDeque<String>,
    /// The plugin's own time.
    pub took: Duration,
}

/// What the plugin wrote since the last look.
#[derive(Default)]
struct GuestLog(Mutex<VecDeque<String>>);

impl Sandbox {
    /// # Errors
    /// The engine does not start.
    pub fn new(component: Vec<u8>, checked: Checked) -> Result<Self, Failure> {
        let config = Config::default();
        let mut limits = host::limits(&config);
        limits.pure.warm_instances = 1;
        let log = Arc::new(GuestLog::default());
        let runtime = Runtime::new(RuntimeOptions {
            compiler: host::compiler(&config.plugins)?,
            cache: None,
            log: log.clone(),
            host: Arc::new(NoHost),
            memory_bytes: limits.pure.memory_bytes,
            fat_memory_bytes: limits.fat_memory_bytes,
        })
        .map_err(Failure::new)?;
        Ok(Self { component, checked, runtime, limits, plugins: HashMap::new(), log })
    }

    pub fn kind(&self) -> SlotKind {
        self.checked.kind()
    }

    pub fn checked(&self) -> &Checked {
        &self.checked
    }

    /// Starts it with a configuration, unless it was.
    ///
    /// # Errors
    /// It does not compile, link or start.
    pub async fn start(&mut self, config: &Value) -> Result<&Plugin, Failure> {
        let config = config.to_string();
        if !self.plugins.contains_key(&config) {
            let started = self.checked.start(&self.runtime, &self.component, &config, &self.limits).await;
            self.plugins.insert(config.clone(), started.map_err(Failure::new)?);
        }
        Ok(&self.plugins[&config])
    }

    /// Asks it one thing.
    ///
    /// # Errors
    /// As [`start`](Self::start): what it answers, or how it fails, is no error here.
    pub async fn ask(&mut self, config: &Value, input: &Input, host: FakeHost) -> Result<Asked, Failure> {
        let scope = self.scope(&host)?;
        self.start(config).await?;
        self.log.take();
        let (session, answering) = Scripted::new(host);
        let call = Call { scope: &scope, start: START, session: Box::new(session), time: None };
        let ran = self.start(config).await?.ask(call, input).await;
        let host = answering.lock().unwrap_or_else(PoisonError::into_inner).clone();
        Ok(Asked { result: ran.result, host, tape: ran.tape, log: self.log.take(), took: ran.took })
    }

    fn scope(&self, host: &FakeHost) -> Result<Scope, Failure> {
        let plugin = self.checked.manifest.plugin.name.to_string();
        let slot = match self.checked.world() {
            World::RoutingPolicy => SlotName::routing(),
            world => {
                let slot = format!("{}/{plugin}", world.slot_kind().as_str());
                slot.parse().map_err(Failure::new)?
            }
        };
        let grants = grants::widened(&self.checked.grants, host.given());
        Ok(Scope { generation: GenerationId { slot, number: 1 }, plugin, grants, call: "test".to_owned() })
    }
}

impl GuestLog {
    fn take(&self) -> VecDeque<String> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl LogPort for GuestLog {
    fn line(&self, line: LogLine<'_>) {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if lines.len() == LOG_LINES_MAX {
            lines.pop_front();
        }
        lines.push_back(format!("{}: {}", line.level, line.message));
    }
}
