//! Recorded calls in words: what was asked, what was answered, and where two answers part.

use patchbay_runtime::exchange::{Input, Output};
use patchbay_slots::{Answer, Difference, Recorded, Verdict};

use super::{json, output};

/// Of a text that a stranger wrote, in characters.
const SHOWN_CHARACTERS_MAX: usize = 600;

/// What was asked, on one line.
pub fn question(input: &Input) -> String {
    match input {
        Input::Rank { request, candidates } => {
            let named = candidates.iter().enumerate().map(|(index, candidate)| {
                let unavailable = if candidate.available { "" } else { ", not available" };
                format!("{index} {} ({}{unavailable})", candidate.provider, candidate.health)
            });
            let named: Vec<String> = named.collect();
            cut(&format!(
                "rank for model {}, agent {}, attempt {}, {} bytes: {}",
                request.model,
                request.agent,
                request.attempt,
                request.body_bytes,
                named.join(", ")
            ))
        }
        other => cut(&json::compact(other)),
    }
}

/// What was answered, on one line; of a decision the names first.
pub fn answer(answer: &Answer, input: &Input) -> String {
    match (answer, input) {
        (Answer::Failed { message, .. }, _) => cut(message),
        (Answer::Output(said @ Output::Decision(decision)), Input::Rank { candidates, .. }) => {
            let name = |index: &u32| {
                let index = usize::try_from(*index).unwrap_or(usize::MAX);
                candidates.get(index).map_or("?", |candidate| candidate.provider.as_str())
            };
            let names: Vec<&str> = decision.order.iter().map(name).collect();
            let names = if names.is_empty() { "nobody".to_owned() } else { names.join(", ") };
            cut(&format!("{names}  {}", json::compact(said)))
        }
        (Answer::Output(said), _) => cut(&json::compact(said)),
    }
}

/// One word, and what belongs to it.
pub fn verdict(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Agree => "agree".to_owned(),
        Verdict::Differ { fields } => format!("differ: {}", fields.join(", ")),
        Verdict::Diverged { why } => cut(&format!("diverged: {why}")),
        Verdict::Failed { class, message } => cut(&format!("failed ({}): {message}", class.as_str())),
    }
}

/// A call that was answered otherwise, on a few lines.
pub fn difference(difference: &Difference) -> String {
    let Difference { recorded, verdict: found, candidate } = difference;
    let heading = [cut(&recorded.call), recorded.at.to_string(), verdict(found)].join("  ");
    let (before, now) = (answer(&recorded.answer, &recorded.input), answer(candidate, &recorded.input));
    let generation = &recorded.generation;
    format!(
        "{heading}\n  asked      {}\n  {generation}: {before}\n  candidate: {now}",
        question(&recorded.input)
    )
}

/// How a recorded call ended: `ok`, or the kind of failure.
pub fn outcome(recorded: &Recorded) -> &'static str {
    recorded.answer.failure().map_or("ok", patchbay_runtime::FailureClass::as_str)
}

fn cut(text: &str) -> String {
    let printable = output::printable(text);
    let mut cut: String = printable.chars().take(SHOWN_CHARACTERS_MAX).collect();
    if cut.len() < printable.len() {
        cut.push('…');
    }
    cut
}

#[cfg(test)]
pub mod tests;
