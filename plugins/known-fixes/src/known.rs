//! Fixes that the host has verified for this fingerprint: `known.1`, `known.2`, ... of the problem's attributes.

use std::cmp::Ordering;

use patchbay_sdk::{FixPlan, Problem, log};
use serde::Deserialize;
use serde_json::{Map, Value};

/// More than a host ever tells.
const KNOWN_MAX: usize = 100;

/// One of them. Actions and checks are JSON objects with a `kind`.
#[derive(Deserialize)]
pub(crate) struct Known {
    /// Its number: a smaller one is older.
    fix: u64,
    title: String,
    reason: String,
    pub(crate) actions: Vec<Value>,
    #[serde(default)]
    checks: Vec<Value>,
    #[serde(default)]
    undo: Vec<Value>,
    #[serde(default)]
    held: u32,
    #[serde(default)]
    failed: u32,
}

/// In the host's order. One that makes no sense is passed over: the others may still help.
pub(crate) fn of(problem: &Problem) -> Vec<Known> {
    let named = problem.attributes.iter().filter(|(name, _)| is_known(name)).take(KNOWN_MAX);
    named.filter_map(|(name, text)| read(name, text)).collect()
}

fn is_known(name: &str) -> bool {
    name.strip_prefix("known.").is_some_and(|number| number.parse::<u32>().is_ok())
}

fn read(name: &str, text: &str) -> Option<Known> {
    match serde_json::from_str::<Known>(text) {
        Ok(known) if !known.actions.is_empty() => Some(known),
        Ok(_) => None,
        Err(error) => {
            log::warn!("{name} is passed over: {error}");
            None
        }
    }
}

impl Known {
    /// By success rate, then the older one: it has held for longer.
    pub(crate) fn better_first(&self, other: &Self) -> Ordering {
        let ((good, all), (others_good, others_all)) = (self.counts(), other.counts());
        (others_good * all).cmp(&(good * others_all)).then(self.fix.cmp(&other.fix))
    }

    /// With one success and one failure added to what was counted (Laplace's rule of succession), so that one success
    /// alone does not beat nine of ten.
    fn counts(&self) -> (u128, u128) {
        let (held, failed) = (u128::from(self.held), u128::from(self.failed));
        (held + 1, held + failed + 2)
    }

    fn rate(&self) -> f64 {
        (f64::from(self.held) + 1.0) / (f64::from(self.held) + f64::from(self.failed) + 2.0)
    }

    /// None if a part of it has no kind: then the host could not have applied it.
    pub(crate) fn plan(&self) -> Option<FixPlan> {
        let times = u64::from(self.held) + u64::from(self.failed);
        let reason = format!("fix {} held {} of {times} times: {}", self.fix, self.held, self.reason);
        let mut plan = FixPlan::new(&self.title, reason)
            .confidence(self.rate())
            .attribute("known-fix", self.fix.to_string());
        for (kind, arguments) in parts(&self.actions)? {
            plan = plan.action(kind, arguments);
        }
        for (kind, arguments) in parts(&self.checks)? {
            plan = plan.check(kind, arguments);
        }
        for (kind, arguments) in parts(&self.undo)? {
            plan = plan.undo(kind, arguments);
        }
        Some(plan)
    }
}

fn parts(parts: &[Value]) -> Option<Vec<(String, Value)>> {
    parts.iter().map(|part| split(part.as_object()?)).collect()
}

/// The kind, and all other fields.
fn split(part: &Map<String, Value>) -> Option<(String, Value)> {
    let mut arguments = part.clone();
    let kind = arguments.remove("kind")?;
    Some((kind.as_str()?.to_owned(), arguments.into()))
}
