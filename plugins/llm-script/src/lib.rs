//! A script that a model writes for a problem, as a plan. It runs nothing: the host gates the plan, and the skill
//! `script` runs the source, shut in.

mod answer;
mod check;
mod grants;
mod question;
mod scan;
mod settings;
mod tried;

use patchbay_sdk::llm::{Story, Talk};
use patchbay_sdk::{FixPlan, FixStrategy, PluginError, Problem, fix_strategy, log};
use serde_json::{Map, Value, json};

use answer::Script;
use question::Question;
use settings::Settings;

const LANGUAGE: &str = "javascript";
const LOG_LINES: u32 = 50;

struct LlmScript;

impl FixStrategy for LlmScript {
    fn propose(problem: &Problem) -> Result<Option<FixPlan>, PluginError> {
        if problem.attributes.get("script") != Some(LANGUAGE) {
            return Ok(None);
        }
        let settings = Settings::read()?;
        let granted = grants::of(problem)?;
        let story = Story::read(LOG_LINES);
        let failed = tried::scripts(&story.history);
        let question = question::of(problem, &story, &failed, &settings)?;
        let mut talk = Talk::new(settings.options(), question.rules, &question.text);
        let script = talk.ask(|found| answer::read(found, &failed))?.flatten();
        let script = script.filter(|script| is_within(script, &granted));
        Ok(script.map(|script| with_provenance(plan(script, granted), &settings, &question, &talk)))
    }
}

fix_strategy!(LlmScript);

/// What it wants beyond the problem's grants is not cut off: a script that was written for more would half work.
fn is_within(script: &Script, granted: &Map<String, Value>) -> bool {
    let beyond = grants::beyond(&script.grants, granted);
    if !beyond.is_empty() {
        log::warn!(
            "the model's script is refused: it wants {}, which this problem is not granted",
            beyond.join(", ")
        );
    }
    beyond.is_empty()
}

fn plan(script: Script, granted: Map<String, Value>) -> FixPlan {
    let arguments = json!({ "language": LANGUAGE, "source": script.source, "grants": granted });
    let plan = FixPlan::new(script.title, script.reason).confidence(script.confidence);
    let plan = plan.action("run-script", arguments).action("retry", json!({}));
    script.checks.into_iter().fold(plan, |plan, check| plan.check(check.kind, check.arguments))
}

fn with_provenance(plan: FixPlan, settings: &Settings, question: &Question, talk: &Talk) -> FixPlan {
    let usage = talk.usage();
    plan.attribute("model", &settings.model)
        .attribute("prompt-tokens", usage.prompt_tokens.to_string())
        .attribute("completion-tokens", usage.completion_tokens.to_string())
        .attribute("prompt-hash", &question.hash)
}

#[cfg(test)]
mod tests;
