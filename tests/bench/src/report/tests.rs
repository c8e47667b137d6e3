//! The report's rows, to the character.

use super::*;
use crate::swaps::Latencies;

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
    let plan = Plan {
        seconds: 5,
        rounds: 3,
        patchbay: None,
        short: false,
        only: Vec::new(),
        peers: None,
        floor_only: false,
        json: false,
    };
    Report {
        rows: vec![row("floor", None), row("Patchbay", Some("429: slow down"))],
        changes: vec![change(19.6), change(20.4)],
        ..Report::new(Machine::this(), &plan)
    }
}

fn streams(target: &str, streams: u64, peak_bytes: u64, errors: u64) -> StreamRow {
    StreamRow {
        target: target.to_owned(),
        streams,
        per_second: 1000,
        gap_ms: 100,
        good: streams - errors,
        errors,
        complaint: (errors > 0).then(|| "the stream ended".to_owned()),
        first_p50_us: 1234.5,
        first_p50_added_us: 234.4,
        first_p99_us: 9000.0,
        first_p99_added_us: 0.0,
        gap_p50_us: 5.0,
        gap_p99_us: 800.0,
        gap_p99_added_us: -20.0,
        gap_max_us: 5000.0,
        delay_p50_us: 100.0,
        delay_p50_added_us: 10.0,
        delay_p99_us: 900.0,
        delay_p99_added_us: 90.0,
        late_p99_us: 1.0,
        peak_bytes: Some(peak_bytes),
    }
}

fn latencies(p99_us: f64) -> Latencies {
    Latencies { requests: 10, p50_us: 100.0, p99_us, p999_us: 900.0 }
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

#[test]
fn streams_have_their_targets_and_a_bad_one_is_not_hidden() {
    let mut report = report();
    report.streams = vec![
        streams("floor", 1000, 1 << 20, 0),
        streams("Patchbay, policy on", 1000, 256 << 20, 0),
        streams("Patchbay, policy on", 5000, 900 << 20, 3),
    ];
    let text = markdown::write(&report).expect("a String takes any text");
    assert!(text.contains("| RSS with 1000 open streams | <= 256 MiB | 256 MiB | met |"), "{text}");
    assert!(
        text.contains("| streams that came whole, of 5000 at once | all | 4997 of 5000 | **missed** |"),
        "{text}"
    );
    assert!(text.contains("| Patchbay, policy on | 1.2 (+0.2) | 9.0 (+0.0) |"), "{text}");
    assert!(text.contains("the first error was: the stream ended"), "{text}");
}

#[test]
fn swaps_are_told_by_the_requests_near_them() {
    let mut report = report();
    report.swaps = Some(Swaps {
        seconds: 5,
        per_second: 1000,
        swaps: 5,
        swap_p50_ms: 7.0,
        near: latencies(310.0),
        others: latencies(200.0),
        ratio: 1.55,
        errors: 0,
        complaint: None,
    });
    let text = markdown::write(&report).expect("a String takes any text");
    assert!(
        text.contains("| p99 near a swap, to the other requests | < 1.50 | 1.55 | **missed** |"),
        "{text}"
    );
    assert!(text.contains("| requests that failed while the policy was swapped | 0 | 0 | met |"), "{text}");
}

#[test]
fn what_was_not_measured_is_named_with_the_reason() {
    let mut report = report();
    report.skipped = vec![Skipped { what: "nginx".into(), reason: "not installed".into() }];
    let text = markdown::write(&report).expect("a String takes any text");
    assert!(text.contains("- nginx: not installed"), "{text}");
}
