//! Ladder, budgets, breaker and gate.

use std::sync::Arc;

use super::*;
use crate::TaskType;

const NOW: Timestamp = Timestamp(1_000_000);

fn problem(failures: u32) -> Problem {
    Problem {
        fingerprint: Fingerprint(Arc::from("fp_v1:x")),
        class: "exit:1".into(),
        title: "it breaks".into(),
        target: Target::TaskInput { task: "a".parse().unwrap() },
        failures,
        first: NOW,
        last: NOW,
        diagnosis: None,
        open_fix: None,
        tried: Vec::new(),
        used: Used::default(),
        breaker: Breaker::Closed,
        closed: None,
        left: false,
    }
}

fn came_to_nothing(fix: u64) -> Tried {
    Tried { fix: FixId(fix), plan: Digest::of(b"x"), failed: true }
}

fn open() -> Breaker {
    Breaker::Closed.opened("five plans failed", Digest::of(b"1"), NOW)
}

fn moment() -> Moment {
    Moment { now: NOW, closed_until: None, fixes_last_hour: 0, approved: false }
}

#[test]
fn a_problem_climbs_by_its_count() {
    let step = |failures| escalate(&problem(failures), &Ladder::default(), NOW);
    assert_eq!([1, 2].map(step), [Step::StepFix; 2]);
    assert_eq!([3, 4].map(step), [Step::RootCause { log_lines: 50 }; 2]);
    assert_eq!(step(5), Step::FixTask);
    assert_eq!(step(6), Step::OpenBreaker);
    let after = |plans, failures| {
        let mut tried = problem(failures);
        (0..plans).for_each(|fix| tried.remember(came_to_nothing(fix)));
        escalate(&tried, &Ladder::default(), NOW)
    };
    assert_eq!([after(1, 1), after(1, 2)], [Step::StepFix; 2]);
    let looks = Step::RootCause { log_lines: 50 };
    assert_eq!([after(2, 1), after(2, 2), after(3, 2), after(4, 1), after(9, 1), after(9, 4)], [looks; 6]);
    assert_eq!((after(9, 5), after(9, 6)), (Step::FixTask, Step::OpenBreaker));
    let waiting = Problem { open_fix: Some(FixId(3)), ..problem(6) };
    assert_eq!(escalate(&waiting, &Ladder::default(), NOW), Step::WaitFor { fix: FixId(3) });
    let asked = Problem { breaker: open(), ..problem(6) };
    assert_eq!(escalate(&asked, &Ladder::default(), NOW), Step::AskPerson { since: NOW });
    assert!(Ladder { step_until: 9, ..Ladder::default() }.check().is_err());
}

#[test]
fn a_plan_that_failed_and_is_taken_back_is_one_and_one_that_nobody_waited_for_is_no_failure() {
    let step = |tried: &Problem| escalate(tried, &Ladder::default(), NOW);
    let mut undone = problem(1);
    (0..2).for_each(|_| undone.remember(came_to_nothing(1)));
    assert_eq!((undone.used.plans, undone.tried.len(), step(&undone)), (1, 1, Step::StepFix));
    let mut voided = problem(1);
    (0..3).for_each(|fix| voided.remember(Tried { failed: false, ..came_to_nothing(fix) }));
    assert_eq!((voided.used.plans, step(&voided)), (3, Step::StepFix));
    voided.remember(came_to_nothing(0));
    assert!(voided.used.plans == 3 && voided.has_failed_with(&Digest::of(b"x")));
}

#[test]
fn one_fix_at_a_time_five_plans_three_executions_and_no_fix_of_a_fix() {
    let budgets = FixBudgets::default();
    let may = |problem: &Problem| may_propose(problem, TaskType::Regular, &budgets);
    let mut tried = problem(1);
    for number in 0..5 {
        assert_eq!(may(&tried), Ok(()));
        tried.remember(came_to_nothing(number));
    }
    let refused = may(&tried).unwrap_err();
    assert!(refused.opens_the_breaker(), "{refused}");
    assert!(matches!(
        may(&Problem { open_fix: Some(FixId(1)), ..problem(1) }),
        Err(NotAllowed::OpenFix { .. })
    ));
    assert!(matches!(may(&Problem { breaker: open(), ..problem(1) }), Err(NotAllowed::Breaker { .. })));
    assert!(matches!(may(&Problem { closed: Some(NOW), ..problem(1) }), Err(NotAllowed::Closed)));
    assert_eq!(may_propose(&problem(1), TaskType::Fix, &budgets), Err(NotAllowed::Depth));
    let spent = Used { usd: NanoUsd(u64::MAX), ..Used::default() };
    assert!(matches!(may(&Problem { used: spent, ..problem(1) }), Err(NotAllowed::Budget { .. })));
    let half = Problem { breaker: open().half_opened(NOW), ..tried };
    assert_eq!(may(&half), Ok(()), "a half-open breaker lets one through");
}

#[test]
fn a_plan_is_executed_three_times_at_most() {
    let mut fix = Fix {
        id: FixId(1),
        problem: problem(1).fingerprint,
        plan: plan(&[("retry", "")]),
        state: FixState::Planned,
        executions: 2,
        made: NOW,
        made_by: "strategies/known-fixes".into(),
        plugin: None,
        approved_by: None,
        applied: None,
    };
    assert_eq!(may_execute(&fix, &FixBudgets::default()), Ok(()));
    fix.executions = 3;
    assert!(may_execute(&fix, &FixBudgets::default()).is_err());
}

#[test]
fn an_open_breaker_lets_one_through_when_a_person_says_so_or_the_target_changed() {
    let (old, new) = (Digest::of(b"1"), Digest::of(b"2"));
    assert!(Breaker::default().allows() && !open().allows());
    assert!(open().seen(&old, NOW).is_open());
    for half in [open().half_opened(NOW), open().seen(&new, NOW)] {
        assert!(half.allows());
        let trying = half.tried();
        assert!(!trying.allows(), "a second one went through");
        assert_eq!(trying.clone().held(), Breaker::Closed);
        assert!(trying.failed(new, NOW).is_open());
    }
    assert!(open().held().is_open(), "a late success closed an open breaker");
    assert_eq!(Breaker::Closed.failed(new, NOW), Breaker::Closed);
}

#[test]
fn a_problem_that_comes_back_begins_anew_and_remembers_what_did_not_help() {
    let mut back = problem(6);
    back.remember(Tried { fix: FixId(1), plan: Digest::of(b"x"), failed: true });
    back.open_fix = Some(FixId(2));
    assert_eq!(back.close(NOW), Some(FixId(2)));
    back.attach(Timestamp(2_000_000));
    assert_eq!((back.failures, back.used, back.closed, back.open_fix), (1, Used::default(), None, None));
    assert!(back.has_failed_with(&Digest::of(b"x")));
}

#[test]
fn a_diagnosis_is_made_once_for_a_plugin_and_a_configuration() {
    let (plugin, config, other) = (Digest::of(b"p"), Digest::of(b"c"), Digest::of(b"d"));
    let mut known = problem(1);
    assert!(known.needs_diagnosis(Some(&plugin), &config));
    known.diagnosis = Some(Diagnosis { at: NOW, cause: "x".into(), plugin: Some(plugin), config });
    assert!(!known.needs_diagnosis(Some(&plugin), &config));
    assert!(known.needs_diagnosis(Some(&other), &config) && known.needs_diagnosis(Some(&plugin), &other));
}

#[test]
fn the_gate_refuses_then_asks_then_waits_and_then_applies() {
    let limits =
        GateLimits { config_keys: vec!["a.b".into()], repos: vec!["tools".into()], ..GateLimits::default() };
    let pass = |plan: &Plan, moment: &Moment| gate(plan, &problem(1), &limits, moment);
    let data = plan(&[("retry", "")]);
    assert_eq!(pass(&data, &moment()), Gate::Apply);
    let config = plan(&[("set-config", r#"{"key": "a.b", "value": 1}"#)]);
    assert!(matches!(pass(&config, &moment()), Gate::Approve { .. }));
    let yes = Moment { approved: true, ..moment() };
    assert_eq!(pass(&config, &yes), Gate::Apply);
    let host = plan(&[("set-config", r#"{"key": "server.address", "value": 1}"#)]);
    assert!(matches!(pass(&host, &yes), Gate::Refuse { .. }), "a yes let through what is not listed");
    let closed = Moment { closed_until: Some(Timestamp(NOW.0 + 5)), ..yes };
    assert!(matches!(pass(&config, &closed), Gate::NotNow { until, .. } if until == Timestamp(NOW.0 + 5)));
    assert!(matches!(pass(&data, &Moment { fixes_last_hour: 20, ..moment() }), Gate::NotNow { .. }));
}

#[test]
fn a_patch_asks_a_person_whatever_the_limit_and_what_failed_is_never_tried_again() {
    let open =
        GateLimits { approve_above: Class::Host, repos: vec!["tools".into()], ..GateLimits::default() };
    let patch = plan(&[("patch", r#"{"repo": "tools", "diff": "-a"}"#)]);
    assert!(matches!(gate(&patch, &problem(1), &open, &moment()), Gate::Approve { .. }));
    let elsewhere = plan(&[("patch", r#"{"repo": "patchbay", "diff": "-a"}"#)]);
    assert!(matches!(gate(&elsewhere, &problem(1), &open, &moment()), Gate::Refuse { .. }));
    let (again, mut tried) = (plan(&[("retry", "")]), problem(1));
    tried.remember(Tried { fix: FixId(1), plan: again.digest(), failed: true });
    assert!(matches!(gate(&again, &tried, &open, &moment()), Gate::Refuse { .. }));
}

#[test]
fn an_opinion_alone_never_judges_what_acts() {
    let judge = part("llm-judge", r#"{"question": "Is it well?"}"#);
    let acting = Offered { checks: vec![judge.clone()], ..offered(&[("run-skill", r#"{"skill": "exec"}"#)]) };
    let acting = Plan::from_contract(&acting).unwrap();
    assert!(matches!(gate(&acting, &problem(1), &GateLimits::default(), &moment()), Gate::Refuse { .. }));
    let harmless = Offered { checks: vec![judge], ..offered(&[("notify", r#"{"text": "x"}"#)]) };
    let harmless = Plan::from_contract(&harmless).unwrap();
    assert_eq!(gate(&harmless, &problem(1), &GateLimits::default(), &moment()), Gate::Apply);
}

#[test]
fn an_ended_fix_never_begins_again() {
    use FixState::{Applied, Applying, Failed, Planned, Undone, Verified, Voided, WaitsForApproval};
    for state in [Verified, Failed, Voided, Undone] {
        assert!(!state.is_open() && !state.may_become(Applying) && !state.may_become(Verified));
    }
    assert!(Planned.may_become(WaitsForApproval) && WaitsForApproval.may_become(Applying));
    assert!(!Planned.may_become(Verified), "verified before it was applied");
    assert!(Applied.may_become(Verified) && Verified.may_become(Undone));
}
