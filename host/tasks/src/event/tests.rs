//! Events in their order, out of it, and as JSON.

use patchbay_types::Timestamp;

use super::*;
use crate::{Change, Happening, TaskName, What, create, next};

fn name() -> TaskName {
    "a".parse().unwrap()
}

fn events() -> Vec<Event> {
    let place = Place { root: name(), level: 1 };
    let Change { event, .. } =
        create(TaskId(1), Definition::named(name()), place, true, Actor::Host, Timestamp(1)).unwrap();
    let mut events = vec![event];
    let operator = Actor::Operator("cli".into());
    for what in [What::Published, What::Cancelled { reason: "no".into() }] {
        let task = replay(&events).unwrap();
        events.push(next(&task, &Happening { by: operator.clone(), what }, Timestamp(2)).unwrap().event);
    }
    events
}

#[test]
fn a_task_is_the_sum_of_its_events() {
    let task = replay(&events()).unwrap();
    assert_eq!((task.state.name(), task.rev), (StateName::Cancelled, 3));
    assert_eq!((task.created, task.changed), (Timestamp(1), Timestamp(2)));
}

#[test]
fn events_that_do_not_fit_are_refused() {
    let events = events();
    assert_eq!(replay([]), Err(ReplayError::None));
    assert_eq!(replay(&events[1..]), Err(ReplayError::Beginning { task: TaskId(1), seq: 2 }));
    let gap = replay([&events[0], &events[2]]);
    assert_eq!(gap, Err(ReplayError::Gap { task: TaskId(1), last: 1, found: 3 }));
    let twice = replay([&events[0], &events[1], &events[1]]);
    assert_eq!(twice, Err(ReplayError::Gap { task: TaskId(1), last: 2, found: 2 }));
    let stranger = Event { task: TaskId(2), ..events[1].clone() };
    assert_eq!(
        replay([&events[0], &stranger]),
        Err(ReplayError::Stranger { task: TaskId(1), found: TaskId(2) })
    );
}

#[test]
fn an_event_is_written_with_what_is_needed_only() {
    let text = serde_json::to_string(&events()[1]).unwrap();
    let tally = r#"{"attempts":0,"charged":0}"#;
    let expected = format!(
        r#"{{"task":1,"seq":2,"at":2,"by":"operator:cli","cause":"published","from":"draft","to":{{"name":"pending"}},"fence":0,"tally":{tally}}}"#
    );
    assert_eq!(text, expected);
}

#[test]
fn an_actor_is_read_as_it_was_written() {
    let actors = [
        Actor::Host,
        Actor::Worker("host-7:3".into()),
        Actor::Plugin("notifiers/ops@3".into()),
        Actor::Agent("reviewer".into()),
        Actor::Operator("cli".into()),
    ];
    for actor in actors {
        let text = serde_json::to_string(&actor).unwrap();
        assert_eq!(serde_json::from_str::<Actor>(&text).unwrap(), actor, "{text}");
    }
    let wrong = serde_json::from_str::<Actor>("\"root\"").unwrap_err().to_string();
    assert!(wrong.contains("is not an actor: expected"), "{wrong}");
}
