//! What the model is asked: rules that hold for each problem, and the problem itself in a template that the operator may
//! replace. It must not know what is answered.

use patchbay_sdk::llm::{Story, Template, block, end_of, line, mask};
use patchbay_sdk::{PluginError, Problem};

use crate::settings::Settings;
use crate::tried;

/// The form of the answer is fixed: this plugin reads it.
const RULES: &str = include_str!("rules.md");
const TEMPLATE: &str = include_str!("question.md");
/// In bytes.
const TEXT_MAX: usize = 8 * 1024;
/// Of a word that the host tells, in characters.
const WORD_MAX: usize = 500;
/// As many as a diagnosis may have.
const PROBLEMS_MAX: usize = 10;

pub(crate) struct Question {
    pub(crate) rules: &'static str,
    pub(crate) text: String,
    /// Of what was there before this problem was.
    pub(crate) hash: String,
}

pub(crate) fn of(
    problem: &Problem,
    story: &Story,
    failed: &[String],
    settings: &Settings,
) -> Result<Question, PluginError> {
    let template =
        Template::choose(settings.template.as_deref(), settings.template_file.as_deref(), TEMPLATE)?;
    let text = template.fill(&places(problem, story, failed))?;
    Ok(Question { rules: RULES, text, hash: template.hash(RULES) })
}

fn places(problem: &Problem, story: &Story, failed: &[String]) -> Vec<(&'static str, String)> {
    let told = |name: &str| problem.attributes.get(name).unwrap_or_default();
    let mut places = story.places();
    // The host names both, also when it tells no more of the task.
    places.retain(|(place, value)| !(value.is_empty() && ["task", "skill"].contains(place)));
    places.extend([
        ("task", word(told("task"))),
        ("skill", word(told("skill"))),
        ("title", word(&problem.title)),
        ("class", word(&problem.class)),
        ("cause", text(&problem.cause)),
        ("failures", problem.failures.to_string()),
        ("tried", problem.fixes_tried.to_string()),
        ("kind", word(told("kind"))),
        ("code", word(told("code"))),
        ("message", text(told("message"))),
        ("step", word(told("failing-step"))),
        ("stage", word(told("step"))),
        ("fix", text(told("fix"))),
        ("criteria", text(told("success-criteria"))),
        ("priority", word(told("priority"))),
        ("target", word(told("target"))),
        ("problems", problems(problem)),
        ("scripts", tried::shown(failed)),
        ("grants", granted(told("grants"))),
    ]);
    places
}

fn problems(problem: &Problem) -> String {
    let told = (1..=PROBLEMS_MAX).filter_map(|number| problem.attributes.get(&format!("problem.{number}")));
    let lines: Vec<String> = told.map(|found| format!("- {}", word(found))).collect();
    if lines.is_empty() { String::new() } else { format!("Found to be wrong:\n{}", lines.join("\n")) }
}

/// Names of what may be reached and no secrets: nothing of it is masked, or the script could not use it.
fn granted(told: &str) -> String {
    if told.is_empty() { "{}".to_owned() } else { end_of(&block(told, usize::MAX), TEXT_MAX) }
}

fn word(text: &str) -> String {
    if text.is_empty() { "unknown".to_owned() } else { line(&mask(text), WORD_MAX) }
}

fn text(text: &str) -> String {
    if text.is_empty() { "unknown".to_owned() } else { end_of(&block(&mask(text), usize::MAX), TEXT_MAX) }
}
