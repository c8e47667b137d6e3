//! For runs that make no progress: end the worker, start the task again. It must not know how that was noticed.

mod glob;
mod past;
mod settings;

use patchbay_sdk::{FixPlan, FixStrategy, PluginError, Problem, config, fix_strategy};
use serde_json::json;

use past::Restart;
use settings::Settings;

/// What makes a restart another one than the same that was tried before: a host refuses a plan that has failed.
const APART_MS: u64 = 1000;

struct RestartStuck;

impl FixStrategy for RestartStuck {
    fn propose(problem: &Problem) -> Result<Option<FixPlan>, PluginError> {
        let limits = config::<Settings>()?.for_problem(problem);
        if problem.attributes.get("kind") != Some("stuck") || limits.restarts_max == 0 {
            return Ok(None);
        }
        let restarts = past::in_vain()?;
        if restarts.len() >= limits.restarts_max as usize {
            return Ok(None);
        }
        let title = format!("Restart it, {} of {}", restarts.len() + 1, limits.restarts_max);
        let plan = FixPlan::new(title, "its run makes no progress")
            .action("kill", json!({}))
            .action("retry", json!({ "after_ms": wait_ms(limits.wait_ms, &restarts) }));
        Ok(Some(plan.confidence(0.5)))
    }
}

fix_strategy!(RestartStuck);

/// Each round passes one of the restarts, so there are no more rounds than restarts.
fn wait_ms(set: u64, restarts: &[Restart]) -> u64 {
    let mut ms = set;
    while restarts.iter().any(|restart| restart.wait_ms == ms) {
        ms = ms.saturating_add(APART_MS);
    }
    ms
}

#[cfg(test)]
mod tests;
