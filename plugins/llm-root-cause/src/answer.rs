//! The model's JSON, read in one place: its words become bounded texts, and what is none is named for the model. It must
//! not know what was asked.

use patchbay_sdk::llm::{block, line};
use patchbay_sdk::log;
use serde::Deserialize;
use serde_json::Value;

use crate::target;

const KINDS: [&str; 3] = ["transient", "logical", "environment"];
const PRIORITIES: [&str; 3] = ["P0", "P1", "P2"];
const PRIORITY: &str = "P1";
const CONFIDENCE: f64 = 0.5;
const PROBLEMS_MAX: usize = 10;
/// In characters.
const CAUSE_MAX: usize = 1_000;
const CLASS_MAX: usize = 64;
const TITLE_MAX: usize = 200;
const FIX_MAX: usize = 4_000;
const CRITERIA_MAX: usize = 2_000;

/// What a model writes beside this is passed over.
#[derive(Deserialize)]
struct Written {
    root_cause: Option<String>,
    class: Option<String>,
    kind: Option<String>,
    #[serde(default)]
    problems: Vec<Problem>,
    fix: Option<String>,
    priority: Option<String>,
    success_criteria: Option<Criteria>,
    target: Option<Value>,
    confidence: Option<f64>,
}

#[derive(Deserialize)]
struct Problem {
    title: String,
    priority: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Criteria {
    Text(String),
    List(Vec<String>),
}

/// A root cause, fit to be handed on.
pub(crate) struct Cause {
    pub(crate) root_cause: String,
    /// Empty if the model gave none.
    pub(crate) class: String,
    pub(crate) confidence: f64,
    /// `priority`, `fix`, `success-criteria`, `problem.N`, `target`, `failure-kind`: those that there are.
    pub(crate) attributes: Vec<(String, String)>,
}

/// None if the model says that it does not know.
pub(crate) fn read(found: &Value) -> Result<Option<Cause>, String> {
    if found.get("root_cause").is_none() {
        return Err("`root_cause` is missing".to_owned());
    }
    let written = Written::deserialize(found).map_err(|error| error.to_string())?;
    let root_cause = line(written.root_cause.as_deref().unwrap_or_default(), CAUSE_MAX);
    if root_cause.is_empty() {
        log::info!("the model sees no root cause in the evidence");
        return Ok(None);
    }
    let confidence = written.confidence.unwrap_or(CONFIDENCE);
    if !(0.0..=1.0).contains(&confidence) {
        return Err(format!("`confidence` is {confidence}, expected 0 to 1"));
    }
    let class = word(written.class.as_deref().unwrap_or_default());
    Ok(Some(Cause { root_cause, class, confidence, attributes: attributes(&written)? }))
}

/// As classes are written: lower case, digits, `.`, `:`, and a dash for anything else.
pub(crate) fn word(text: &str) -> String {
    let plain = |found: char| found.is_ascii_alphanumeric() || ".:".contains(found);
    let dashed: String = text.chars().map(|found| if plain(found) { found } else { '-' }).collect();
    let parts: Vec<&str> = dashed.split('-').filter(|part| !part.is_empty()).collect();
    parts.join("-").to_ascii_lowercase().chars().take(CLASS_MAX).collect()
}

fn attributes(written: &Written) -> Result<Vec<(String, String)>, String> {
    let mut attributes = Vec::new();
    let mut add = |name: &str, value: String| {
        if !value.is_empty() {
            attributes.push((name.to_owned(), value));
        }
    };
    add("priority", priority("priority", written.priority.as_deref())?);
    add("fix", block(written.fix.as_deref().unwrap_or_default(), FIX_MAX));
    add("success-criteria", written.success_criteria.as_ref().map(criteria).unwrap_or_default());
    for (number, problem) in (1..).zip(problems(&written.problems)?) {
        add(&format!("problem.{number}"), problem);
    }
    add("target", written.target.as_ref().and_then(target::read).unwrap_or_default());
    add("failure-kind", written.kind.as_deref().map_or(Ok(String::new()), kind)?);
    Ok(attributes)
}

fn kind(kind: &str) -> Result<String, String> {
    let kind = kind.trim().to_ascii_lowercase();
    match KINDS.contains(&&*kind) {
        true => Ok(kind),
        false => Err(format!("`kind` is {:?}, expected one of {}", line(&kind, CLASS_MAX), KINDS.join(", "))),
    }
}

fn priority(place: &str, written: Option<&str>) -> Result<String, String> {
    let word = written.unwrap_or(PRIORITY).trim().to_ascii_uppercase();
    match PRIORITIES.contains(&&*word) {
        true => Ok(word),
        false => Err(format!("`{place}` is {:?}, expected P0, P1 or P2", line(&word, CLASS_MAX))),
    }
}

/// `P0 title`, the most urgent first; of more than ten the least urgent are left out.
fn problems(written: &[Problem]) -> Result<Vec<String>, String> {
    let show = |problem: &Problem| {
        let title = line(&problem.title, TITLE_MAX);
        let priority = priority("problems[].priority", problem.priority.as_deref())?;
        Ok(if title.is_empty() { title } else { format!("{priority} {title}") })
    };
    let mut problems = written.iter().map(show).collect::<Result<Vec<_>, String>>()?;
    problems.retain(|problem| !problem.is_empty());
    problems.sort_by_key(|problem| problem.get(..2).unwrap_or_default().to_owned());
    problems.truncate(PROBLEMS_MAX);
    Ok(problems)
}

fn criteria(criteria: &Criteria) -> String {
    match criteria {
        Criteria::Text(text) => block(text, CRITERIA_MAX),
        Criteria::List(list) => block(&list.join("\n"), CRITERIA_MAX),
    }
}
