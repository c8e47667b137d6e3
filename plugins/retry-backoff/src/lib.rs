//! For failures that may pass by themselves: wait, longer each time, and try again. It must not know how a failure was
//! recognised: its kind is the host's or an analyzer's.

mod glob;
mod past;
mod provider;
mod settings;

use patchbay_sdk::{FixPlan, FixStrategy, PluginError, Problem, config, fix_strategy};
use serde_json::json;

use past::Wait;
use settings::Settings;

/// Whoever is asked to wait longer should be looked at by somebody.
const RETRY_AFTER_MS_MAX: u64 = 24 * 60 * 60 * 1000;
/// What makes a wait another one than the same wait that was tried before: a host refuses a plan that has failed.
const APART_MS: u64 = 1000;

struct RetryBackoff;

impl FixStrategy for RetryBackoff {
    fn propose(problem: &Problem) -> Result<Option<FixPlan>, PluginError> {
        let settings: Settings = config()?;
        let floor_ms = number(problem, "retry-after-ms");
        if !may_pass(problem, &settings) || floor_ms > RETRY_AFTER_MS_MAX {
            return Ok(None);
        }
        let waits = past::waits()?;
        let left = (settings.tries_max as usize).checked_sub(waits.len()).filter(|left| *left > 0);
        Ok(left.map(|_| plan(problem, &settings, wait_ms(problem, &settings, floor_ms, &waits), waits.len())))
    }
}

fix_strategy!(RetryBackoff);

/// A run that hangs does not pass by itself.
fn may_pass(problem: &Problem, settings: &Settings) -> bool {
    let code = problem.attributes.get("code").unwrap_or_default();
    let listed = |pattern: &String| glob::fits(pattern, &problem.class) || glob::fits(pattern, code);
    match problem.attributes.get("kind") {
        Some("transient") => true,
        Some("stuck") => false,
        _ => settings.classes.iter().any(listed),
    }
}

fn wait_ms(problem: &Problem, settings: &Settings, floor_ms: u64, waits: &[Wait]) -> u64 {
    let doubled = settings.first_wait_ms.saturating_mul(2_u64.saturating_pow(problem.fixes_tried));
    let mut ms = doubled.min(settings.wait_ms_max).max(floor_ms);
    // Each round passes one of the waits, so there are no more rounds than waits.
    while waits.iter().any(|wait| wait.ms == ms) {
        ms = ms.saturating_add(APART_MS);
    }
    ms
}

fn plan(problem: &Problem, settings: &Settings, wait_ms: u64, waited: usize) -> FixPlan {
    let title =
        format!("Try again in {} s, {} of {}", wait_ms.div_ceil(1000), waited + 1, settings.tries_max);
    let plan = FixPlan::new(title, "such failures often pass by themselves").confidence(0.5);
    let plan = match provider::in_trouble(problem).filter(|_| settings.cool_provider && wait_ms > 0) {
        Some(provider) => plan.action("cool-provider", json!({ "provider": provider, "for_ms": wait_ms })),
        None => plan,
    };
    plan.action("retry", json!({ "after_ms": wait_ms }))
}

/// 0 if it is not there, or no number.
fn number(problem: &Problem, name: &str) -> u64 {
    problem.attributes.get(name).and_then(|text| text.parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests;
