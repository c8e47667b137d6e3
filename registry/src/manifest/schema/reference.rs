//! Looks through a schema for what makes it reach outside, go round, or grow without measure: each step may refer twice
//! to the next one, and so a few lines ask for more work than there is time. It must not know what other keywords mean.

use std::collections::HashMap;

use serde_json::Value;

use super::PLACE;
use crate::manifest::wrong::Wrong;
use crate::text::shown;

/// Values of a schema, each counted as often as it is referred to.
const NODES_MAX: u64 = 10_000;
const PATTERNS_MAX: u64 = 100;
/// References that lead from one to the next; parsers bound how deep what stands in the text is.
const STEPS_MAX: usize = 50;
/// They move what a reference means; a schema that stands alone does without.
const REFUSED: [&str; 5] = ["$id", "$anchor", "$dynamicAnchor", "$dynamicRef", "$recursiveRef"];

/// What a value costs, with all that it refers to.
#[derive(Clone, Copy, Default)]
struct Cost {
    nodes: u64,
    patterns: u64,
}

struct Walk<'a> {
    root: &'a Value,
    /// None while it is being counted: who comes there again goes round.
    seen: HashMap<&'a str, Option<Cost>>,
    steps: usize,
}

pub(super) fn check(schema: &Value) -> Result<(), Wrong> {
    let mut walk = Walk { root: schema, seen: HashMap::new(), steps: 0 };
    let cost = walk.value("", schema)?;
    bounded("values", cost.nodes, NODES_MAX)?;
    bounded("patterns", cost.patterns, PATTERNS_MAX)
}

fn bounded(what: &str, found: u64, most: u64) -> Result<(), Wrong> {
    let message =
        || format!("{found} {what}, each counted as often as it is referred to: expected at most {most}");
    if found <= most { Ok(()) } else { Err(Wrong::at(PLACE, message())) }
}

impl<'a> Walk<'a> {
    /// The value under `key`; errors lead there from its parent.
    fn value(&mut self, key: &str, value: &'a Value) -> Result<Cost, Wrong> {
        let own = Cost { nodes: 1, patterns: u64::from(key == "pattern") };
        match value {
            Value::String(target) if key == "$ref" => Ok(own.plus(self.target(target)?)),
            Value::String(_) if REFUSED.contains(&key) => Err(Wrong::at(
                PLACE,
                format!("a plugin's schema has no {key}: remove it, and refer with #/$defs/NAME"),
            )),
            Value::Array(items) => items.iter().enumerate().try_fold(own, |cost, (at, item)| {
                Ok(cost.plus(self.value("", item).map_err(|wrong| wrong.under(at))?))
            }),
            Value::Object(members) => {
                let named = if key == "patternProperties" { members.len() as u64 } else { 0 };
                members.iter().try_fold(Cost { patterns: named, ..own }, |cost, (key, value)| {
                    Ok(cost.plus(self.value(key, value).map_err(|wrong| wrong.under(key))?))
                })
            }
            _ => Ok(own),
        }
    }

    fn target(&mut self, target: &'a str) -> Result<Cost, Wrong> {
        let wrong = |what: &str| Err(Wrong::at(PLACE, format!("{:?} {what}", shown(target))));
        match self.seen.get(target) {
            Some(Some(cost)) => return Ok(*cost),
            Some(None) => return wrong("goes round: a plugin's schema does not refer to itself"),
            None if self.steps >= STEPS_MAX => {
                return wrong("is one reference too many that leads to the next");
            }
            None => {}
        }
        let Some(pointer) = target.strip_prefix('#') else {
            return wrong(
                "is outside of this schema: put it below [config.schema.\"$defs\"] and refer with #/$defs/NAME",
            );
        };
        let Some(value) = self.root.pointer(pointer) else {
            return wrong("leads to nothing: expected a reference such as #/$defs/NAME");
        };
        self.seen.insert(target, None);
        self.steps += 1;
        let cost = self.value("", value).map_err(Wrong::back_to_root)?;
        self.steps -= 1;
        self.seen.insert(target, Some(cost));
        Ok(cost)
    }
}

impl Cost {
    fn plus(self, other: Cost) -> Cost {
        Cost {
            nodes: self.nodes.saturating_add(other.nodes),
            patterns: self.patterns.saturating_add(other.patterns),
        }
    }
}
