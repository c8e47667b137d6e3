//! The report's rows, to the character.

use super::*;

fn row(target: &'static str, complaint: Option<&str>) -> Row {
    Row {
        scenario: "32 connections",
        target: target.to_owned(),
        per_second: 40_000.4,
        ratio: 0.876,
        p50_us: 80.0,
        p50_added_us: 25.6,
        p99_us: 200.0,
        p99_added_us: -1.0,
        first_p50_us: 79.0,
        first_p50_added_us: 0.0,
        processor_us: Some(16.04),
        errors: 2,
        complaint: complaint.map(str::to_owned),
        generation: Some("routing/1".into()),
    }
}

fn change(p50_ms: f64) -> Change {
    Change {
        what: "swap".into(),
        count: 100,
        p50_ms,
        p99_ms: 30.0,
        floor: "one durable write",
        floor_ms: 4.0,
        ratio: p50_ms / 4.0,
        allowed_ms: Some(20.0),
    }
}

fn report() -> Report {
    Report {
        machine: Machine::this(),
        seconds: 5,
        rounds: 3,
        rows: vec![row("floor", None), row("Patchbay", Some("429: slow down"))],
        processes: Vec::new(),
        plugin_calls: Vec::new(),
        changes: vec![change(19.6), change(20.4)],
        pinned_calls: Vec::new(),
        heard: None,
    }
}

#[test]
fn a_row_shows_what_is_added_with_its_sign_and_errors_are_not_hidden() {
    let text = markdown::write(&report()).expect("a String takes any text");
    assert!(
        text.contains("| Patchbay (routing/1) | 40000 | 0.88 | 80 (+26) | 200 (-1) | 79 (+0) | 16.0 | 2 |"),
        "{text}"
    );
    assert!(text.contains("the first error was: 429: slow down"), "{text}");
    assert_eq!(text.matches("### 32 connections").count(), 1);
}

#[test]
fn a_target_that_was_missed_is_said_to_be() {
    let text = markdown::write(&report()).expect("a String takes any text");
    assert!(text.contains("| swap | <= 20 ms | 19.6 ms (p99 30.0) | met |"), "{text}");
    assert!(text.contains("| swap | <= 20 ms | 20.4 ms (p99 30.0) | **missed** |"), "{text}");
}

#[test]
fn json_has_every_figure_under_its_unit() {
    let value = serde_json::to_value(report()).expect("a report is JSON");
    assert_eq!(value["rows"][1]["errors"], 2);
    assert_eq!(value["rows"][1]["p50_added_us"], 25.6);
}
