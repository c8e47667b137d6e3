//! The order against its bytes, and how lanes fill up.

use std::cmp::Reverse;
use std::sync::Arc;

use patchbay_types::Timestamp;

use super::*;
use crate::{Definition, Fence, Place, Priority, Tally, TaskId};

fn task(rng: &mut fastrand::Rng) -> Task {
    let name: crate::TaskName = "a".parse().unwrap();
    let kinds = [TaskType::Fix, TaskType::Regular, TaskType::Creative];
    let priorities = [Priority::P0, Priority::P1, Priority::P2];
    let definition = Definition {
        kind: *rng.choice(&kinds).unwrap(),
        priority: *rng.choice(&priorities).unwrap(),
        ..Definition::named(name.clone())
    };
    let id = if rng.bool() { rng.u64(..) } else { rng.u64(0..300) };
    Task {
        id: TaskId(id),
        definition: Arc::new(definition),
        place: Place { root: name, level: rng.u8(1..5) },
        state: State::Ready,
        tally: Tally::default(),
        fence: Fence(0),
        notes: Vec::new(),
        created: Timestamp(0),
        changed: Timestamp(0),
        rev: 1,
    }
}

#[test]
fn bytes_sort_as_type_priority_depth_and_age_do() {
    let mut rng = fastrand::Rng::with_seed(5);
    let words =
        |task: &Task| (task.definition.kind, task.definition.priority, Reverse(task.place.level), task.id);
    for _ in 0..100_000 {
        let (one, other) = (task(&mut rng), task(&mut rng));
        assert_eq!(key(&one).cmp(&key(&other)), words(&one).cmp(&words(&other)));
    }
}

/// How `places` fill up from nothing when so many wait and nothing ends.
fn fill(places: u32, fixes: u64, others: u64) -> (u32, u32) {
    let (mut fix, mut regular) =
        (LaneLoad { waiting: fixes, running: 0 }, LaneLoad { waiting: others, running: 0 });
    while let Some(lane) = pick(places, (LaneConfig::DEFAULT, fix), (LaneConfig::DEFAULT, regular)) {
        let load = if lane == Lane::Fix { &mut fix } else { &mut regular };
        (load.waiting, load.running) = (load.waiting - 1, load.running + 1);
    }
    (fix.running, regular.running)
}

#[test]
fn fixes_go_first_and_never_past_their_share_while_others_wait() {
    assert_eq!(fill(8, 100, 100), (4, 4));
    assert_eq!(fill(8, 100, 1), (7, 1));
    assert_eq!(fill(8, 1, 100), (1, 7));
    assert_eq!(fill(8, 100, 0), (8, 0));
    assert_eq!(fill(1, 100, 100), (1, 0), "where there is one place, a fix goes first");
    assert_eq!(fill(0, 1, 1), (0, 0));
    assert_eq!(fill(1_000, 100, 100), (64, 64), "a lane's own concurrency");
}
