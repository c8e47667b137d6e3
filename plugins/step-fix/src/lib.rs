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
        let model = settings.model.as_deref().filter(|_| is_for_a_model(problem));
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

/// Later steps are for whoever looks at more than the step, unless nobody found anything there.
fn is_for_a_model(problem: &Problem) -> bool {
    let unknown = problem.class.is_empty() || problem.cause.trim().is_empty();
    let found = ["problem.1", "fix"].iter().any(|name| problem.attributes.get(name).is_some());
    problem.attributes.get("step") == Some("step-fix") || (unknown && !found)
}

#[cfg(test)]
mod tests;
