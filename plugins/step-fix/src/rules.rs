//! All rules of the operator, in their order. A bad one is refused with its place, and then none is used: what a later
//! rule was written to come after would be misjudged.

use patchbay_sdk::{FixPlan, PluginError, Problem};
use serde_json::Value;

use crate::past;
use crate::rule::Rule;

const RULES_MAX: usize = 200;

pub(crate) fn read(rules: &[Value]) -> Result<Vec<Rule>, PluginError> {
    if rules.len() > RULES_MAX {
        return Err(bad(format!("rules: {} of them, expected at most {RULES_MAX}", rules.len())));
    }
    let read = rules
        .iter()
        .enumerate()
        .map(|(at, rule)| Rule::read(rule).map_err(|error| bad(format!("rules[{at}]{error}"))));
    read.collect()
}

/// None if no rule fits, or all that fit have failed.
pub(crate) fn first_that_helps(rules: &[Rule], problem: &Problem, failed: &[Vec<Value>]) -> Option<FixPlan> {
    let plans = rules.iter().filter_map(|rule| rule.draft(problem));
    plans.into_iter().find(|draft| !failed.contains(&past::plain(&draft.actions)))?.plan()
}

fn bad(message: String) -> PluginError {
    PluginError::new("bad-config", message)
}
