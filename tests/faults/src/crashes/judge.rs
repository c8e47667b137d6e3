//! What must hold of one task, whatever happened to its host: by what the host says of it, by what its programs left, and
//! by what was acknowledged. It must not know how any of that was found.

mod fence;

use super::effect::{Run, beside};
use super::story::Story;
use super::task::Kind;

/// All that is known of a task.
pub(super) struct Case<'a> {
    pub(super) story: &'a Story,
    /// Of its programs, in the order in which they began.
    pub(super) runs: &'a [Run],
    /// What an operator said of it and was acknowledged.
    pub(super) said: &'a [&'static str],
}

/// What each word of an operator leaves in the history.
const LEAVES: [(&str, &str); 7] = [
    ("answer", "answered"),
    ("approve", "approved"),
    ("cancel", "cancelled"),
    ("pause", "paused"),
    ("resume", "resumed"),
    ("retry", "retried"),
    ("void", "voided"),
];

/// What does not hold, a sentence each.
pub(super) fn judge(case: &Case<'_>) -> Vec<String> {
    let rules = [ends_as_it_has_to, keeps_every_event, runs_alone, has_its_effect, hears_every_word];
    let mut failures: Vec<String> = rules.iter().filter_map(|rule| rule(case).err()).collect();
    failures.extend(fence::in_order(case.story).err());
    failures.extend(fence::attempts_in_order(case.story).err());
    let name = &case.story.name;
    failures.into_iter().map(|failure| format!("{name}: {failure}")).collect()
}

fn ends_as_it_has_to(case: &Case<'_>) -> Result<(), String> {
    let Story { name, state, .. } = case.story;
    let expected = Kind::of(name).map_or("", Kind::end);
    match state == expected {
        true => Ok(()),
        false => Err(format!("it is {state}, expected {expected}")),
    }
}

fn keeps_every_event(case: &Case<'_>) -> Result<(), String> {
    let events = &case.story.events;
    match (1..).zip(events).find(|(number, event)| event.seq != *number) {
        None if events.last().is_some_and(|last| last.to == case.story.state) => Ok(()),
        None => Err(format!("its last event is not what it is, {}", case.story.state)),
        Some((number, event)) => Err(format!("expected event {number}, found {}", event.seq)),
    }
}

/// No two runs at a time, and none that no lease explains.
fn runs_alone(case: &Case<'_>) -> Result<(), String> {
    if let Some((one, next)) = beside(case.runs) {
        return Err(format!("it was run twice at one time: process {one} went on when {next} had begun"));
    }
    let (runs, claims) = (case.runs.len(), case.story.claims());
    match runs <= claims {
        true => Ok(()),
        false => Err(format!("it was run {runs} times by {claims} claims")),
    }
}

/// What succeeded has been done.
fn has_its_effect(case: &Case<'_>) -> Result<(), String> {
    match case.story.state == "succeeded" && !case.runs.iter().any(|run| run.ended) {
        false => Ok(()),
        true => Err("it succeeded, and none of its runs came to its end".to_owned()),
    }
}

/// What an operator said, and was acknowledged, stands in the history.
fn hears_every_word(case: &Case<'_>) -> Result<(), String> {
    for (verb, cause) in LEAVES {
        let said = case.said.iter().filter(|said| **said == verb).count();
        let left = case.story.events.iter().filter(|event| event.cause == cause).count();
        if left < said {
            return Err(format!(
                "`{verb}` was acknowledged {said} times and stands {left} times in its history"
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
