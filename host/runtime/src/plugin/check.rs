//! Whether an answer is one to its question: what types cannot say.

use serde_json::Value;

use crate::call::CallFailure;
use crate::exchange::{FixPlan, Input, Output};
use crate::routing;

/// Lists in an answer, and steps of a plan.
const ENTRIES_MAX: usize = 1_000;
const STEPS_MAX: usize = 100;

/// # Errors
/// [`CallFailure::Invalid`], saying what is wrong.
pub(super) fn output(input: &Input, output: Output) -> Result<Output, CallFailure> {
    let checked = match (&output, input) {
        (Output::Decision(decision), Input::Rank { candidates, .. }) => {
            routing::check(decision, candidates.len())
        }
        (Output::Diagnosis(Some(diagnosis)), _) => {
            share("confidence", diagnosis.confidence).and_then(|()| word("class", &diagnosis.class))
        }
        (Output::Plan(Some(plan)), _) => plan_is_sound(plan),
        (Output::Outcome(outcome), _) => json("output", &outcome.output),
        (Output::Skills(skills), _) => few("skills", skills.len()).and_then(|()| {
            skills.iter().try_for_each(|skill| {
                word("name", &skill.name).and_then(|()| json("input-schema", &skill.input_schema))
            })
        }),
        (Output::Routes(routes), _) => few("kinds", routes.len())
            .and_then(|()| routes.iter().try_for_each(|route| word("kind", &route.kind))),
        (Output::Page(page), _) => few("items", page.items.len())
            .and_then(|()| page.items.iter().try_for_each(|item| word("id", &item.id))),
        _ => Ok(()),
    };
    checked.map_err(CallFailure::Invalid)?;
    Ok(output)
}

fn plan_is_sound(plan: &FixPlan) -> Result<(), String> {
    share("confidence", plan.confidence)?;
    let steps = plan.actions.len() + plan.checks.len() + plan.undo.len();
    if steps > STEPS_MAX {
        return Err(format!("the plan has {steps} steps: at most {STEPS_MAX}"));
    }
    let actions = plan.actions.iter().chain(&plan.undo).map(|action| (&action.kind, &action.arguments));
    let checks = plan.checks.iter().map(|check| (&check.kind, &check.arguments));
    actions.chain(checks).try_for_each(|(kind, arguments)| {
        word("kind", kind)?;
        json("arguments", arguments)
    })
}

fn few(what: &str, count: usize) -> Result<(), String> {
    if count <= ENTRIES_MAX { Ok(()) } else { Err(format!("it has {count} {what}: at most {ENTRIES_MAX}")) }
}

fn word(what: &str, word: &str) -> Result<(), String> {
    let sound = !word.is_empty() && word.len() <= 256 && !word.chars().any(char::is_control);
    if sound { Ok(()) } else { Err(format!("{what} must have 1 to 256 bytes and no control characters")) }
}

fn share(what: &str, share: f64) -> Result<(), String> {
    if (0.0..=1.0).contains(&share) { Ok(()) } else { Err(format!("{what} is {share}: expected 0 to 1")) }
}

fn json(what: &str, text: &str) -> Result<(), String> {
    match serde_json::from_str::<Value>(text) {
        Ok(_) => Ok(()),
        Err(error) => Err(format!("{what} is no JSON: {error}")),
    }
}
