//! What a model has answered: read strictly, so that what is wrong can be named to it. It may do less than an operator's
//! rule: change the task's input, try again, run one of the skills that it was told of.

use patchbay_sdk::step;
use patchbay_sdk::text::cut;
use serde::Deserialize;
use serde_json::Value;

use crate::hidden::HIDDEN;
use crate::plan::Draft;
use crate::prompt::LEFT_OUT;
use crate::shape::{self, Shape};

/// Of actions, and of checks.
const PARTS_MAX: usize = 10;
const TITLE_BYTES_MAX: usize = 200;
const REASON_BYTES_MAX: usize = 2000;
/// It is an opinion that nobody has tried.
const CONFIDENCE: f64 = 0.5;

#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    title: String,
    #[serde(default)]
    reason: String,
    actions: Vec<Value>,
    #[serde(default)]
    checks: Vec<Value>,
}

/// Who was asked, and what it may propose.
pub(crate) struct Asked<'a> {
    pub(crate) model: &'a str,
    pub(crate) skills: Vec<&'a str>,
    /// What it may not: these actions have failed.
    pub(crate) failed: &'a [Vec<Value>],
}

/// None if the model knows nothing that would help; the error is a sentence for the model.
pub(crate) fn read(text: &str, asked: &Asked<'_>) -> Result<Option<Draft>, String> {
    let answer: Answer = serde_json::from_str(object(text)?).map_err(|error| error.to_string())?;
    if answer.actions.is_empty() {
        return Ok(None);
    }
    let actions = flat("actions", &answer.actions)?;
    let checks = flat("checks", &answer.checks)?;
    each("actions", &actions, shape::ACTIONS, &asked.skills)?;
    each("checks", &checks, shape::CHECKS, &asked.skills)?;
    if asked.failed.contains(&step::plain(&actions)) {
        return Err("these actions were tried before and did not help".to_owned());
    }
    Ok(Some(draft(&answer, actions, checks, asked.model)))
}

fn draft(answer: &Answer, actions: Vec<Value>, checks: Vec<Value>, model: &str) -> Draft {
    let title = if answer.title.trim().is_empty() { "Mend the step" } else { answer.title.trim() };
    Draft {
        title: cut(title, TITLE_BYTES_MAX).to_owned(),
        reason: cut(answer.reason.trim(), REASON_BYTES_MAX).to_owned(),
        actions,
        checks,
        undo: Vec::new(),
        confidence: CONFIDENCE,
        from: ("model", model.to_owned()),
        watch: None,
    }
}

/// Models like to say something around it.
fn object(text: &str) -> Result<&str, String> {
    let found = text.find('{').zip(text.rfind('}')).and_then(|(first, last)| text.get(first..=last));
    found.ok_or_else(|| "there is no JSON object in it".to_owned())
}

fn flat(place: &str, parts: &[Value]) -> Result<Vec<Value>, String> {
    match parts.len() {
        0..=PARTS_MAX => Ok(parts.iter().map(step::flat).collect()),
        count => Err(format!("{place}: {count} of them, expected at most {PARTS_MAX}")),
    }
}

fn each(place: &str, parts: &[Value], shapes: &[Shape], skills: &[&str]) -> Result<(), String> {
    let wrong = |part: &Value| {
        shape::check(part, shapes).and_then(|()| known_skill(part, skills)).and_then(|()| shown(part)).err()
    };
    let mut found = parts.iter().enumerate().filter_map(|(at, part)| Some((at, wrong(part)?)));
    found.next().map_or(Ok(()), |(at, error)| Err(format!("{place}[{at}]: {error}")))
}

/// What a model did not see it cannot write.
fn shown(part: &Value) -> Result<(), String> {
    let text = part.to_string();
    match [HIDDEN, LEFT_OUT].iter().find(|mark| text.contains(*mark)) {
        Some(mark) => Err(format!("has {mark:?} in it: leave out what you were not shown")),
        None => Ok(()),
    }
}

fn known_skill(part: &Value, skills: &[&str]) -> Result<(), String> {
    match part.get("skill").and_then(Value::as_str) {
        Some(skill) if !skills.contains(&skill) => {
            let shown = cut(skill, TITLE_BYTES_MAX);
            Err(format!("the skill {shown:?}, expected one of {}", skills.join(", ")))
        }
        _ => Ok(()),
    }
}
