//! The skill `http`: one request, and whether its answer is the expected one. Where it may go, and what a secret's
//! value is, the host knows alone.

mod answer;
mod input;

use patchbay_sdk::{Invocation, Outcome, PluginError, SkillAdapter, SkillDescription, job, skill_adapter};

use answer::Answer;
use input::Input;

const SKILL: &str = "http";
/// That there is no answer, though the request was tried; with any other error it was not.
const TRIED: [&str; 3] = ["connect", "timeout", "too-large"];

struct Http;

impl SkillAdapter for Http {
    fn describe() -> Result<Vec<SkillDescription>, PluginError> {
        let description = "Sends one HTTP request; succeeds by its answer's status";
        Ok(vec![
            SkillDescription::new(SKILL, description)
                .input(serde_json::from_str(include_str!("input.schema.json"))?),
        ])
    }

    fn run(invocation: &Invocation) -> Result<Outcome, PluginError> {
        let input = Input::read(invocation)?;
        if job::cancelled() {
            return Ok(Outcome::cancelled("cancelled before the request was sent"));
        }
        job::log_line("note", &format!("{} {}", input.method, input.url));
        match input.request()?.send() {
            Ok(response) => answered(&input, &Answer::of(&response)),
            Err(error) if TRIED.contains(&error.code.as_str()) => Ok(unanswered(&input, &error)),
            Err(error) => Err(error),
        }
    }
}

skill_adapter!(Http);

fn answered(input: &Input, answer: &Answer) -> Result<Outcome, PluginError> {
    job::log_line("note", &format!("{}, {} bytes", answer.status, answer.body.len()));
    if let Some(name) = &input.save_as {
        job::artifact(name, answer.media_type(), &answer.body)?;
    }
    let summary = format!("{} {} answered {}", input.method, input.url, answer.status);
    let outcome = match input.expects(answer.status) {
        true => Outcome::succeeded(summary),
        false => Outcome::failed(format!("http:{}", answer.status), summary),
    };
    let outcome = outcome.output(answer.output());
    Ok(match answer.retry_after_ms() {
        Some(milliseconds) => outcome.attribute("retry-after-ms", milliseconds.to_string()),
        None => outcome,
    })
}

fn unanswered(input: &Input, error: &PluginError) -> Outcome {
    let summary = format!("{} {}: {}", input.method, input.url, error.message);
    Outcome::failed(&error.code, summary)
}

#[cfg(test)]
mod tests;
