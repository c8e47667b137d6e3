//! What happened to a task, as a todos file tells it: a log by stages, and figures. It must not know where events lie.

use patchbay_types::Timestamp;
use serde_json::{Map, Value, json};

use super::LogEntry;
use crate::{Event, State, StateName};

/// The log of these events, the oldest first.
#[must_use]
pub fn log_of(events: &[Event]) -> Vec<LogEntry> {
    events.iter().map(entry).collect()
}

fn entry(event: &Event) -> LogEntry {
    let message = match &event.reason {
        Some(reason) => format!("{}: {reason}", event.cause),
        None => event.cause.clone().into_owned(),
    };
    LogEntry {
        timestamp: written(event.at).into(),
        stage: stage(event.to.name()).to_owned(),
        message,
        details: json!({ "by": event.by, "state": event.to.name() }),
        more: Map::new(),
    }
}

/// Planning, executing, verifying, completed, failed: which of them a state belongs to.
fn stage(state: StateName) -> &'static str {
    match state {
        StateName::Draft | StateName::Pending | StateName::Ready | StateName::Paused => "planning",
        StateName::Leased => "executing",
        StateName::Verifying => "verifying",
        StateName::Succeeded | StateName::Voided => "completed",
        _ => "failed",
    }
}

/// When work began first and ended last, how long it took in all attempts, and how many followed the first; none if
/// nobody has worked on it.
#[must_use]
pub fn metrics_of(events: &[Event]) -> Option<Value> {
    let attempts = events.last()?.tally.attempts;
    let claims = || events.iter().filter(|event| event.cause == "claimed");
    let started = claims().next()?.at;
    let ended = events.iter().rev().find(|event| event.to.is_end()).map(|event| written(event.at));
    let mut metrics = json!({
        "started": written(started), "seconds": worked(events), "retries": attempts.saturating_sub(1)
    });
    if let (Some(ended), Some(fields)) = (ended, metrics.as_object_mut()) {
        fields.insert("completed".to_owned(), ended.into());
    }
    Some(metrics)
}

/// Whole seconds under a lease.
fn worked(events: &[Event]) -> u64 {
    let (mut began, mut ms) = (None, 0);
    for event in events {
        match (&event.to, began) {
            (State::Leased { .. }, None) => began = Some(event.at),
            (State::Leased { .. }, Some(_)) | (_, None) => {}
            (_, Some(since)) => {
                ms += event.at.0.saturating_sub(since.0);
                began = None;
            }
        }
    }
    ms / 1000
}

/// To the millisecond, so that the same moment is read again.
fn written(at: Timestamp) -> String {
    let second = at.to_string();
    format!("{}.{:03}Z", second.trim_end_matches('Z'), at.0 % 1000)
}
