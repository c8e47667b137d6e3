//! One answer for each hold.

use super::*;
use crate::{Ask, AskReason, Definition, Fence, Fingerprint, FixId, Holder, Place, StateName, Tally, TaskId};

const NOW: Timestamp = Timestamp(1_000);
const LATER: Timestamp = Timestamp(90_000);

fn task(state: State) -> Task {
    let definition = Definition::named("a".parse().unwrap());
    Task {
        id: TaskId(1),
        place: Place { root: definition.name.clone(), level: 1 },
        definition,
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
    let rows = [
        (State::Backoff { until: LATER }, Facts::default(), Hold::Backoff),
        (State::Diagnosing { problem: problem(), diagnosed: false }, Facts::default(), Hold::Diagnosis),
        (State::Diagnosing { problem: problem(), diagnosed: true }, Facts::default(), Hold::Fix),
        (planned.clone(), Facts::default(), Hold::Fix),
        (planned.clone(), closed, Hold::Hours),
        (planned, approval, Hold::Approval),
        (State::NeedsHuman { ask }, Facts::default(), Hold::Breaker),
    ];
    for (state, facts, expected) in rows {
        let (code, text, until) = answer(state, &facts);
        assert_eq!(code, expected, "{text}");
        assert_eq!(until.is_some(), matches!(expected, Hold::Backoff | Hold::Hours), "{text}");
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
