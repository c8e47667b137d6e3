//! One rule: read, checked, and held against a problem.

use patchbay_sdk::Problem;
use patchbay_sdk::text::{cut, fits};
use regex_lite::{Captures, Regex};
use serde::Deserialize;
use serde_json::Value;

use crate::filled::{Each, Filled};
use crate::pattern::{anchored, of_name};
use crate::plan::Draft;

/// How much of a message is looked at, in bytes.
const MESSAGE_MAX: usize = 16 * 1024;
/// Of actions, of checks, and of what takes them back.
const PARTS_MAX: usize = 100;

/// As the operator writes it; `plugin.toml` says what each field means.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    name: String,
    task: Option<String>,
    code: Option<String>,
    message: Option<String>,
    step: Option<String>,
    actions: Vec<Value>,
    #[serde(default)]
    checks: Vec<Value>,
    #[serde(default)]
    undo: Vec<Value>,
    reason: Option<String>,
    confidence: Option<f64>,
    watch: Option<String>,
}

/// One whose patterns and places are sound.
pub(crate) struct Rule {
    name: String,
    code: Option<String>,
    patterns: Each<Regex>,
    actions: Vec<Filled>,
    checks: Vec<Filled>,
    undo: Vec<Filled>,
    reason: Option<Filled>,
    confidence: f64,
    watch: Option<String>,
}

impl Rule {
    /// What is wrong names its place: `.message: …`.
    pub(crate) fn read(value: &Value) -> Result<Self, String> {
        let written = Written::deserialize(value).map_err(|error| format!(": {error}"))?;
        check(&written)?;
        let patterns = Each {
            message: pattern("message", written.message.as_deref(), anchored)?,
            task: pattern("task", written.task.as_deref(), of_name)?,
            step: pattern("step", written.step.as_deref(), of_name)?,
        };
        let reason = written.reason.map(|reason| Filled::read(&reason.into(), &patterns));
        Ok(Self {
            actions: parts("actions", &written.actions, &patterns)?,
            checks: parts("checks", &written.checks, &patterns)?,
            undo: parts("undo", &written.undo, &patterns)?,
            reason: reason.transpose().map_err(|error| format!(".reason: {error}"))?,
            confidence: written.confidence.unwrap_or(1.0),
            watch: written.watch,
            name: written.name,
            code: written.code,
            patterns,
        })
    }

    /// None if it does not fit.
    pub(crate) fn draft(&self, problem: &Problem) -> Option<Draft> {
        let told = |name: &str| problem.attributes.get(name).unwrap_or_default();
        if !self.code.as_ref().is_none_or(|code| fits(code, told("code"))) {
            return None;
        }
        let message = cut(told("message"), MESSAGE_MAX);
        let caught = Each {
            message: caught(self.patterns.message.as_ref(), message)?,
            task: caught(self.patterns.task.as_ref(), told("task"))?,
            step: caught(self.patterns.step.as_ref(), told("failing-step"))?,
        };
        Some(self.filled(&caught))
    }

    fn filled(&self, caught: &Each<Captures<'_>>) -> Draft {
        let fill = |parts: &[Filled]| parts.iter().map(|part| part.fill(caught)).collect();
        let reason = self.reason.as_ref().map(|reason| reason.fill(caught));
        Draft {
            title: self.name.clone(),
            reason: reason.as_ref().and_then(Value::as_str).unwrap_or("the operator's rule").to_owned(),
            actions: fill(&self.actions),
            checks: fill(&self.checks),
            undo: fill(&self.undo),
            confidence: self.confidence,
            from: ("rule", self.name.clone()),
            watch: self.watch.clone(),
        }
    }
}

/// The outer none: the pattern does not fit. The inner one: there is no pattern.
#[allow(clippy::option_option, reason = "said above")]
fn caught<'t>(pattern: Option<&Regex>, text: &'t str) -> Option<Option<Captures<'t>>> {
    match pattern {
        Some(pattern) => pattern.captures(text).map(Some),
        None => Some(None),
    }
}

fn check(written: &Written) -> Result<(), String> {
    let Written { name, task, code, message, step, actions, confidence, .. } = written;
    if name.is_empty() {
        return Err(".name: is empty".to_owned());
    }
    if [task, code, message, step].iter().all(|pattern| pattern.is_none()) {
        return Err(": would fit everything, expected one of task, code, message, step".to_owned());
    }
    if actions.is_empty() {
        return Err(".actions: is empty, expected what mends it".to_owned());
    }
    match confidence {
        Some(sure) if !(0.0..=1.0).contains(sure) => Err(".confidence: expected 0 to 1".to_owned()),
        _ => Ok(()),
    }
}

fn pattern(
    place: &str,
    text: Option<&str>,
    compile: fn(&str) -> Result<Regex, String>,
) -> Result<Option<Regex>, String> {
    text.map(compile).transpose().map_err(|error| format!(".{place}: {error}"))
}

fn parts(place: &str, parts: &[Value], patterns: &Each<Regex>) -> Result<Vec<Filled>, String> {
    if parts.len() > PARTS_MAX {
        return Err(format!(".{place}: {} of them, expected at most {PARTS_MAX}", parts.len()));
    }
    let read = |(at, part): (usize, &Value)| match part.get("kind") {
        Some(Value::String(_)) => {
            Filled::read(part, patterns).map_err(|error| format!(".{place}[{at}]: {error}"))
        }
        _ => Err(format!(".{place}[{at}]: has no kind, expected an object such as {{\"kind\": \"retry\"}}")),
    };
    parts.iter().enumerate().map(read).collect()
}
