//! `patchbay plugin test`: the crate's own tests natively, then every golden case against the built component, in the
//! sandbox and with the limits that a host has.

use std::collections::{HashMap, VecDeque};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use patchbay_config::Config;
use patchbay_runtime::routing::RoutingPolicy;
use patchbay_runtime::{Limits, LogLine, LogPort, Runtime, RuntimeOptions};

use super::build::{self, Built};
use super::cargo;
use super::cases::{self, CaseFile};
use super::project::Project;
use crate::cli::{Failure, output};
use crate::host;

/// What of a plugin's log is kept for a case that fails.
const LOG_LINES_MAX: usize = 100;

/// Tests the plugin in `path`, one line a case.
///
/// # Errors
/// It is no plugin's crate, does not build, or answers a case otherwise than is expected.
pub async fn test(path: &Path) -> Result<(), Failure> {
    let project = Project::open(path)?;
    let cases = cases::read(&project.folder.join("cases"))?;
    cargo::test(&project).await?;
    let built = build::component(&project).await?;
    let mut sandbox = Sandbox::new(built)?;
    if cases.is_empty() {
        sandbox.policy("{}").await?;
        output::note("cases/ holds no *.json: tested was only that the component starts");
        return Ok(());
    }
    let mut failed = 0_usize;
    for case in &cases {
        failed += usize::from(!sandbox.passes(case).await?);
    }
    match failed {
        0 => Ok(()),
        _ => Err(Failure::new(format!("{failed} of {} cases failed in the sandbox", cases.len()))),
    }
}

/// The component, started once for each configuration that the cases ask for.
struct Sandbox {
    built: Built,
    runtime: Runtime,
    limits: Limits,
    policies: HashMap<String, RoutingPolicy>,
    log: Arc<CaseLog>,
}

/// What the plugin wrote during the case that runs.
#[derive(Default)]
struct CaseLog(Mutex<VecDeque<String>>);

impl Sandbox {
    fn new(built: Built) -> Result<Self, Failure> {
        let config = Config::default();
        let limits = Limits { warm_instances: 1, ..crate::host::limits(&config) };
        let log = Arc::new(CaseLog::default());
        let runtime = Runtime::new(RuntimeOptions {
            compiler: host::compiler(&config.plugins)?,
            cache: None,
            log: log.clone(),
            memory_bytes: limits.memory_bytes,
        })
        .map_err(Failure::new)?;
        Ok(Self { built, runtime, limits, policies: HashMap::new(), log })
    }

    async fn passes(&mut self, file: &CaseFile) -> Result<bool, Failure> {
        let config = file.case.config.to_string();
        self.policy(&config).await?;
        self.log.take();
        let outcome = cases::put(&file.case, &self.policies[&config]).await;
        let sandbox = if outcome.is_ok() { "ok" } else { "FAILED" };
        output::line(&format!("native ok / wasm {sandbox}  {}", file.case.name));
        let Err(difference) = outcome else { return Ok(true) };
        output::line(&format!("  {}\n{difference}", file.path.display()));
        self.log.take().iter().for_each(|line| output::line(&format!("  log       {line}")));
        Ok(false)
    }

    async fn policy(&mut self, config: &str) -> Result<(), Failure> {
        if !self.policies.contains_key(config) {
            let Built { checked, component, .. } = &self.built;
            let policy =
                checked.start(&self.runtime, component, config, self.limits).await.map_err(Failure::new)?;
            self.policies.insert(config.to_owned(), policy);
        }
        Ok(())
    }
}

impl CaseLog {
    fn take(&self) -> VecDeque<String> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl LogPort for CaseLog {
    fn line(&self, line: LogLine<'_>) {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if lines.len() == LOG_LINES_MAX {
            lines.pop_front();
        }
        lines.push_back(format!("{}: {}", line.level, line.message));
    }
}
