//! A problem is looked at, once for each state of things. It must not know who looks.

use patchbay_failpoint as failpoint;
use patchbay_store::Batch;
use patchbay_tasks::{Diagnosis, Finding, State, Step, Target, What};
use patchbay_types::{NanoUsd, Tokens};

use super::case::{Case, tell};
use super::facts;
use crate::attempt::CLASS_CHARS_MAX;
use crate::engine::Inner;
use crate::error::EngineError;
use crate::port::Asked;

/// Characters of a cause that are kept.
const CAUSE_CHARS_MAX: usize = 4_000;
/// Pairs of what an analyzer said beside, and characters of one, that are kept.
const FOUND_MAX: usize = 32;
const FOUND_CHARS_MAX: usize = 4_000;

pub(crate) async fn diagnose(engine: &Inner, case: Case, step: Step) -> Result<bool, EngineError> {
    let Some(task) = case.active().next().cloned() else { return Ok(false) };
    let lines = engine.options.load().fixes.ladder.log_lines;
    let facts = facts::failure(&case, &task, step, lines);
    let began = engine.clock.monotonic();
    failpoint::at("engine.diagnose.before");
    let asked = engine.minds.analyze(&facts).await;
    failpoint::at("engine.diagnose.asked");
    let took = engine.clock.monotonic().since(began).as_millis();
    let finding = finding(asked.as_ref());
    let (plugin, config, now) = (case.plugin(engine), engine.minds.configuration(), engine.now());
    engine
        .change_problem(case.fingerprint(), Batch::new(), |record| {
            let problem = &mut record.problem;
            let cause = asked.as_ref().map_or("", |asked| asked.cause.as_str());
            let cause: String = cause.chars().take(CAUSE_CHARS_MAX).collect();
            problem.diagnosis = Some(Diagnosis { at: now, cause, plugin, config });
            problem.used.wall_ms += u64::try_from(took).unwrap_or(u64::MAX);
            if let Some(asked) = asked {
                problem.used.tokens = Tokens(problem.used.tokens.0 + tokens(&asked.attributes));
                problem.used.usd = NanoUsd(problem.used.usd.0 + number(&asked.attributes, "cost-nano-usd"));
                if let Some(target) = target(&asked) {
                    problem.target = target;
                }
                if !asked.class.is_empty() {
                    problem.class = asked.class.chars().take(CLASS_CHARS_MAX).collect();
                }
                let wait = asked.retry_after.map(|wait| facts::pair(facts::RETRY_AFTER, wait.as_millis()));
                record.found = bounded(wait.into_iter().chain(asked.attributes).collect());
                record.parts_tried = 0;
            }
        })
        .await?;
    failpoint::at("engine.diagnose.kept");
    for task in &case.tasks {
        if matches!(task.state.behind_a_pause(), State::Diagnosing { diagnosed: false, .. }) {
            tell(engine, task, What::Diagnosed { finding: finding.clone() }).await?;
        }
    }
    Ok(!matches!(finding, Finding::Environment { .. }))
}

fn finding(asked: Option<&Asked>) -> Finding {
    let Some(asked) = asked else { return Finding::Nothing };
    let kind = value(&asked.attributes, "failure-kind").unwrap_or_default();
    match (kind, target(asked)) {
        (_, Some(Target::Environment { missing })) => Finding::Environment { missing },
        ("environment", _) => Finding::Environment { missing: asked.cause.clone() },
        _ => Finding::Cause,
    }
}

/// A target that makes no sense is none.
fn target(asked: &Asked) -> Option<Target> {
    serde_json::from_str(value(&asked.attributes, "target")?).ok()
}

fn tokens(attributes: &[(String, String)]) -> u64 {
    number(attributes, "prompt-tokens") + number(attributes, "completion-tokens")
}

pub(super) fn number(attributes: &[(String, String)], name: &str) -> u64 {
    value(attributes, name).and_then(|text| text.parse().ok()).unwrap_or_default()
}

pub(super) fn value<'a>(attributes: &'a [(String, String)], name: &str) -> Option<&'a str> {
    attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}

pub(super) fn bounded(attributes: Vec<(String, String)>) -> Vec<(String, String)> {
    let short = |text: String| text.chars().take(FOUND_CHARS_MAX).collect();
    attributes.into_iter().take(FOUND_MAX).map(|(name, value)| (short(name), short(value))).collect()
}
