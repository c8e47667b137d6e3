//! What is shown of a state, and how one is written.

use std::sync::Arc;

use patchbay_types::Timestamp;

use super::*;
use crate::{Definition, Holder, Place, Tally, TaskId};

fn task(state: State) -> Task {
    let definition = Definition::named("a".parse().unwrap());
    Task {
        id: TaskId(1),
        place: Place { root: definition.name.clone(), level: 1 },
        definition: Arc::new(definition),
        state,
        tally: Tally::default(),
        fence: Fence(3),
        notes: Vec::new(),
        created: Timestamp(0),
        changed: Timestamp(0),
        rev: 1,
    }
}

fn lease(fence: u64) -> Lease {
    let holder = Holder { incarnation: "host-1".into(), pid: 1, started: 1 };
    Lease { task: TaskId(1), attempt: 1, fence: Fence(fence), holder, expires: Timestamp(100) }
}

#[test]
fn running_is_shown_only_under_a_live_lease_of_its_own_with_a_start() {
    let started = task(State::Leased { fence: Fence(3), started: Some(Timestamp(1)) });
    let cases = [
        (Some(lease(3)), 99, "running"),
        (Some(lease(3)), 100, "leased"),
        (Some(lease(2)), 99, "leased"),
        (None, 99, "leased"),
    ];
    for (lease, now, expected) in cases {
        assert_eq!(shown(&started, lease.as_ref(), Timestamp(now)).as_str(), expected);
    }
    let waiting = task(State::Leased { fence: Fence(3), started: None });
    assert_eq!(shown(&waiting, Some(&lease(3)), Timestamp(99)).as_str(), "leased");
}

#[test]
fn a_success_without_a_check_is_a_class_of_its_own() {
    let show = |verified| shown(&task(State::Succeeded { verified }), None, Timestamp(0)).as_str();
    assert_eq!((show(true), show(false)), ("succeeded", "succeeded (unverified)"));
}

#[test]
fn a_state_is_written_with_its_name_and_its_data() {
    let text = |state: &State| serde_json::to_string(state).unwrap();
    assert_eq!(text(&State::Backoff { until: Timestamp(7) }), r#"{"name":"backoff","until":7}"#);
    for name in StateName::ALL {
        assert_eq!(serde_json::to_string(&name).unwrap(), format!("\"{name}\""));
    }
}
