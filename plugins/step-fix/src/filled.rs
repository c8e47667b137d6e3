//! JSON whose texts have places for what a rule's patterns have caught: `{"host": "${1}"}`. What is caught stays a text
//! of the JSON, whatever is in it.

use regex_lite::{Captures, Regex};
use serde_json::Value;

use crate::cut::cut;

/// Of what one group has caught, in bytes.
const GROUP_MAX: usize = 200;
const OPEN: &str = "${";
const CLOSE: char = '}';

/// One thing for each pattern of a rule.
#[derive(Default)]
pub(crate) struct Each<T> {
    pub(crate) message: Option<T>,
    pub(crate) task: Option<T>,
    pub(crate) step: Option<T>,
}

/// A value, its texts taken apart.
pub(crate) enum Filled {
    Plain(Value),
    Text(Vec<Part>),
    List(Vec<Filled>),
    Object(Vec<(String, Filled)>),
}

pub(crate) enum Part {
    Text(String),
    Group(Source, usize),
}

/// `${1}` is the message's, `${task:1}` the task name's, `${step:1}` the failing step's.
#[derive(Clone, Copy)]
pub(crate) enum Source {
    Message,
    Task,
    Step,
}

impl<T> Each<T> {
    fn of(&self, source: Source) -> Option<&T> {
        match source {
            Source::Message => self.message.as_ref(),
            Source::Task => self.task.as_ref(),
            Source::Step => self.step.as_ref(),
        }
    }
}

impl Filled {
    /// Each place must be a group of a pattern that is there.
    pub(crate) fn read(value: &Value, patterns: &Each<Regex>) -> Result<Self, String> {
        Ok(match value {
            Value::String(text) => Self::Text(parse(text, patterns)?),
            Value::Array(list) => {
                Self::List(list.iter().map(|value| Self::read(value, patterns)).collect::<Result<_, _>>()?)
            }
            Value::Object(fields) => {
                let field = |(name, value): (&String, &Value)| {
                    Self::read(value, patterns).map(|value| (name.clone(), value))
                };
                Self::Object(fields.iter().map(field).collect::<Result<_, _>>()?)
            }
            other => Self::Plain(other.clone()),
        })
    }

    pub(crate) fn fill(&self, caught: &Each<Captures<'_>>) -> Value {
        match self {
            Self::Plain(value) => value.clone(),
            Self::Text(parts) => parts.iter().map(|part| text(part, caught)).collect::<String>().into(),
            Self::List(list) => list.iter().map(|value| value.fill(caught)).collect(),
            Self::Object(fields) => {
                Value::Object(fields.iter().map(|(name, value)| (name.clone(), value.fill(caught))).collect())
            }
        }
    }
}

/// A group that has caught nothing is nothing.
fn text<'a>(part: &'a Part, caught: &'a Each<Captures<'_>>) -> &'a str {
    match part {
        Part::Text(text) => text,
        Part::Group(source, group) => {
            let found = caught.of(*source).and_then(|caught| caught.get(*group));
            found.map_or("", |found| cut(found.as_str(), GROUP_MAX))
        }
    }
}

fn parse(text: &str, patterns: &Each<Regex>) -> Result<Vec<Part>, String> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some((before, place)) = rest.split_once(OPEN) {
        let (name, after) = place.split_once(CLOSE).ok_or_else(|| format!("a {OPEN} without its {CLOSE}"))?;
        parts.push(Part::Text(before.to_owned()));
        parts.push(group(name, patterns)?);
        rest = after;
    }
    parts.push(Part::Text(rest.to_owned()));
    Ok(parts)
}

fn group(place: &str, patterns: &Each<Regex>) -> Result<Part, String> {
    let (source, name) = match place.split_once(':') {
        Some(("task", name)) => (Source::Task, name),
        Some(("step", name)) => (Source::Step, name),
        _ => (Source::Message, place),
    };
    let unknown = |expected: String| format!("{OPEN}{place}{CLOSE} is no group: expected {expected}");
    let pattern = patterns.of(source).ok_or_else(|| unknown("a pattern that catches it".to_owned()))?;
    let by_number = name.parse().ok().filter(|number| *number < pattern.captures_len());
    let by_name = || pattern.capture_names().position(|found| found == Some(name));
    let last = pattern.captures_len() - 1;
    let group =
        by_number.or_else(by_name).ok_or_else(|| unknown(format!("a name, or a number up to {last}")))?;
    Ok(Part::Group(source, group))
}
