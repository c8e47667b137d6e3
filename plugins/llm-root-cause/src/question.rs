//! What the model is asked: rules that hold for each failure, and the failure itself in a template that the operator may
//! replace. It must not know what is answered.

use patchbay_sdk::llm::{Story, Template, block, end_of, line, mask};
use patchbay_sdk::{Failure, PluginError};

use crate::picture::{self, Picture};
use crate::settings::Settings;
use crate::tool;

/// The form of the answer is fixed: this plugin reads it.
const RULES: &str = include_str!("rules.md");
const TEMPLATE: &str = include_str!("question.md");
const LOG_LINES: u32 = 50;
/// In bytes.
const MESSAGE_MAX: usize = 16 * 1024;
/// Of a word that the host tells, in characters.
const WORD_MAX: usize = 500;

pub(crate) struct Question {
    pub(crate) rules: String,
    pub(crate) text: String,
    /// Of what was there before this failure was.
    pub(crate) hash: String,
}

pub(crate) fn of(
    failure: &Failure,
    settings: &Settings,
    pictures: &[Picture],
) -> Result<Question, PluginError> {
    let template =
        Template::choose(settings.template.as_deref(), settings.template_file.as_deref(), TEMPLATE)?;
    let rules = RULES.to_owned() + &tool::offer(&settings.tools);
    let text = template.fill(&places(failure, pictures))?;
    let hash = template.hash(&rules);
    Ok(Question { rules, text, hash })
}

fn places(failure: &Failure, pictures: &[Picture]) -> Vec<(&'static str, String)> {
    let told = |name: &str| failure.attributes.get(name).unwrap_or_default();
    let mut story = Story::read(told("log-lines").parse().unwrap_or(LOG_LINES));
    for (known, name) in [(&mut story.task.name, "task"), (&mut story.task.skill, "skill")] {
        if known.is_empty() {
            told(name).clone_into(known);
        }
    }
    let mut places = story.places();
    places.extend([
        ("kind", word(&failure.kind)),
        ("code", word(&failure.code)),
        ("message", end_of(&block(&mask(&failure.message), usize::MAX), MESSAGE_MAX)),
        ("step", word(told("failing-step"))),
        ("stage", word(told("step"))),
        ("failures", word(told("failures"))),
        ("guess", word(told("failure-kind"))),
        ("fingerprint", word(told("fingerprint"))),
        ("pictures", picture::listed(pictures)),
    ]);
    places
}

fn word(text: &str) -> String {
    if text.is_empty() { "unknown".to_owned() } else { line(&mask(text), WORD_MAX) }
}
