//! Leases and fences, as the events tell them: at most one lease at a time, fences that only grow, and no word of a
//! worker whose lease is over. It must not know what a worker did.

use super::Story;
use crate::crashes::story::Event;

/// # Errors
/// The first event that breaks it.
pub(super) fn in_order(story: &Story) -> Result<(), String> {
    let (mut open, mut latest): (Option<u64>, u64) = (None, 0);
    for event in &story.events {
        match event.cause.as_ref() {
            "claimed" if open.is_some() => return Err(format!("two leases at one time: {}", shown(event))),
            "claimed" if event.fence <= latest => {
                return Err(format!("a fence that is not newer than {latest}: {}", shown(event)));
            }
            "claimed" => (open, latest) = (Some(event.fence), event.fence),
            cause if is_workers(cause) && open != Some(event.fence) => {
                return Err(format!("a word of a worker whose lease was over: {}", shown(event)));
            }
            _ => {}
        }
        if event.to != "leased" {
            open = None;
        }
    }
    Ok(())
}

/// Only the holder of a lease says these, or the host of it when it is lost.
fn is_workers(cause: &str) -> bool {
    matches!(cause, "started" | "worker-succeeded" | "worker-failed" | "worker-lost" | "worker-released")
}

/// # Errors
/// Two attempts with one number, or one that began before the one before had ended; or one that was lost and yet had
/// its word.
pub(super) fn attempts_in_order(story: &Story) -> Result<(), String> {
    for pair in story.attempts.windows(2) {
        if let [one, next] = pair
            && (next.number <= one.number || next.fence <= one.fence || next.began < one.ended)
        {
            return Err(format!("attempts beside each other: {one:?}, {next:?}"));
        }
    }
    let lost = story.attempts.iter().filter(|attempt| attempt.outcome == "lost");
    let mut heard = lost.filter(|attempt| {
        let of_it = |event: &&Event| event.fence == attempt.fence;
        story.events.iter().filter(of_it).any(|event| event.cause == "worker-succeeded")
    });
    match heard.next() {
        None => Ok(()),
        Some(attempt) => Err(format!("attempt {} was lost, and its success counts", attempt.number)),
    }
}

fn shown(event: &Event) -> String {
    let Event { seq, by, cause, to, fence } = event;
    format!("event {seq}, {cause} by {by} with fence {fence}, to {to}")
}
