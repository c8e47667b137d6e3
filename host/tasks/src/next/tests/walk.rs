//! Random walks: whatever is said, and in whatever order, the rules hold.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use crate::{
    Actor, Budgets, Check, Definition, Effect, FailureKind, Fence, FixId, Happening, State, StateName,
    TaskType, What, replay,
};

use super::sample::{Story, failure, grant};
use crate::Finding;

const STEPS: usize = 100_000;
/// A walk begins anew after so many, so that replays stay short.
const STEPS_OF_ONE: usize = 200;

#[test]
fn the_rules_hold_over_a_hundred_thousand_random_steps() {
    let mut rng = fastrand::Rng::with_seed(20_261_121);
    let mut told = Told::default();
    for _ in 0..STEPS / STEPS_OF_ONE {
        walk(&mut rng, &mut told);
    }
    println!(
        "{} legal, {} refused, {} of {} states",
        told.legal,
        told.refused,
        told.states.len(),
        StateName::ALL.len()
    );
    assert_eq!(told.legal + told.refused, STEPS);
    assert_eq!(told.states.len(), StateName::ALL.len(), "never seen: {:?}", told.states);
    assert!(told.legal > STEPS / 10, "the walk stood still: {} legal steps", told.legal);
}

#[derive(Default)]
struct Told {
    legal: usize,
    refused: usize,
    states: BTreeSet<StateName>,
}

fn walk(rng: &mut fastrand::Rng, told: &mut Told) {
    let mut story = Story::begin(definition(rng), rng.bool());
    let mut leases = BTreeSet::new();
    for _ in 0..STEPS_OF_ONE {
        story.now = story.now + Duration::from_secs(rng.u64(0..400));
        let before = story.task.clone();
        let happening = said(rng, &story);
        told.states.insert(before.state.name());
        if story.tell(&happening).is_err() {
            told.refused += 1;
            assert_eq!(story.task, before, "a refused {} changed the task", happening.what.name());
            continue;
        }
        told.legal += 1;
        keep(&story, &mut leases);
        holds(&story, &before, &happening);
    }
    let text = serde_json::to_string(&story.events).unwrap();
    let events: Vec<crate::Event> = serde_json::from_str(&text).unwrap();
    assert_eq!(replay(&events).unwrap(), story.task, "the events say something else");
    let text = serde_json::to_string(&story.task).unwrap();
    assert_eq!(serde_json::from_str::<crate::Task>(&text).unwrap(), story.task);
}

/// Mostly something that can be, or the walk would stand still.
fn said(rng: &mut fastrand::Rng, story: &Story) -> Happening {
    let draw = |rng: &mut fastrand::Rng| Happening { by: who(rng), what: what(rng, story) };
    let tries = if rng.u8(0..4) == 0 { 0 } else { 40 };
    let mut drawn = (0..tries).map(|_| draw(rng));
    let legal = drawn.find(|happening| crate::next(&story.task, happening, story.now).is_ok());
    drop(drawn);
    legal.unwrap_or_else(|| draw(rng))
}

/// What a store does with leases.
fn keep(story: &Story, leases: &mut BTreeSet<Fence>) {
    for effect in &story.last {
        match effect {
            Effect::GrantLease(lease) => assert!(leases.insert(lease.fence), "the same lease twice"),
            Effect::EndLease { fence } | Effect::StopWorker { fence } => {
                assert!(leases.remove(fence), "a lease ended that was not there");
            }
            _ => {}
        }
    }
    assert!(leases.len() <= 1, "two leases at one time: {leases:?}");
    let held = matches!(story.task.state, State::Leased { .. });
    assert_eq!(leases.len() == 1, held, "a lease without a holder, or the other way round");
}

/// What the state asks for was asked for when it was entered, but for checks that run already.
fn is_asked_for(story: &Story, before: &crate::Task) {
    for effect in crate::due(&story.task.state).iter().filter(|_| story.task.state != before.state) {
        let runs = matches!(effect, Effect::RunChecks { .. }) && before.state.name() == StateName::Verifying;
        assert!(runs || story.last.contains(effect), "nobody was told to {}", effect.name());
        assert!(!effect.is_stored(), "{} is said a second time", effect.name());
    }
}

fn holds(story: &Story, before: &crate::Task, happening: &Happening) {
    is_asked_for(story, before);
    let (task, what) = (&story.task, &happening.what);
    assert!(task.fence >= before.fence, "a fence went down");
    assert!(task.rev == before.rev + 1 && task.tally.attempts >= before.tally.attempts);
    assert!(task.tally.charged <= task.definition.budgets.attempts, "more attempts than the budget has");
    assert!(task.tally.charged <= task.tally.attempts);
    assert!(task.tally.lost_in_row < 3 && task.tally.transient_in_row <= 5 && task.tally.rejections <= 3);
    assert!(task.notes.len() <= crate::Task::NOTES_MAX);
    if before.state.is_end() {
        assert!(happening.by.is_operator(), "{} changed an end", what.name());
        let is_read = matches!(what, What::Edited { .. }) && task.state == before.state;
        assert!(is_read || what.reason().is_some_and(|reason| !reason.is_empty()));
    }
    if let State::Paused { before, .. } = &task.state {
        let inside = before.name();
        assert!(!inside.is_end() && inside != StateName::Paused && inside != StateName::Leased, "{inside}");
    }
    if task.state == (State::Succeeded { verified: true }) && task.state != before.state {
        let judged = matches!(what, What::ChecksPassed { .. } | What::Approved { .. });
        assert!(judged && !happening.by.is_worker(), "verified by {}", what.name());
    }
    if task.definition.kind == TaskType::Fix {
        assert!(task.state.problem().is_none(), "a fix got a fix");
    }
}

fn definition(rng: &mut fastrand::Rng) -> Definition {
    let kind = *rng.choice(&[TaskType::Fix, TaskType::Regular, TaskType::Regular]).unwrap();
    let file = Check::File { path: "x".into(), exists: true, digest: None, schema: None };
    let human = Check::Human { question: "well?".into() };
    let checks = [vec![], vec![file.clone()], vec![human.clone()], vec![file, human]];
    Definition {
        kind,
        checks: rng.choice(&checks).unwrap().clone(),
        budgets: Budgets { attempts: rng.u32(1..12), ..Budgets::default() },
        deadline: rng.bool().then_some(patchbay_types::Timestamp(20_000_000)),
        ..Definition::named("walk".parse().unwrap())
    }
}

fn who(rng: &mut fastrand::Rng) -> Actor {
    let name = || "x".to_owned();
    match rng.u8(0..10) {
        0..4 => Actor::Host,
        4..8 => Actor::Operator(name()),
        8 => Actor::Worker(name().into()),
        _ => Actor::Agent(name()),
    }
}

fn what(rng: &mut fastrand::Rng, story: &Story) -> What {
    let current = story.task.fence.0;
    let fence = Fence(if rng.u8(0..8) == 0 { rng.u64(0..=current + 1) } else { current });
    let fix = FixId(rng.u64(0..2));
    let kinds =
        [FailureKind::Transient, FailureKind::Transient, FailureKind::Logical, FailureKind::Environment];
    let failure = failure(*rng.choice(&kinds).unwrap());
    let reason = if rng.u8(0..4) == 0 { String::new() } else { "because".to_owned() };
    match rng.u8(0..48) {
        0 => What::Published,
        1..4 => What::DependenciesMet,
        4 => What::DependencyBroken { by: "b".parse().unwrap() },
        5..10 => What::Claimed(grant(current + rng.u64(0..3))),
        10..12 => What::Started { fence },
        12..15 => What::WorkerSucceeded { fence, summary: "said so".into() },
        15..19 => What::WorkerFailed { fence, failure },
        19..22 => What::WorkerLost { fence, base: None },
        22 => What::WorkerReleased { fence },
        23..25 => What::ChecksPassed { fence },
        25 => What::ChecksFailed { fence, failure },
        26 => What::Approved { fence, reason },
        27..29 => What::Rejected { fence, remarks: "otherwise".into() },
        29 => What::Answered { input: Some(1.into()), note: None },
        30..32 => What::Diagnosed { finding: Finding::Cause },
        32 => What::Diagnosed { finding: Finding::Environment { missing: "a door".into() } },
        33..35 => What::FixPlanned { fix },
        35 => What::FixBegun { fix },
        36 => What::FixApplied { fix, input: None, until: rng.bool().then_some(story.now) },
        37 => What::FixFailed { fix, reason },
        38 => What::BreakerOpened { reason },
        39 => What::ProblemClosed,
        40 => What::ClockSetBack,
        41 => What::BackoffOver,
        42 => What::Paused { reason },
        43 => What::Resumed,
        44 => What::Retried { reason },
        45 => What::Edited { definition: Arc::new(definition(rng)) },
        other => seldom(rng, other, reason),
    }
}

fn seldom(rng: &mut fastrand::Rng, which: u8, reason: String) -> What {
    match (which, rng.u8(0..5)) {
        (46, 0) => What::Cancelled { reason },
        (46, 1) => What::Voided { reason },
        (46, _) => What::DeadlinePassed,
        (_, 0) => What::BudgetSpent { budget: "tokens".into() },
        (_, 1) => What::Escalated { reason },
        _ => What::Resumed,
    }
}
