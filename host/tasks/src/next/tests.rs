//! One rule of `next` each, told as a story.

mod sample;
mod table;
mod walk;

use std::sync::Arc;
use std::time::Duration;

use patchbay_types::Timestamp;

use super::*;
use crate::{
    AskReason, Check, Definition, FailureKind, Fence, FixId, NoteKind, State, StateName, TaskName, TaskType,
};
use sample::{Story, failure, grant, human, operator};

#[test]
fn a_task_without_checks_succeeds_unverified_and_a_person_may_verify_it_afterwards() {
    let mut story = Story::ready(Definition::named("a".parse().unwrap()));
    story.claim(1);
    story.host(What::Started { fence: Fence(1) });
    story.host(What::WorkerSucceeded { fence: Fence(1), summary: "done".into() });
    assert_eq!(story.task.state, State::Succeeded { verified: false });
    assert_eq!(story.effects(), ["end-lease", "look-at-dependants"]);
    story.operator(What::Approved { fence: Fence(1), reason: "looked at it".into() });
    assert_eq!(story.task.state, State::Succeeded { verified: true });
}

#[test]
fn a_workers_success_is_not_the_end_while_a_check_is_open() {
    let mut story = Story::ready(human());
    story.claim(1);
    story.host(What::WorkerSucceeded { fence: Fence(1), summary: String::new() });
    assert_eq!(story.task.state.name(), StateName::Verifying);
    assert_eq!(story.effects(), ["end-lease", "run-checks"]);
    story.host(What::ChecksPassed { fence: Fence(1) });
    assert_eq!(story.effects(), ["ask-person"]);
    assert_eq!(story.task.state.name(), StateName::Verifying);
    story.operator(What::Approved { fence: Fence(1), reason: String::new() });
    assert_eq!(story.task.state, State::Succeeded { verified: true });
}

#[test]
fn a_stale_fence_and_a_verdict_about_an_earlier_attempt_are_refused() {
    let mut story = Story::ready(human());
    story.claim(1);
    story.host(What::WorkerLost { fence: Fence(1), base: None });
    story.claim(2);
    let late = What::WorkerSucceeded { fence: Fence(1), summary: String::new() };
    assert!(matches!(story.refused(late), Illegal::StaleFence { given: Fence(1), current: Fence(2), .. }));
    assert!(matches!(story.refused(What::ChecksPassed { fence: Fence(1) }), Illegal::StaleFence { .. }));
    assert!(matches!(story.refused(What::Claimed(grant(3))), Illegal::NotNow { .. }));
}

#[test]
fn the_same_workers_word_after_its_loss_is_refused_too() {
    let mut story = Story::ready(Definition::named("a".parse().unwrap()));
    story.claim(5);
    story.host(What::WorkerLost { fence: Fence(5), base: None });
    let late = What::WorkerSucceeded { fence: Fence(5), summary: String::new() };
    assert!(matches!(story.refused(late), Illegal::NotNow { state: StateName::Ready, .. }));
    assert!(matches!(story.refused(What::Claimed(grant(5))), Illegal::OldFence { .. }));
}

#[test]
fn two_losses_cost_nothing_and_the_third_in_a_row_is_a_failure() {
    let mut story = Story::ready(Definition::named("a".parse().unwrap()));
    for fence in 1..=2 {
        story.claim(fence);
        story.host(What::WorkerLost { fence: Fence(fence), base: None });
        assert_eq!(story.task.state, State::Ready);
        assert_eq!((story.task.tally.charged, story.task.tally.failures), (0, 0));
    }
    story.claim(3);
    story.host(What::WorkerLost { fence: Fence(3), base: None });
    assert_eq!(story.task.state.name(), StateName::Backoff);
    assert_eq!((story.task.tally.charged, story.task.tally.failures), (1, 1));
    assert_eq!((story.task.tally.attempts, story.task.tally.lost_in_row), (3, 0));
}

#[test]
fn a_rejection_is_no_failure_brings_remarks_and_the_third_asks_a_person() {
    let mut story = Story::ready(human());
    for fence in 1..=3 {
        story.claim(fence);
        story.host(What::WorkerSucceeded { fence: Fence(fence), summary: format!("try {fence}") });
        story.agent(What::Rejected { fence: Fence(fence), remarks: "too short".into() });
        let expected = if fence < 3 { StateName::Ready } else { StateName::NeedsHuman };
        assert_eq!(story.task.state.name(), expected);
    }
    assert_eq!((story.task.tally.failures, story.task.tally.rejections), (0, 3));
    let kinds: Vec<_> = story.task.notes.iter().map(|note| note.kind).collect();
    assert_eq!(kinds[..2], [NoteKind::Output, NoteKind::Remark]);
    assert!(!story.seen.contains(&"attach"), "a rejection opened a problem");
}

#[test]
fn a_transient_failure_waits_five_times_and_then_climbs_the_ladder() {
    let mut story = Story::ready(Definition::named("a".parse().unwrap()));
    for fence in 1..=6 {
        story.claim(fence);
        story.fail(fence, FailureKind::Transient);
        let expected = if fence < 6 { StateName::Backoff } else { StateName::Diagnosing };
        assert_eq!(story.task.state.name(), expected, "after {fence}");
        if fence < 6 {
            assert!(matches!(story.refused(What::BackoffOver), Illegal::TooEarly { .. }));
            story.now = story.now + Duration::from_secs(700);
            story.host(What::BackoffOver);
        }
    }
    assert_eq!(story.effects(), ["end-lease", "attach", "diagnose"]);
}

#[test]
fn what_is_missing_outside_goes_to_a_person_at_once() {
    let mut story = Story::ready(Definition::named("a".parse().unwrap()));
    story.claim(1);
    story.fail(1, FailureKind::Environment);
    assert!(matches!(&story.task.state, State::NeedsHuman { ask } if ask.why == AskReason::Environment));
    assert_eq!(story.effects(), ["end-lease", "ask-person", "look-at-dependants"]);
}

#[test]
fn a_fix_never_gets_a_fix() {
    let definition = Definition { kind: TaskType::Fix, ..Definition::named("FIX-a-001".parse().unwrap()) };
    let mut story = Story::ready(definition);
    story.claim(1);
    story.fail(1, FailureKind::Logical);
    assert_eq!(story.task.state.name(), StateName::Dead);
    assert!(!story.seen.contains(&"attach"));
}

#[test]
fn a_fix_is_proved_by_what_the_task_does_after_it() {
    for (succeeds, effect) in [(true, "fix-held"), (false, "fix-did-not-hold")] {
        let mut story = Story::fixing();
        story.host(What::FixApplied { fix: FixId(9), input: Some(serde_json::json!({"n": 2})), until: None });
        assert_eq!(story.task.definition.input, serde_json::json!({"n": 2}));
        story.claim(2);
        if succeeds {
            story.host(What::WorkerSucceeded { fence: Fence(2), summary: String::new() });
        } else {
            story.fail(2, FailureKind::Logical);
        }
        assert!(story.effects().contains(&effect), "{:?}", story.effects());
        assert_eq!(story.task.tally.mend, None);
    }
}

#[test]
fn a_plan_that_says_later_lets_the_task_wait() {
    let mut story = Story::fixing();
    let until = story.now + Duration::from_secs(60);
    story.host(What::FixApplied { fix: FixId(9), input: None, until: Some(until) });
    assert_eq!(story.task.state, State::Backoff { until });
    assert_eq!((story.effects(), story.task.tally.mend), (vec!["wake-at"], Some(FixId(9))));
}

#[test]
fn what_goes_on_behind_a_pause_is_not_lost() {
    let mut story = Story::fixing();
    story.operator(What::Paused { reason: "lunch".into() });
    story.host(What::FixApplied { fix: FixId(9), input: None, until: None });
    assert_eq!(story.task.state.name(), StateName::Paused);
    assert_eq!(story.effects(), [""; 0]);
    story.operator(What::Resumed);
    assert_eq!(story.task.state, State::Ready);
    assert_eq!(story.effects(), ["wake-lane"]);
}

#[test]
fn pausing_a_running_task_stops_its_worker_and_takes_no_attempt() {
    let mut story = Story::ready(Definition::named("a".parse().unwrap()));
    story.claim(1);
    story.operator(What::Paused { reason: String::new() });
    assert_eq!(story.effects(), ["stop-worker"]);
    assert_eq!(story.task.tally.charged, 0);
    let late = What::WorkerSucceeded { fence: Fence(1), summary: String::new() };
    assert!(matches!(story.refused(late), Illegal::NotNow { .. }));
}

#[test]
fn an_end_changes_by_an_operators_word_with_a_reason_only() {
    let mut story = Story::ready(Definition::named("a".parse().unwrap()));
    story.claim(1);
    story.operator(What::Cancelled { reason: "not needed".into() });
    let late = What::WorkerSucceeded { fence: Fence(1), summary: String::new() };
    assert!(matches!(story.refused(late), Illegal::Ended { state: StateName::Cancelled, .. }));
    let retry = |reason: &str| What::Retried { reason: reason.into() };
    assert!(matches!(story.refused(retry("again")), Illegal::Ended { .. }));
    let silent = next(&story.task, &operator(retry(" ")), story.now);
    assert!(matches!(silent, Err(Illegal::NoReason { .. })));
    story.operator(retry("needed after all"));
    assert_eq!(story.task.state, State::Pending);
}

#[test]
fn nobody_judges_their_own_work_and_a_plugin_does_not_command() {
    let mut story = Story::ready(human());
    story.claim(1);
    story.host(What::WorkerSucceeded { fence: Fence(1), summary: String::new() });
    let says = |by: crate::Actor, what| next(&story.task, &Happening { by, what }, story.now).unwrap_err();
    let worker = crate::Actor::Worker("w".into());
    assert!(matches!(says(worker, What::ChecksPassed { fence: Fence(1) }), Illegal::NotTheirs { .. }));
    let approve = What::Approved { fence: Fence(1), reason: String::new() };
    assert!(matches!(says(crate::Actor::Agent("a".into()), approve), Illegal::NotTheirs { .. }));
    let void = What::Voided { reason: "x".into() };
    assert!(matches!(says(crate::Actor::Plugin("p".into()), void), Illegal::NotTheirs { .. }));
}

#[test]
fn a_used_up_budget_asks_a_person_whose_answer_is_a_new_one() {
    let mut definition = Definition::named("a".parse().unwrap());
    definition.budgets.attempts = 1;
    let mut story = Story::ready(definition);
    story.claim(1);
    story.fail(1, FailureKind::Logical);
    assert!(matches!(&story.task.state, State::NeedsHuman { ask } if ask.why == AskReason::Budget));
    story.operator(What::Answered { input: None, note: Some("use the other door".into()) });
    assert_eq!((story.task.state.clone(), story.task.tally.charged), (State::Ready, 0));
    assert_eq!(story.task.notes.last().map(|note| note.kind), Some(NoteKind::Answer));
}

#[test]
fn a_deadline_ends_what_goes_on_and_leaves_alone_what_a_person_holds() {
    let mut definition = Definition::named("a".parse().unwrap());
    definition.deadline = Some(Timestamp(5_000_000));
    let mut story = Story::ready(definition);
    story.claim(1);
    assert!(matches!(story.refused(What::DeadlinePassed), Illegal::TooEarly { .. }));
    story.now = Timestamp(5_000_001);
    story.host(What::DeadlinePassed);
    assert_eq!(
        (story.task.state.name(), story.effects()),
        (StateName::Dead, vec!["stop-worker", "look-at-dependants"])
    );
}

#[test]
fn an_edit_is_looked_at_again_and_never_under_a_worker() {
    let mut story = Story::ready(Definition::named("a".parse().unwrap()));
    let mut other = Definition::clone(&story.task.definition);
    other.checks = vec![Check::Human { question: "well?".into() }];
    story.operator(What::Edited { definition: Arc::new(other.clone()) });
    assert_eq!((story.task.state.clone(), story.effects()), (State::Pending, vec!["check-dependencies"]));
    story.host(What::DependenciesMet);
    story.claim(1);
    assert!(matches!(
        story.refused(What::Edited { definition: Arc::new(other.clone()) }),
        Illegal::NotNow { .. }
    ));
    other.name = "b".parse().unwrap();
    story.host(What::WorkerReleased { fence: Fence(1) });
    assert!(matches!(story.refused(What::Edited { definition: Arc::new(other) }), Illegal::Renamed { .. }));
}

#[test]
fn of_what_has_ended_only_what_people_read_is_edited() {
    let mut story = Story::ready(Definition::named("a".parse().unwrap()));
    story.operator(What::Cancelled { reason: "enough".to_owned() });
    let ended = story.task.state.clone();
    let read = Definition { title: "better".to_owned(), ..Definition::clone(&story.task.definition) };
    story.operator(What::Edited { definition: Arc::new(read) });
    assert_eq!((story.task.state.clone(), story.task.definition.title.as_str()), (ended, "better"));
    let work = Definition { skill: Some("other".to_owned()), ..Definition::clone(&story.task.definition) };
    assert!(matches!(story.refused(What::Edited { definition: Arc::new(work) }), Illegal::Ended { .. }));
}

#[test]
fn what_an_operator_says_too_early_or_too_late_is_refused_in_words_for_people() {
    let task = "a".parse::<TaskName>().unwrap();
    let now = Illegal::NotNow { task: task.clone(), what: "answered", state: StateName::Verifying };
    assert_eq!(now.to_string(), "task a is verifying: it cannot be answered now");
    let ended = Illegal::Ended { task: task.clone(), what: "paused", state: StateName::Succeeded };
    assert!(ended.to_string().starts_with("task a has ended as succeeded: it cannot be paused any more; "));
    let inside = Illegal::NotNow { task, what: "checks-passed", state: StateName::Ready };
    assert_eq!(inside.to_string(), "task a is ready: `checks-passed` cannot happen to it now");
}

#[test]
fn a_wait_of_a_clock_that_was_ahead_begins_again_and_is_as_long_as_it_was() {
    let mut story = Story::ready(Definition::named("a".parse().unwrap()));
    story.claim(1);
    let right = story.now;
    story.now = right + Duration::from_secs(10 * 365 * 86_400);
    story.fail(1, FailureKind::Transient);
    let State::Backoff { until } = story.task.state else { panic!("{:?}", story.task.state) };
    let pause = until.since(story.now);
    assert!(matches!(story.refused(What::ClockSetBack), Illegal::NotNow { .. }));
    story.now = right;
    assert!(matches!(story.refused(What::BackoffOver), Illegal::TooEarly { .. }));
    story.host(What::ClockSetBack);
    assert_eq!(story.task.state, State::Backoff { until: right + pause });
    assert_eq!(story.effects(), ["wake-at"]);
    assert!(matches!(story.refused(What::ClockSetBack), Illegal::NotNow { .. }));
    story.now = right + pause;
    story.host(What::BackoffOver);
    assert_eq!(story.task.state, State::Ready);
}

#[test]
fn no_wait_is_longer_than_a_day_whatever_a_plan_or_a_clock_says() {
    let mut story = Story::fixing();
    let until = Some(story.now + crate::WAIT_MAX * 1_000);
    story.host(What::FixApplied { fix: FixId(9), input: None, until });
    let longest = State::Backoff { until: story.now + crate::WAIT_MAX };
    assert_eq!(story.task.state, longest);
    story.operator(What::Paused { reason: String::new() });
    story.now = Timestamp(0);
    story.operator(What::Resumed);
    assert_eq!(story.task.state, State::Backoff { until: Timestamp(0) + crate::WAIT_MAX });
}

#[test]
fn a_deadline_ends_what_is_to_go_on_and_waits_for_what_a_person_or_a_check_has() {
    let definition = || Definition { deadline: Some(Timestamp(2_000_000)), ..human() };
    let mut story = Story::ready(definition());
    story.claim(1);
    assert!(matches!(story.refused(What::DeadlinePassed), Illegal::TooEarly { .. }));
    story.now = Timestamp(2_000_000);
    assert_eq!(awaits_deadline(&story.task), definition().deadline);
    story.host(What::WorkerSucceeded { fence: Fence(1), summary: String::new() });
    assert_eq!((story.task.state.name(), awaits_deadline(&story.task)), (StateName::Verifying, None));
    assert!(matches!(story.refused(What::DeadlinePassed), Illegal::NotNow { .. }));
    story.agent(What::Rejected { fence: Fence(1), remarks: "again".into() });
    assert_eq!(awaits_deadline(&story.task), definition().deadline);
    story.claim(2);
    story.host(What::DeadlinePassed);
    assert_eq!(story.effects(), ["stop-worker", "look-at-dependants"]);
    assert_eq!((story.task.state.name(), awaits_deadline(&story.task)), (StateName::Dead, None));
}

#[test]
fn a_failure_keeps_the_class_for_the_ladder() {
    assert_eq!(FailureKind::of_class("http:503"), FailureKind::Transient);
    assert_eq!(FailureKind::of_class("http:404"), FailureKind::Logical);
    assert_eq!(FailureKind::of_class("permission"), FailureKind::Environment);
    assert_eq!(failure(FailureKind::Logical).kind, FailureKind::Logical);
}
