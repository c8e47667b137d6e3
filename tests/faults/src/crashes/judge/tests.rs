//! Made-up histories, each with one thing that must not be: what the judge does not see here it would not see in a host.

use super::*;
use crate::crashes::effect;
use crate::crashes::story::{Attempt, Event};

/// Events of a cause, of the state that came of it, and of a fence.
fn events(rows: &[(&str, &str, u64)]) -> Vec<Event> {
    let numbered = (1..).zip(rows);
    numbered
        .map(|(seq, (cause, to, fence))| Event {
            seq,
            by: "made-up".to_owned(),
            cause: (*cause).to_owned(),
            to: (*to).to_owned(),
            fence: *fence,
        })
        .collect()
}

fn attempt(number: u64, fence: u64, began: u64, outcome: &str) -> Attempt {
    Attempt { number, fence, began, ended: began + 10, outcome: outcome.to_owned() }
}

const MADE: (&str, &str, u64) = ("created", "pending", 0);
const READY: (&str, &str, u64) = ("dependencies-met", "ready", 0);

/// A task whose first attempt was lost with its host, and whose second succeeded.
fn good() -> Story {
    Story {
        name: "quick-0-0-0".to_owned(),
        state: "succeeded".to_owned(),
        events: events(&[
            MADE,
            READY,
            ("claimed", "leased", 4),
            ("started", "leased", 4),
            ("worker-lost", "ready", 4),
            ("claimed", "leased", 7),
            ("worker-succeeded", "succeeded", 7),
        ]),
        attempts: vec![attempt(1, 4, 100, "lost"), attempt(2, 7, 200, "succeeded")],
    }
}

const LINES: &str = "begin t 11\nbeat t 11\nbegin t 12\nend t 12\n";

fn judged(story: &Story, lines: &str, said: &[&'static str]) -> String {
    let runs = effect::runs(lines).unwrap().remove("t").unwrap_or_default();
    judge(&Case { story, runs: &runs, said }).join("; ")
}

#[test]
fn a_task_that_was_lost_once_and_then_done_is_as_it_has_to_be() {
    assert_eq!(judged(&good(), LINES, &[]), "");
}

#[test]
fn two_leases_at_one_time_are_seen() {
    let mut story = good();
    story.events = events(&[
        MADE,
        READY,
        ("claimed", "leased", 4),
        ("claimed", "leased", 7),
        ("worker-succeeded", "succeeded", 7),
    ]);
    assert!(judged(&story, LINES, &[]).contains("two leases at one time: event 4"));
}

#[test]
fn a_fence_that_does_not_grow_is_seen() {
    let mut story = good();
    story.events[5].fence = 4;
    story.events[6].fence = 4;
    assert!(judged(&story, LINES, &[]).contains("a fence that is not newer than 4"));
}

#[test]
fn a_word_of_a_worker_whose_lease_was_over_is_seen() {
    for (cause, fence) in [("worker-succeeded", 4), ("worker-failed", 4), ("started", 7)] {
        let mut story = good();
        story.events[5] = Event { fence, cause: cause.to_owned(), ..story.events[5].clone() };
        let told = judged(&story, LINES, &[]);
        assert!(told.contains("a word of a worker whose lease was over: event 6"), "{cause}: {told}");
    }
}

#[test]
fn a_lost_attempt_whose_success_counts_is_seen() {
    let mut story = good();
    story.attempts[1].outcome = "lost".to_owned();
    assert!(judged(&story, LINES, &[]).contains("attempt 2 was lost, and its success counts"));
}

#[test]
fn attempts_beside_each_other_are_seen() {
    let mut story = good();
    story.attempts[1].began = 105;
    assert!(judged(&story, LINES, &[]).contains("attempts beside each other"));
}

#[test]
fn a_run_that_goes_on_beside_the_next_is_seen() {
    let told = judged(&good(), "begin t 11\nbegin t 12\nend t 12\nbeat t 11\n", &[]);
    assert!(told.contains("run twice at one time: process 11 went on when 12 had begun"), "{told}");
}

#[test]
fn a_run_that_no_lease_explains_is_seen() {
    let told = judged(&good(), &format!("{LINES}begin t 13\n"), &[]);
    assert!(told.contains("run 3 times by 2 claims"), "{told}");
}

#[test]
fn a_success_without_an_effect_is_seen() {
    assert!(judged(&good(), "begin t 11\nbegin t 12\n", &[]).contains("none of its runs came to its end"));
}

#[test]
fn a_lost_event_and_a_wrong_end_are_seen() {
    let mut gap = good();
    gap.events.remove(3);
    assert!(judged(&gap, LINES, &[]).contains("expected event 4, found 5"));
    let mut turned = good();
    turned.state = "cancelled".to_owned();
    let told = judged(&turned, LINES, &[]);
    assert!(told.contains("it is cancelled, expected succeeded"), "{told}");
    assert!(told.contains("its last event is not what it is"), "{told}");
}

#[test]
fn a_word_of_an_operator_that_was_acknowledged_and_is_lost_is_seen() {
    let told = judged(&good(), LINES, &["pause"]);
    assert!(told.contains("`pause` was acknowledged 1 times and stands 0 times"), "{told}");
}

#[test]
fn effects_that_are_cut_or_have_no_beginning_are_refused() {
    for wrong in ["begin t", "begin t x", "end t 4"] {
        assert!(effect::runs(wrong).is_err(), "{wrong}");
    }
}
