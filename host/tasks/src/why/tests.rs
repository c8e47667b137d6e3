//! One answer for each hold.

use std::sync::Arc;

use super::*;
use crate::{Ask, AskReason, Definition, Fence, Fingerprint, FixId, Holder, Place, StateName, Tally, TaskId};

const NOW: Timestamp = Timestamp(1_000);
const LATER: Timestamp = Timestamp(90_000);

fn task(state: State) -> Task {
    let definition = Definition::named("a".parse().unwrap());
    Task {
        id: TaskId(1),
        place: Place { root: definition.name.clone(), level: 1 },
        definition: Arc::new(definition),
        state,
        tally: Tally::default(),
        fence: Fence(1),
        notes: Vec::new(),
        created: NOW,
        changed: NOW,
        rev: 1,
    }
}

fn answer(state: State, facts: &Facts) -> (Hold, String, Option<Timestamp>) {
    let why = why(&task(state), None, facts, NOW);
    (why.code, why.text, why.until)
}

#[test]
fn a_deadline_is_told_as_long_as_the_task_has_not_ended() {
    let text = |state, deadline| {
        let mut task = task(state);
        Arc::make_mut(&mut task.definition).deadline = Some(deadline);
        why(&task, None, &Facts::default(), NOW).text
    };
    assert!(text(State::Ready, LATER).ends_with("its deadline is 1970-01-01T00:01:30Z"));
    assert!(text(State::Ready, NOW).ends_with("has passed"));
    let paused = State::Paused { before: Box::new(State::Ready), reason: String::new() };
    assert!(text(paused, NOW).ends_with("it is given up when it is to go on"));
    assert!(!text(State::Dead { reason: String::new() }, NOW).contains("deadline"));
}

#[test]
fn a_pending_task_names_what_it_waits_for() {
    let on = || "b".parse().unwrap();
    let facts = |dependencies| Facts { dependencies: Some(dependencies), ..Facts::default() };
    let waiting = facts(DependencyState::Waiting { on: on(), state: StateName::NeedsHuman });
    assert_eq!(answer(State::Pending, &waiting).1, "it waits for b, which is needs-human");
    let broken = facts(DependencyState::Broken { by: on(), state: StateName::Dead });
    assert_eq!(answer(State::Pending, &broken).0, Hold::BrokenDependency);
    assert_eq!(answer(State::Pending, &Facts::default()).0, Hold::Nothing);
}

#[test]
fn what_is_done_outside_names_who_has_to_claim_it() {
    let mut outside = task(State::Ready);
    Arc::make_mut(&mut outside.definition).skill = Some(Definition::WRAP.to_owned());
    let told = |task: &Task| why(task, None, &Facts { ahead: 3, ..Facts::default() }, NOW);
    assert_eq!(told(&outside).code, Hold::Claim);
    assert!(told(&outside).text.contains("it waits for its wrapper"));
    Arc::make_mut(&mut outside.definition).assignee = Some("ann".to_owned());
    assert!(told(&outside).text.starts_with("it is assigned to ann"));
}

#[test]
fn a_ready_task_names_the_hold_that_a_person_can_do_most_about() {
    let mut facts = Facts {
        ahead: 3,
        lane: Some(LaneFull { lane: Lane::Fix, running: 4, places: 4 }),
        cooling_until: Some(LATER),
        budget: Some(("the day's budget of 5.00 USD".into(), LATER)),
        missing: vec!["program make".into(), "secret TOKEN".into()],
        host_holds: Some("it drains".into()),
        ..Facts::default()
    };
    assert_eq!(answer(State::Ready, &facts).0, Hold::Host);
    facts.host_holds = None;
    assert!(answer(State::Ready, &facts).1.ends_with("missing: program make, secret TOKEN"));
    facts.missing.clear();
    assert_eq!(answer(State::Ready, &facts).2, Some(LATER));
    facts.budget = None;
    assert_eq!(answer(State::Ready, &facts).0, Hold::Cooldown);
    facts.cooling_until = None;
    assert_eq!(answer(State::Ready, &facts).1, "lane fix is full: 4 of 4 places are taken");
    facts.lane = None;
    assert_eq!(answer(State::Ready, &facts).1, "3 tasks go before it");
}

#[test]
fn a_failed_task_says_what_its_problem_is_doing() {
    let problem = || Fingerprint("fp_v1:x".into());
    let ask = Ask { why: AskReason::Breaker, text: "five plans failed".into(), problem: Some(problem()) };
    let planned = State::FixPlanned { problem: problem(), fix: FixId(9) };
    let closed = Facts { closed_until: Some(LATER), ..Facts::default() };
    let approval = Facts { needs_approval: true, ..closed.clone() };
    let spent = Facts { budget: Some(("the limit of 20 fixes an hour".into(), LATER)), ..Facts::default() };
    let rows = [
        (State::Backoff { until: LATER }, Facts::default(), Hold::Backoff),
        (State::Diagnosing { problem: problem(), diagnosed: false }, Facts::default(), Hold::Diagnosis),
        (State::Diagnosing { problem: problem(), diagnosed: true }, Facts::default(), Hold::Fix),
        (planned.clone(), Facts::default(), Hold::Fix),
        (planned.clone(), closed, Hold::Hours),
        (planned.clone(), spent, Hold::Budget),
        (planned, approval, Hold::Approval),
        (State::NeedsHuman { ask }, Facts::default(), Hold::Breaker),
    ];
    for (state, facts, expected) in rows {
        let (code, text, until) = answer(state, &facts);
        assert_eq!(code, expected, "{text}");
        assert_eq!(until.is_some(), matches!(expected, Hold::Backoff | Hold::Hours | Hold::Budget), "{text}");
    }
}

#[test]
fn a_task_under_a_lease_runs_only_if_it_does() {
    let holder = Holder { incarnation: "host-1".into(), pid: 7, started: 1 };
    let lease = Lease { task: TaskId(1), attempt: 1, fence: Fence(1), holder, expires: LATER };
    let state = |started| task(State::Leased { fence: Fence(1), started });
    let ask = |started, now| why(&state(started), Some(&lease), &Facts::default(), now);
    assert_eq!(ask(Some(NOW), NOW).code, Hold::Running);
    assert_eq!(ask(None, NOW).until, Some(LATER));
    assert!(ask(Some(NOW), LATER).text.contains("lease is over"));
}

#[test]
fn every_state_has_an_answer() {
    let reason = || "because".to_owned();
    let paused = State::Paused { before: Box::new(State::Ready), reason: reason() };
    let rows = [
        (State::Draft, "it is a draft: publish it"),
        (paused, "it is paused (because); resumed, it is ready"),
        (State::Voided { reason: reason() }, "it has ended: voided (because)"),
        (State::Succeeded { verified: true }, "it has ended: succeeded"),
        (
            State::Verifying { fence: Fence(1), checked: false, approved: false },
            "its work is done and its checks run",
        ),
    ];
    for (state, expected) in rows {
        assert_eq!(answer(state, &Facts::default()).1, expected);
    }
}
