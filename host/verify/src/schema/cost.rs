//! Looks through a schema for what makes it reach outside, go round, or grow without measure: each step may refer twice
//! to the next one, and so a few lines ask for more work than there is time. It must not know what other keywords mean.

use std::collections::HashMap;

use serde_json::Value;

use crate::text::shown;

/// Values of a schema, each counted as often as it is referred to.
const VALUES_MAX: u64 = 10_000;
/// Patterns, counted in the same way.
const PATTERNS_MAX: u64 = 32;
/// References that lead from one to the next.
const STEPS_MAX: usize = 50;
/// They move what a reference means; a schema that stands alone does without.
const REFUSED: [&str; 4] = ["$anchor", "$dynamicAnchor", "$dynamicRef", "$recursiveRef"];

/// What a value costs, with all that it refers to.
#[derive(Clone, Copy)]
struct Cost {
    values: u64,
    patterns: u64,
}

struct Walk<'a> {
    root: &'a Value,
    /// None while it is being counted: who comes there again goes round.
    seen: HashMap<&'a str, Option<Cost>>,
    steps: usize,
}

/// What is wrong, in words.
pub(super) fn check(schema: &Value) -> Result<(), String> {
    let cost = Walk { root: schema, seen: HashMap::new(), steps: 0 }.value("", schema)?;
    bounded("values", cost.values, VALUES_MAX)?;
    bounded("patterns", cost.patterns, PATTERNS_MAX)
}

fn bounded(what: &str, found: u64, most: u64) -> Result<(), String> {
    match found <= most {
        true => Ok(()),
        false => Err(format!("{found} {what}, each counted as often as it is referred to, are over {most}")),
    }
}

impl<'a> Walk<'a> {
    fn value(&mut self, key: &str, value: &'a Value) -> Result<Cost, String> {
        let own = Cost { values: 1, patterns: u64::from(key == "pattern") };
        match value {
            Value::String(target) if key == "$ref" => Ok(own.plus(self.target(target)?)),
            Value::String(_) if REFUSED.contains(&key) => Err(format!("it has {key}: take it out")),
            Value::Array(items) => {
                items.iter().try_fold(own, |cost, item| Ok(cost.plus(self.value("", item)?)))
            }
            Value::Object(members) => {
                let named = if key == "patternProperties" { members.len() as u64 } else { 0 };
                members.iter().try_fold(Cost { patterns: named, ..own }, |cost, (key, value)| {
                    Ok(cost.plus(self.value(key, value)?))
                })
            }
            _ => Ok(own),
        }
    }

    fn target(&mut self, target: &'a str) -> Result<Cost, String> {
        let wrong = |what: &str| Err(format!("`$ref` {:?} {what}", shown(target)));
        match self.seen.get(target) {
            Some(Some(cost)) => return Ok(*cost),
            Some(None) => return wrong("goes round"),
            None if self.steps >= STEPS_MAX => return wrong("is one too many that leads to the next"),
            None => {}
        }
        let Some(pointer) = target.strip_prefix('#') else { return wrong("leads out of the schema") };
        let Some(value) = self.root.pointer(pointer) else { return wrong("leads to nothing") };
        self.seen.insert(target, None);
        self.steps += 1;
        let cost = self.value("", value)?;
        self.steps -= 1;
        self.seen.insert(target, Some(cost));
        Ok(cost)
    }
}

impl Cost {
    fn plus(self, other: Cost) -> Cost {
        Cost {
            values: self.values.saturating_add(other.values),
            patterns: self.patterns.saturating_add(other.patterns),
        }
    }
}
