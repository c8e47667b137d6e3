//! One small question to a model, and one more if the answer cannot be read. It must not know what the question says.

use patchbay_sdk::llm::{self, Completion, Message, Options};
use patchbay_sdk::{FixPlan, PluginError, Problem, log};
use serde_json::Value;

use crate::answer::{self, Asked};
use crate::cut::cut;
use crate::plan::Draft;
use crate::prompt::{self, Known};
use crate::settings::Settings;

/// The first answer, and one after the mistake was named.
const ANSWERS_MAX: u32 = 2;
/// Of an answer that could not be read, when it is shown again.
const ANSWER_BYTES_MAX: usize = 4000;
/// What passes by itself, and is no fault of the plugin's or of its configuration.
const PASSING: [&str; 4] = ["budget", "timeout", "upstream", "closed"];

/// None if the model knows nothing, cannot be asked now, or answers in no form twice.
pub(crate) fn propose(
    problem: &Problem,
    settings: &Settings,
    model: &str,
    failed: &[Vec<Value>],
) -> Result<Option<FixPlan>, PluginError> {
    let asked = Asked { model, skills: skills(problem, settings), failed };
    let known = Known::of(problem, failed)?;
    let question = prompt::question(settings, &known)?;
    let mut messages = vec![Message::system(prompt::form(&asked.skills)), Message::user(question)];
    let options = Options::new(model).max_tokens(settings.tokens_max).temperature(0.0).json();
    for _ in 0..ANSWERS_MAX {
        let Some(said) = ask(&messages, &options)? else { return Ok(None) };
        match read(&said, &asked) {
            Ok(draft) => return Ok(draft.and_then(Draft::plan)),
            Err(wrong) => messages.extend(again(&said, &wrong)),
        }
    }
    log::warn!("{model} has not answered in the form that it was asked for");
    Ok(None)
}

/// Those that the operator names; else the one that failed.
fn skills<'a>(problem: &'a Problem, settings: &'a Settings) -> Vec<&'a str> {
    let own = problem.attributes.get("skill").filter(|_| settings.skills.is_empty());
    settings.skills.iter().map(String::as_str).chain(own).collect()
}

fn ask(messages: &[Message], options: &Options) -> Result<Option<Completion>, PluginError> {
    match llm::complete(messages, options) {
        Err(error) if PASSING.contains(&error.code.as_str()) => {
            log::warn!("{} cannot be asked: {error}", options.model);
            Ok(None)
        }
        said => said.map(Some),
    }
}

fn read(said: &Completion, asked: &Asked<'_>) -> Result<Option<Draft>, String> {
    match said.finish_reason.as_str() {
        "length" => Err("it is too long and was cut off: be brief".to_owned()),
        _ => answer::read(&said.content, asked),
    }
}

fn again(said: &Completion, wrong: &str) -> [Message; 2] {
    let wrong = cut(wrong, ANSWER_BYTES_MAX);
    [
        Message::assistant(cut(&said.content, ANSWER_BYTES_MAX)),
        Message::user(format!("That cannot be used: {wrong}. Answer once more, with the JSON object alone.")),
    ]
}
