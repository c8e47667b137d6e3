//! Why a task does not run: one word for programs, one sentence for people, and until when. It must not know where the
//! facts come from.

mod asked;

use patchbay_types::Timestamp;
use serde::{Deserialize, Serialize};

pub use asked::asked;
use asked::questions;

use crate::{Definition, DependencyState, Lane, Lease, Shown, State, Task, awaits_deadline, shown};

/// What is so around a task; none: it does not hold the task.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Facts {
    /// Of what it depends on, and of its children.
    pub dependencies: Option<DependencyState>,
    /// What its preflight misses: a program, a secret, a grant.
    pub missing: Vec<String>,
    pub lane: Option<LaneFull>,
    /// Tasks of its lane that go before it.
    pub ahead: u64,
    /// The end of the hours that the operator closed for fixes.
    pub closed_until: Option<Timestamp>,
    /// Its plan waits for a person.
    pub needs_approval: bool,
    /// The end of a cooldown without which its skill cannot work.
    pub cooling_until: Option<Timestamp>,
    /// A budget over several tasks that is used up, and when it begins anew.
    pub budget: Option<(String, Timestamp)>,
    /// The host starts nothing: it drains, or has restarted too often.
    pub host_holds: Option<String>,
}

/// A lane in which every place is taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LaneFull {
    pub lane: Lane,
    pub running: u32,
    pub places: u32,
}

/// The answer.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Why {
    pub code: Hold,
    /// One sentence.
    pub text: String,
    /// When it ends by itself, if that is known.
    pub until: Option<Timestamp>,
}

/// What holds a task, as a stable word.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Hold {
    /// It runs.
    Running,
    /// It has ended.
    Ended,
    Draft,
    Dependency,
    BrokenDependency,
    Preflight,
    Lane,
    Queue,
    Hours,
    Approval,
    Cooldown,
    Budget,
    Host,
    Backoff,
    Breaker,
    Diagnosis,
    Fix,
    Verification,
    Person,
    Paused,
    /// Nothing: it starts at once.
    Nothing,
    /// A worker has it, but has not begun or is gone.
    Lease,
    /// Somebody outside of the host has to claim it.
    Claim,
}

/// What holds this task now, and its deadline, if it has one and has not ended.
#[must_use]
pub fn why(task: &Task, lease: Option<&Lease>, facts: &Facts, now: Timestamp) -> Why {
    let why = held(task, lease, facts, now);
    match task.definition.deadline.filter(|_| !task.state.is_end()) {
        Some(deadline) => Why { text: why.text + &in_words(deadline, task, now), ..why },
        None => why,
    }
}

fn in_words(deadline: Timestamp, task: &Task, now: Timestamp) -> String {
    match (deadline <= now, awaits_deadline(task)) {
        (false, _) => format!("; its deadline is {deadline}"),
        (true, Some(_)) => format!("; its deadline, {deadline}, has passed"),
        (true, None) => format!("; its deadline, {deadline}, has passed: it is given up when it is to go on"),
    }
}

fn held(task: &Task, lease: Option<&Lease>, facts: &Facts, now: Timestamp) -> Why {
    match &task.state {
        State::Leased { .. } => leased(task, lease, now),
        State::Pending => pending(facts),
        State::Ready => ready(&task.definition, facts),
        State::FixPlanned { fix, .. } => planned(&fix.to_string(), facts),
        State::Verifying { checked: true, .. } => approval(&task.definition),
        other => by_state(other),
    }
}

fn by_state(state: &State) -> Why {
    match state {
        State::Draft => Why::of(Hold::Draft, "it is a draft: publish it".to_owned()),
        State::Backoff { until } => {
            Why::of(Hold::Backoff, format!("its last attempt failed in passing; it goes on at {until}"))
                .until(*until)
        }
        State::Diagnosing { problem, diagnosed: false } => {
            Why::of(Hold::Diagnosis, format!("the cause of problem {problem} is looked for"))
        }
        State::Diagnosing { problem, .. } => {
            Why::of(Hold::Fix, format!("a plan against problem {problem} is looked for"))
        }
        State::Fixing { fix, .. } => Why::of(Hold::Fix, format!("fix {fix} is being applied")),
        State::Verifying { checked: false, .. } => {
            Why::of(Hold::Verification, "its work is done and its checks run".to_owned())
        }
        State::Verifying { .. } => {
            Why::of(Hold::Approval, "its work is done and waits for a person's yes".to_owned())
        }
        State::NeedsHuman { ask } if ask.why == crate::AskReason::Breaker => {
            Why::of(Hold::Breaker, format!("no more fixes are tried: {}", ask.text))
        }
        State::NeedsHuman { ask } => Why::of(Hold::Person, format!("it waits for a person: {}", ask.text)),
        State::Paused { reason, before } => paused(reason, before),
        other => Why::of(Hold::Ended, format!("it has ended: {}{}", other.name(), ending(other))),
    }
}

/// The question first: it is what a person has to know.
fn approval(definition: &Definition) -> Why {
    let (name, questions) = (&definition.name, questions(definition));
    let asked = if questions.is_empty() {
        "a person's yes".to_owned()
    } else {
        format!("a person's yes: {questions}")
    };
    let text = format!(
        "its work is done and waits for {asked} (`patchbay task approve {name}`, or `patchbay task reject {name} \
         --remarks TEXT`)"
    );
    Why::of(Hold::Approval, text)
}

fn paused(reason: &str, before: &State) -> Why {
    let reason = if reason.is_empty() { String::new() } else { format!(" ({reason})") };
    Why::of(Hold::Paused, format!("it is paused{reason}; resumed, it is {}", before.name()))
}

fn ending(state: &State) -> String {
    match state {
        State::Cancelled { reason } | State::Voided { reason } | State::Dead { reason }
            if !reason.is_empty() =>
        {
            format!(" ({reason})")
        }
        _ => String::new(),
    }
}

fn leased(task: &Task, lease: Option<&Lease>, now: Timestamp) -> Why {
    if shown(task, lease, now) == Shown::Running {
        return Why::of(Hold::Running, "it runs".to_owned());
    }
    match lease.filter(|lease| lease.is_live(now)) {
        Some(lease) => {
            let holder = &lease.holder;
            let text = format!(
                "a worker of {} (process {}) has it and has not begun",
                holder.incarnation, holder.pid
            );
            Why::of(Hold::Lease, text).until(lease.expires)
        }
        None => Why::of(Hold::Lease, "its worker's lease is over; it is taken back".to_owned()),
    }
}

fn pending(facts: &Facts) -> Why {
    match &facts.dependencies {
        Some(DependencyState::Waiting { on, state }) => {
            Why::of(Hold::Dependency, format!("it waits for {on}, which is {state}"))
        }
        Some(DependencyState::Broken { by, state }) => {
            let text =
                format!("it waits for {by}, which is {state} and will not succeed: retry or void that one");
            Why::of(Hold::BrokenDependency, text)
        }
        _ => Why::of(Hold::Nothing, "nothing holds it; it is ready at once".to_owned()),
    }
}

/// What a person can do something about comes first.
fn ready(definition: &Definition, facts: &Facts) -> Why {
    if let Some(reason) = &facts.host_holds {
        return Why::of(Hold::Host, format!("this host starts nothing now: {reason}"));
    }
    if definition.is_outside() {
        return outside(definition);
    }
    if !facts.missing.is_empty() {
        let missing = facts.missing.join(", ");
        return Why::of(
            Hold::Preflight,
            format!("it cannot start, and costs no attempt; missing: {missing}"),
        );
    }
    if let Some((budget, until)) = &facts.budget {
        return Why::of(Hold::Budget, format!("{budget} is used up until {until}")).until(*until);
    }
    if let Some(until) = facts.cooling_until {
        return Why::of(Hold::Cooldown, format!("what it needs is cooling until {until}")).until(until);
    }
    queued(facts)
}

fn outside(definition: &Definition) -> Why {
    let name = &definition.name;
    Why::of(
        Hold::Claim,
        match &definition.assignee {
            Some(agent) => format!(
                "it is assigned to {agent}, who has not claimed it; `patchbay task assign {name} --none` takes it back"
            ),
            None => {
                format!("it waits for its wrapper: `patchbay task wrap {name} -- COMMAND` goes on with it")
            }
        },
    )
}

fn queued(facts: &Facts) -> Why {
    match (facts.lane, facts.ahead) {
        (Some(full), _) => {
            let lane = if full.lane == Lane::Fix { "fix" } else { "regular" };
            let text = format!("lane {lane} is full: {} of {} places are taken", full.running, full.places);
            Why::of(Hold::Lane, text)
        }
        (None, 0) => Why::of(Hold::Nothing, "nothing holds it; it starts at once".to_owned()),
        (None, 1) => Why::of(Hold::Queue, "one task goes before it".to_owned()),
        (None, ahead) => Why::of(Hold::Queue, format!("{ahead} tasks go before it")),
    }
}

fn planned(fix: &str, facts: &Facts) -> Why {
    if facts.needs_approval {
        let text =
            format!("fix {fix} waits for a person: `patchbay fix approve {fix}` or `fix reject {fix}`");
        return Why::of(Hold::Approval, text);
    }
    if let Some(until) = facts.closed_until {
        let text = format!("fix {fix} waits: these hours are closed until {until}");
        return Why::of(Hold::Hours, text).until(until);
    }
    match &facts.budget {
        Some((budget, until)) => {
            Why::of(Hold::Budget, format!("fix {fix} waits: {budget} is used up until {until}")).until(*until)
        }
        None => Why::of(Hold::Fix, format!("fix {fix} is about to be applied")),
    }
}

impl Why {
    fn of(code: Hold, text: String) -> Self {
        Self { code, text, until: None }
    }

    fn until(self, until: Timestamp) -> Self {
        Self { until: Some(until), ..self }
    }
}

#[cfg(test)]
mod tests;
