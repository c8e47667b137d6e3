//! What both sides have in common after a merge, and what a file is told of events.

use patchbay_types::Timestamp;
use serde_json::json;

use super::sync::{done, ours, ready};
use super::*;
use crate::Event;

fn file(title: &str, status: &str) -> Todos {
    read(&json!([{ "id": "a", "title": title, "status": status }]).to_string()).unwrap()
}

fn base(title: &str, status: &str) -> Base {
    Base { title: title.into(), status: status.into() }
}

#[test]
fn only_what_both_say_is_common_and_what_they_differ_in_stays_as_it_was() {
    let mut todo = ours("a", "t", done(), 1);
    assert_eq!(agreed(&[todo.clone()], &file("t", "END")), [("a".to_owned(), base("t", "END"))]);
    assert_eq!(agreed(&[todo.clone()], &file("t", "done")), [("a".to_owned(), base("t", "done"))]);
    assert_eq!(agreed(&[todo.clone()], &file("t", "NEW")), [], "nobody knows what it was");
    todo.base = Some(base("s", "PROCESSING"));
    assert_eq!(agreed(&[todo.clone()], &file("t", "NEW")), [("a".to_owned(), base("t", "PROCESSING"))]);
    todo.base = Some(base("t", "END"));
    assert_eq!(agreed(&[todo], &file("t", "END")), [], "it is known");
    assert_eq!(agreed(&[ours("b", "t", ready(), 1)], &file("t", "NEW")), [], "it is not in the file");
}

#[test]
fn a_file_without_a_change_since_the_last_merge_follows_the_host() {
    let mut todo = ours("a", "t", ready(), 1);
    let first = merge(&[todo.clone()], &file("t", "NEW"));
    let (_, base) = agreed(&[todo.clone()], &first.file).remove(0);
    todo = TodoOf { base: Some(base), status: Shown::As(StateName::NeedsHuman), ..todo };
    let second = merge(&[todo], &first.file);
    assert!(second.file.to_text().contains("REQUIRES_MANUAL"), "{}", second.file.to_text());
    assert!(second.conflicts.is_empty() && second.changes_for_host.is_empty());
}

#[test]
fn what_is_of_another_kind_in_the_file_stays() {
    let text = json!([{ "id": "a", "title": "t", "status": "NEW", "artifacts": ["mine"] }]).to_string();
    let todo = TodoOf { artifacts: Some(json!({ "files": [] })), ..ours("a", "t", ready(), 1) };
    assert!(merge(&[todo], &read(&text).unwrap()).file.to_text().contains("mine"));
}

#[test]
fn events_are_told_by_stage_with_their_figures() {
    let event = |seq: u64, at: u64, cause: &str, to: serde_json::Value, attempts: u32| -> Event {
        serde_json::from_value(json!({
            "task": 1, "seq": seq, "at": at, "by": "host", "cause": cause, "from": null, "to": to, "fence": 0,
            "tally": {"attempts": attempts}
        }))
        .unwrap()
    };
    let leased = json!({"name": "leased", "fence": 1, "started": null});
    let events = [
        event(1, 1_007, "created", json!({"name": "ready"}), 0),
        event(2, 2_000, "claimed", leased.clone(), 1),
        event(3, 5_000, "worker-failed", json!({"name": "backoff", "until": 9_000}), 1),
        event(4, 9_000, "claimed", leased, 2),
        event(5, 11_000, "worker-succeeded", json!({"name": "succeeded", "verified": true}), 2),
    ];
    let log = log_of(&events);
    let stages: Vec<&str> = log.iter().map(|entry| entry.stage.as_str()).collect();
    assert_eq!(stages, ["planning", "executing", "failed", "executing", "completed"]);
    assert_eq!(
        (log[0].timestamp.clone(), log[0].at()),
        (json!("1970-01-01T00:00:01.007Z"), Some(Timestamp(1_007)))
    );
    let metrics = metrics_of(&events).unwrap();
    assert_eq!((&metrics["seconds"], &metrics["retries"]), (&json!(5), &json!(1)));
    assert_eq!(metrics["completed"], "1970-01-01T00:00:11.000Z");
    assert_eq!(metrics_of(&events[..1]), None);
}
