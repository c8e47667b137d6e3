//! The cheap fix of one step: by the operator's own rules, and if none of them helps by one small question to a model.
//! It must not know how a plan is carried out.

mod answer;
mod cut;
mod filled;
mod glob;
mod hidden;
mod model;
mod past;
mod pattern;
mod plan;
mod prompt;
mod rule;
mod rules;
mod settings;
mod shape;

use patchbay_sdk::{FixPlan, FixStrategy, PluginError, Problem, config, fix_strategy};

use settings::Settings;

struct StepFix;

impl FixStrategy for StepFix {
    fn propose(problem: &Problem) -> Result<Option<FixPlan>, PluginError> {
        let settings: Settings = config()?;
        let rules = rules::read(&settings.rules)?;
        // Also after a diagnosis: what was found is in the question then.
        let model = settings.model.as_deref();
        if rules.is_empty() && model.is_none() {
            return Ok(None);
        }
        let failed = past::failed()?;
        match (rules::first_that_helps(&rules, problem, &failed), model) {
            (None, Some(model)) => model::propose(problem, &settings, model, &failed),
            (plan, _) => Ok(plan),
        }
    }
}

fix_strategy!(StepFix);

#[cfg(test)]
mod tests;
