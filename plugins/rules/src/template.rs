//! A sentence with places for what a pattern has caught: `host ${1} is full`, `host ${host} is full`.

use patchbay_sdk::text::cut;
use regex_lite::{Captures, Regex};

/// Of what one group has caught, in bytes.
const GROUP_MAX: usize = 200;
const OPEN: &str = "${";
const CLOSE: char = '}';

#[derive(Debug)]
pub(crate) struct Template(Vec<Part>);

#[derive(Debug)]
enum Part {
    Text(String),
    Group(usize),
}

impl Template {
    /// Each place must be a group of the pattern.
    pub(crate) fn parse(text: &str, pattern: &Regex) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((before, place)) = rest.split_once(OPEN) {
            let (name, after) =
                place.split_once(CLOSE).ok_or_else(|| format!("a {OPEN} without its {CLOSE}"))?;
            parts.push(Part::Text(before.to_owned()));
            parts.push(Part::Group(group(name, pattern)?));
            rest = after;
        }
        parts.push(Part::Text(rest.to_owned()));
        Ok(Self(parts))
    }

    /// A group that has caught nothing is nothing.
    pub(crate) fn fill(&self, caught: &Captures<'_>) -> String {
        let text = |part: &Part| match part {
            Part::Text(text) => text.clone(),
            Part::Group(group) => {
                caught.get(*group).map_or_else(String::new, |found| cut(found.as_str(), GROUP_MAX).to_owned())
            }
        };
        self.0.iter().map(text).collect()
    }
}

fn group(name: &str, pattern: &Regex) -> Result<usize, String> {
    let by_number = name.parse().ok().filter(|number| *number < pattern.captures_len());
    let by_name = || pattern.capture_names().position(|found| found == Some(name));
    by_number.or_else(by_name).ok_or_else(|| {
        let last = pattern.captures_len() - 1;
        format!("{OPEN}{name}{CLOSE} is no group: expected a name, or a number up to {last}")
    })
}
