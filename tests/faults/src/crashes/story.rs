//! What the host says of one task when all is over: its state, its events, its attempts. It must not know what should
//! have come of it.

use anyhow::Context;
use serde_json::Value;

use crate::operator::Operator;

/// More events of one task are not expected.
const EVENTS_MAX: usize = 1_000;

#[derive(Clone, Default, Debug)]
pub(super) struct Story {
    pub(super) name: String,
    pub(super) state: String,
    /// The oldest first.
    pub(super) events: Vec<Event>,
    pub(super) attempts: Vec<Attempt>,
}

#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub(super) struct Event {
    pub(super) seq: u64,
    /// `host`, `worker:…`, `operator:…`.
    pub(super) by: String,
    pub(super) cause: String,
    /// The state that came of it.
    pub(super) to: String,
    pub(super) fence: u64,
}

/// One that is over.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub(super) struct Attempt {
    pub(super) number: u64,
    pub(super) fence: u64,
    /// Milliseconds since 1970.
    pub(super) began: u64,
    pub(super) ended: u64,
    pub(super) outcome: String,
}

impl Story {
    /// # Errors
    /// The host does not know the task, or does not say it.
    pub(super) async fn of(operator: &Operator, name: &str) -> anyhow::Result<Self> {
        let task = operator.get(&format!("/api/tasks/{name}")).await?;
        let events = operator.get(&format!("/api/tasks/{name}/history?limit={EVENTS_MAX}")).await?;
        let attempts = operator.get(&format!("/api/tasks/{name}/attempts")).await?;
        Ok(Self {
            name: name.to_owned(),
            state: word(&task["state"]),
            events: events.as_array().context("a history is no list")?.iter().map(event).collect(),
            attempts: attempts.as_array().context("attempts are no list")?.iter().map(attempt).collect(),
        })
    }

    /// How often it was claimed.
    pub(super) fn claims(&self) -> usize {
        self.events.iter().filter(|event| event.cause == "claimed").count()
    }

    pub(super) fn lost(&self) -> usize {
        self.attempts.iter().filter(|attempt| attempt.outcome == "lost").count()
    }
}

fn event(event: &Value) -> Event {
    Event {
        seq: number(&event["seq"]),
        by: word(&event["by"]),
        cause: word(&event["cause"]),
        to: word(&event["to"]["name"]),
        fence: number(&event["fence"]),
    }
}

fn attempt(attempt: &Value) -> Attempt {
    Attempt {
        number: number(&attempt["number"]),
        fence: number(&attempt["fence"]),
        began: number(&attempt["began"]),
        ended: number(&attempt["ended"]),
        outcome: word(&attempt["outcome"]),
    }
}

fn word(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn number(value: &Value) -> u64 {
    value.as_u64().unwrap_or_default()
}
