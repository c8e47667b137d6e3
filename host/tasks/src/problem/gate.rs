//! Whether a plan is applied now. It must not know how, nor the calendar: which hours are closed is told.

use std::time::Duration;

use patchbay_types::Timestamp;

use super::{Action, Class, Plan, Problem};
use crate::Check;

/// What the operator allows.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct GateLimits {
    /// Classes above this wait for a person.
    pub approve_above: Class,
    /// Keys that a plan may set.
    pub config_keys: Vec<String>,
    /// Git work trees that a plan may patch.
    pub repos: Vec<String>,
    /// Fixes applied in any hour, of all problems.
    pub fixes_per_hour: u32,
    /// How long the host waits before it asks again when the hour is full.
    pub look_again: Duration,
}

/// What is so at this moment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Moment {
    pub now: Timestamp,
    /// The end of the hours that are closed, if they are.
    pub closed_until: Option<Timestamp>,
    /// Of all problems, in the last hour.
    pub fixes_last_hour: u32,
    /// A person has said yes to this very plan.
    pub approved: bool,
}

/// What becomes of a plan now.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Gate {
    /// Now. What is above [`Class::Data`] is told before.
    Apply,
    /// A person has to say yes.
    Approve { why: String },
    /// Ask again then.
    NotNow { until: Timestamp, why: String },
    /// Never, also not with a yes.
    Refuse { why: String },
}

impl Default for GateLimits {
    fn default() -> Self {
        Self {
            approve_above: Class::Data,
            config_keys: Vec::new(),
            repos: Vec::new(),
            fixes_per_hour: 20,
            look_again: Duration::from_secs(300),
        }
    }
}

/// Refusals first, then the person, so that a yes can come while the hours are closed.
#[must_use]
pub fn gate(plan: &Plan, problem: &Problem, limits: &GateLimits, moment: &Moment) -> Gate {
    refusal(plan, problem, limits)
        .map(|why| Gate::Refuse { why })
        .or_else(|| question(plan, limits, moment).map(|why| Gate::Approve { why }))
        .or_else(|| delay(limits, moment))
        .unwrap_or(Gate::Apply)
}

fn refusal(plan: &Plan, problem: &Problem, limits: &GateLimits) -> Option<String> {
    if problem.has_failed_with(&plan.digest()) {
        return Some("this very plan has failed for this problem: expected another one".to_owned());
    }
    if only_opinions(plan) {
        return Some("it acts, and only a model's opinion would judge it: give it one check more".to_owned());
    }
    plan.actions.iter().chain(&plan.undo).find_map(|action| forbidden(action, limits))
}

/// What is not listed belongs to the host, which no machine changes.
fn forbidden(action: &Action, limits: &GateLimits) -> Option<String> {
    match action {
        Action::SetConfig { key, .. } if !limits.config_keys.contains(key) => {
            Some(format!("`set-config` names key {key:?}, which the operator has not listed for plans"))
        }
        Action::Patch { repo, .. } if !limits.repos.contains(repo) => {
            Some(format!("`patch` names work tree {repo:?}, which the operator has not listed for plans"))
        }
        action if action.class() == Class::Host => Some("it changes Patchbay itself".to_owned()),
        _ => None,
    }
}

fn only_opinions(plan: &Plan) -> bool {
    let opinion = |check: &Check| matches!(check, Check::LlmJudge { .. });
    let has_opinions_only = !plan.checks.is_empty() && plan.checks.iter().all(opinion);
    has_opinions_only && plan.actions.iter().any(Action::is_destructive)
}

fn question(plan: &Plan, limits: &GateLimits, moment: &Moment) -> Option<String> {
    if moment.approved {
        return None;
    }
    if plan.actions.iter().any(|action| matches!(action, Action::Patch { .. })) {
        return Some("it patches a program: a person merges".to_owned());
    }
    let (class, limit) = (plan.class(), limits.approve_above);
    (class > limit)
        .then(|| format!("it is of class {}, and above {} a person is asked", class.as_str(), limit.as_str()))
}

fn delay(limits: &GateLimits, moment: &Moment) -> Option<Gate> {
    if let Some(until) = moment.closed_until.filter(|until| *until > moment.now) {
        return Some(Gate::NotNow { until, why: "the operator has closed these hours".to_owned() });
    }
    if moment.fixes_last_hour < limits.fixes_per_hour {
        return None;
    }
    let why = format!("{} fixes were applied in the last hour, the limit", moment.fixes_last_hour);
    Some(Gate::NotNow { until: moment.now + limits.look_again, why })
}
