//! Proposes to try again, later each time, and gives up after some tries.

use patchbay_sdk::{FixPlan, FixStrategy, PluginError, Problem, config, fix_strategy};
use serde::Deserialize;
use serde_json::json;

/// What the operator may set. Every field has a default, because nothing set reads as `{}`.
#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Settings {
    /// How often it is tried.
    tries: u32,
    /// Each further try waits twice as long.
    first_wait_ms: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            tries: 3,
            first_wait_ms: 10_000,
        }
    }
}

struct Strategy;

impl FixStrategy for Strategy {
    // `None` says that it has no idea: then the next strategy is asked. The host decides, acts and checks.
    fn propose(problem: &Problem) -> Result<Option<FixPlan>, PluginError> {
        let settings: Settings = config()?;
        let tried = problem.fixes_tried;
        if tried >= settings.tries {
            return Ok(None);
        }
        let wait_ms = settings
            .first_wait_ms
            .saturating_mul(2_u64.saturating_pow(tried));
        let title = format!("try again, try {} of {}", tried + 1, settings.tries);
        let plan = FixPlan::new(title, "many failures pass by themselves")
            .action("retry", json!({ "after_ms": wait_ms }))
            .confidence(0.5);
        Ok(Some(plan))
    }
}

fix_strategy!(Strategy);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_case_holds() {
        patchbay_sdk::testing::run_strategy_cases::<Strategy>("cases");
    }

    #[test]
    fn it_gives_up_after_some_tries() {
        let problem = Problem {
            fixes_tried: 3,
            ..Problem::default()
        };
        assert_eq!(Strategy::propose(&problem), Ok(None));
    }
}
