//! The table in the docs is what `next` does: each happening is tried in each state, with all that makes a difference.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use patchbay_types::Timestamp;

use super::sample::{failure, human, operator};
use super::*;
use crate::{Actor, Ask, Finding, Fingerprint, Happening, Place, Tally, Task, TaskId};

const TABLE: &str = include_str!("../table.md");

#[test]
fn the_table_in_the_docs_is_what_happens() {
    let made = table();
    assert!(TABLE == made, "host/tasks/src/next/table.md is not what `next` does; it should be:\n{made}");
}

fn table() -> String {
    let mut text = String::from("| happening | from | to |\n|---|---|---|\n");
    for (happening, index) in whats().iter().map(What::name).zip(0_usize..) {
        if whats().iter().position(|what| what.name() == happening) != Some(index) {
            continue;
        }
        for (from, to) in rows(happening) {
            text.push_str(&format!("| `{happening}` | {} | {to} |\n", from.join(", ")));
        }
    }
    text
}

/// From states that lead to the same ones, in the order of the states.
fn rows(happening: &str) -> Vec<(Vec<String>, String)> {
    let mut pairs: BTreeMap<StateName, BTreeSet<StateName>> = BTreeMap::new();
    for task in tasks() {
        for what in whats().into_iter().filter(|what| what.name() == happening) {
            for happening in [operator(what.clone()), Happening { by: Actor::Host, what }] {
                if let Ok(change) = next(&task, &happening, NOW) {
                    pairs.entry(task.state.name()).or_default().insert(change.event.to.name());
                }
            }
        }
    }
    let mut rows: Vec<(Vec<String>, String)> = Vec::new();
    for (from, to) in pairs {
        if from == StateName::Paused && passes(happening) {
            continue;
        }
        if to.iter().eq([&from]) {
            add(&mut rows, from, "the same".to_owned());
            continue;
        }
        let to = to.iter().map(|name| name.as_str()).collect::<Vec<_>>().join(", ");
        add(&mut rows, from, to);
    }
    rows
}

fn add(rows: &mut Vec<(Vec<String>, String)>, from: StateName, to: String) {
    match rows.iter_mut().find(|row| row.1 == to) {
        Some(row) => row.0.push(from.to_string()),
        None => rows.push((vec![from.to_string()], to)),
    }
}

fn passes(happening: &str) -> bool {
    whats().iter().any(|what| what.name() == happening && what.passes_a_pause())
}

#[test]
fn what_passes_a_pause_moves_the_state_behind_it_as_if_there_were_none() {
    let mut moved = 0;
    for task in tasks() {
        let State::Paused { before, .. } = &task.state else { continue };
        let bare = Task { state: (**before).clone(), ..task.clone() };
        for what in whats().into_iter().filter(What::passes_a_pause) {
            let (paused, bare) =
                (next(&task, &operator(what.clone()), NOW), next(&bare, &operator(what), NOW));
            assert_eq!(paused.is_ok(), bare.is_ok());
            let (Ok(paused), Ok(bare)) = (paused, bare) else { continue };
            assert_eq!(paused.event.to.behind_a_pause(), &bare.event.to);
            assert_eq!(paused.event.tally, bare.event.tally);
            moved += 1;
        }
    }
    assert!(moved > 100, "{moved}");
}

const NOW: Timestamp = Timestamp(1_000_000);
const FENCE: Fence = Fence(1);

/// Every state, with every tally and definition that makes a difference.
fn tasks() -> Vec<Task> {
    let last = Tally {
        attempts: 9,
        charged: 9,
        transient_in_row: 5,
        lost_in_row: 2,
        rejections: 2,
        ..Tally::default()
    };
    let second = Tally { charged: 8, ..last };
    let lost = Tally { transient_in_row: 0, ..second };
    let first = Tally { attempts: 1, charged: 1, ..Tally::default() };
    let mut definitions = vec![human(), Definition::named("a".parse().unwrap())];
    definitions.push(Definition { kind: TaskType::Fix, ..definitions[1].clone() });
    definitions.push(Definition { checks: human().checks[..1].to_vec(), ..definitions[1].clone() });
    let mut tasks = Vec::new();
    for mut definition in definitions {
        definition.budgets.attempts = 9;
        definition.deadline = Some(NOW);
        for tally in [first, lost, second, last] {
            tasks.extend(states().into_iter().map(|state| task(&definition, tally, state)));
        }
    }
    tasks
}

fn task(definition: &Definition, tally: Tally, state: State) -> Task {
    Task {
        id: TaskId(1),
        definition: Arc::new(definition.clone()),
        place: Place { root: definition.name.clone(), level: 1 },
        state,
        tally,
        fence: FENCE,
        notes: Vec::new(),
        created: NOW,
        // By a clock that has been set back since.
        changed: NOW + Duration::from_millis(1),
        rev: 1,
    }
}

fn states() -> Vec<State> {
    let problem = || Fingerprint("fp_v1:x".into());
    let reason = || "because".to_owned();
    let ask = |why, problem| State::NeedsHuman { ask: Ask { why, text: reason(), problem } };
    let mut states = vec![
        State::Draft,
        State::Pending,
        State::Ready,
        State::Leased { fence: FENCE, started: None },
        State::Leased { fence: FENCE, started: Some(NOW) },
        State::Verifying { fence: FENCE, checked: false, approved: false },
        State::Verifying { fence: FENCE, checked: true, approved: false },
        State::Verifying { fence: FENCE, checked: false, approved: true },
        State::Succeeded { verified: true },
        State::Succeeded { verified: false },
        State::Backoff { until: NOW },
        State::Diagnosing { problem: problem(), diagnosed: false },
        State::Diagnosing { problem: problem(), diagnosed: true },
        State::FixPlanned { problem: problem(), fix: FixId(1) },
        State::Fixing { problem: problem(), fix: FixId(1) },
        ask(AskReason::Dependency, None),
        ask(AskReason::Breaker, Some(problem())),
        State::Cancelled { reason: reason() },
        State::Voided { reason: reason() },
        State::Dead { reason: reason() },
    ];
    let hidden = |state: &State| !state.is_end() && !matches!(state, State::Draft | State::Leased { .. });
    let paused = |before: &State| State::Paused { before: Box::new(before.clone()), reason: reason() };
    let behind: Vec<State> = states.iter().filter(|state| hidden(state)).map(paused).collect();
    states.extend(behind);
    states
}

/// Every happening, with all that makes a difference.
fn whats() -> Vec<What> {
    let (fence, fix) = (FENCE, FixId(1));
    let reason = || "because".to_owned();
    let kinds = [FailureKind::Transient, FailureKind::Logical, FailureKind::Environment];
    let mut definition = Definition::named("a".parse().unwrap());
    definition.budgets.attempts = 9;
    let mut whats = vec![
        What::Published,
        What::DependenciesMet,
        What::DependencyBroken { by: "b".parse().unwrap() },
        What::Claimed(grant(2)),
        What::Started { fence },
        What::WorkerSucceeded { fence, summary: String::new() },
    ];
    whats.extend(kinds.map(|kind| What::WorkerFailed { fence, failure: failure(kind) }));
    whats.extend([
        What::WorkerLost { fence, base: None },
        What::WorkerReleased { fence },
        What::ChecksPassed { fence },
    ]);
    whats.extend(kinds.map(|kind| What::ChecksFailed { fence, failure: failure(kind) }));
    whats.extend([
        What::Approved { fence, reason: reason() },
        What::Rejected { fence, remarks: reason() },
        What::BackoffOver,
        What::ClockSetBack,
        What::Diagnosed { finding: Finding::Cause },
        What::Diagnosed { finding: Finding::Environment { missing: reason() } },
        What::FixPlanned { fix },
        What::FixBegun { fix },
        What::FixApplied { fix, input: None, until: None },
        What::FixApplied { fix, input: None, until: Some(Timestamp(NOW.0 + 1)) },
        What::FixFailed { fix, reason: reason() },
        What::Escalated { reason: reason() },
        What::BreakerOpened { reason: reason() },
        What::ProblemClosed,
        What::ProblemMerged { into: Fingerprint("q".into()) },
        What::DeadlinePassed,
        What::BudgetSpent { budget: reason() },
        What::Answered { input: None, note: None },
        What::Edited { definition: Arc::new(definition) },
        What::Paused { reason: reason() },
        What::Resumed,
        What::Cancelled { reason: reason() },
        What::Voided { reason: reason() },
        What::Retried { reason: reason() },
    ]);
    whats
}
