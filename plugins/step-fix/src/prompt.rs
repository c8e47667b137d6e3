//! What a model is asked: a template of the operator's, or `prompt.md`, filled with what is known of the problem. It
//! must not know what is answered; the form of an answer is `answer.md`, which the operator does not replace.

use patchbay_sdk::{PluginError, Problem, files, tasks};
use serde_json::Value;

use crate::cut::cut;
use crate::hidden::Hider;
use crate::settings::Settings;

const TEMPLATE: &str = include_str!("prompt.md");
const FORM: &str = include_str!("answer.md");
const TEMPLATE_BYTES_MAX: usize = 16 * 1024;
/// A name or a word.
const LINE_BYTES_MAX: usize = 200;
/// An error, whose end says most.
const MESSAGE_BYTES_MAX: usize = 4000;
/// An input, a cause, criteria.
const TEXT_BYTES_MAX: usize = 4000;
/// Plans in vain that are told, the newest.
const TRIED_MAX: usize = 5;
const OPEN: &str = "{{";
const CLOSE: &str = "}}";

/// What the places of a template may be called, and what stands there.
pub(crate) struct Known(Vec<(&'static str, String)>);

impl Known {
    /// # Errors
    /// The host's, when it is asked for the task.
    pub(crate) fn of(problem: &Problem, failed: &[Vec<Value>]) -> Result<Self, PluginError> {
        let hider = Hider::new();
        let told = |name: &str| problem.attributes.get(name).unwrap_or_default();
        let line = |text: &str| one_line(&hider.text(text));
        let block = |text: &str| quoted(&head(&hider.text(text), TEXT_BYTES_MAX));
        Ok(Self(vec![
            ("task", line(told("task"))),
            ("skill", line(told("skill"))),
            ("step", line(told("failing-step"))),
            ("code", line(told("code"))),
            ("class", line(&problem.class)),
            ("message", quoted(&tail(&hider.text(told("message")), MESSAGE_BYTES_MAX))),
            ("input", quoted(&head(&input(&hider)?, TEXT_BYTES_MAX))),
            ("cause", block(&problem.cause)),
            ("criteria", block(told("success-criteria"))),
            ("tried", quoted(&tried(failed, &hider))),
        ]))
    }
}

/// What the model is told first: the form of its answer.
pub(crate) fn form(skills: &[&str]) -> String {
    FORM.replace("{{skills}}", &skills.join(", "))
}

/// What it is asked.
///
/// # Errors
/// `bad-config`, or those of `files`, if there is no such template.
pub(crate) fn question(settings: &Settings, known: &Known) -> Result<String, PluginError> {
    fill(&template(settings)?, known).map_err(bad)
}

fn template(settings: &Settings) -> Result<String, PluginError> {
    let text = match (&settings.template, &settings.template_file) {
        (Some(_), Some(_)) => return Err(bad("template and template_file: expected one of them".to_owned())),
        (Some(text), None) => text.clone(),
        (None, Some(path)) => files::read(path)?.text()?.to_owned(),
        (None, None) => TEMPLATE.to_owned(),
    };
    match text.len() {
        0..=TEMPLATE_BYTES_MAX => Ok(text),
        bytes => Err(bad(format!("the template has {bytes} bytes, expected at most {TEMPLATE_BYTES_MAX}"))),
    }
}

/// What is filled in is not looked at again: places in it are no places.
fn fill(template: &str, known: &Known) -> Result<String, String> {
    let (mut rest, mut filled) = (template, String::new());
    while let Some((before, place)) = rest.split_once(OPEN) {
        let found = place.split_once(CLOSE);
        let (name, after) = found.ok_or_else(|| format!("the template has a {OPEN} without its {CLOSE}"))?;
        filled.push_str(before);
        filled.push_str(known.get(name.trim())?);
        rest = after;
    }
    filled.push_str(rest);
    Ok(filled)
}

impl Known {
    fn get(&self, name: &str) -> Result<&str, String> {
        let found = self.0.iter().find(|(known, _)| *known == name);
        found.map(|(_, text)| text.as_str()).ok_or_else(|| {
            let names: Vec<&str> = self.0.iter().map(|(name, _)| *name).collect();
            let shown = cut(name, LINE_BYTES_MAX);
            format!("the template has the place {shown:?}, expected one of {}", names.join(", "))
        })
    }
}

fn input(hider: &Hider) -> Result<String, PluginError> {
    let Some(task) = tasks::current()? else { return Ok(String::new()) };
    Ok(match serde_json::from_str::<Value>(&task.input) {
        Ok(input) => serde_json::to_string_pretty(&hider.json(&input))?,
        Err(_) => hider.text(&task.input),
    })
}

fn tried(failed: &[Vec<Value>], hider: &Hider) -> String {
    let newest = &failed[failed.len().saturating_sub(TRIED_MAX)..];
    let plan = |actions: &Vec<Value>| {
        let hidden = hider.json(&Value::Array(actions.clone())).to_string();
        head(&hidden, LINE_BYTES_MAX * 2)
    };
    newest.iter().map(plan).collect::<Vec<_>>().join("\n")
}

/// Each line marked, so that no line of a stranger's text looks like one of the prompt's.
fn quoted(text: &str) -> String {
    let text = if text.trim().is_empty() { "(none)" } else { text };
    text.lines().map(|line| format!("| {line}")).collect::<Vec<_>>().join("\n")
}

fn one_line(text: &str) -> String {
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if words.is_empty() { "(none)".to_owned() } else { cut(&words, LINE_BYTES_MAX).to_owned() }
}

/// The beginning, and how much is left out.
fn head(text: &str, bytes: usize) -> String {
    let kept = cut(text, bytes);
    match text.len() - kept.len() {
        0 => kept.to_owned(),
        left => format!("{kept}\n{}", left_out(left)),
    }
}

/// The end, and how much is left out.
fn tail(text: &str, bytes: usize) -> String {
    let first = (text.len().saturating_sub(bytes)..=text.len()).find(|at| text.is_char_boundary(*at));
    match first.unwrap_or(0) {
        0 => text.to_owned(),
        left => format!("{}\n{}", left_out(left), text.get(left..).unwrap_or_default()),
    }
}

fn left_out(bytes: usize) -> String {
    format!("[... {bytes} {LEFT_OUT}")
}

/// What says in a prompt that something was cut.
pub(crate) const LEFT_OUT: &str = "bytes left out]";

fn bad(message: String) -> PluginError {
    PluginError::new("bad-config", message)
}
