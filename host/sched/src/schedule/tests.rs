//! Dates, jitter and windows of a schedule, and what is no schedule.

use super::*;
use crate::{Every, Overlap};

const HOUR: Duration = Duration::from_secs(3600);

fn hourly(id: &str, policy: Policy) -> Schedule {
    let every = Every::new(HOUR, Timestamp(0)).unwrap();
    Schedule::new(id, Trigger::Every(every), policy).unwrap()
}

fn hour(n: u64) -> Timestamp {
    Timestamp(n * 3_600_000)
}

#[test]
fn jitter_is_the_same_each_time_and_other_for_each_id() {
    let policy = Policy { jitter: Duration::from_secs(600), ..Policy::default() };
    let delay = |id: &str, due| hourly(id, policy).starts(due).since(due);
    assert_eq!(delay("a", hour(5)), delay("a", hour(99)));
    let delays: Vec<Duration> = (0..1000).map(|n| delay(&format!("backup-{n}"), hour(5))).collect();
    let below = |limit| delays.iter().filter(|delay| **delay <= Duration::from_secs(limit)).count();
    assert_eq!(below(600), 1000);
    assert!((400..600).contains(&below(300)) && (70..130).contains(&below(60)), "it spreads");
    assert_eq!(
        delay("a", hour(5)),
        Duration::from_millis(389_756),
        "it decides when runs start: it must never change"
    );
}

#[test]
fn jitter_never_passes_the_next_run() {
    let policy = Policy { jitter: Duration::from_secs(86_400), ..Policy::default() };
    for n in 0..200 {
        let schedule = hourly(&n.to_string(), policy);
        assert!(schedule.starts(hour(5)) < hour(6));
        assert_eq!(upcoming(&schedule, hour(4), 3).len(), 3);
    }
}

#[test]
fn the_window_is_the_period_or_ten_minutes() {
    let window = |seconds, policy| {
        let every = Every::new(Duration::from_secs(seconds), Timestamp(0)).unwrap();
        Schedule::new("s", Trigger::Every(every), policy).unwrap().window(Timestamp(0)).as_secs()
    };
    let set = |seconds| Policy { catch_up: Some(Duration::from_secs(seconds)), ..Policy::default() };
    assert_eq!([60, 600, 3600].map(|period| window(period, Policy::default())), [60, 600, 600]);
    assert_eq!((window(60, set(7200)), window(60, set(0)), window(1, Policy::default())), (7200, 10, 10));
}

#[test]
fn nothing_is_due_before_the_start_or_from_the_end_on() {
    let policy = Policy { start: Some(hour(10)), end: Some(hour(13)), ..Policy::default() };
    let schedule = hourly("s", policy);
    assert_eq!(upcoming(&schedule, hour(2), 9), [hour(10), hour(11), hour(12)]);
    assert_eq!(schedule.count_in(Span { after: hour(0), upto: hour(99) }), 3);
    assert_eq!(schedule.latest_in(Span { after: hour(0), upto: hour(99) }), Some(hour(12)));
    assert_eq!(schedule.latest_in(Span { after: hour(0), upto: hour(9) }), None);
}

#[test]
fn what_is_upcoming_is_bounded() {
    assert_eq!(upcoming(&hourly("s", Policy::default()), hour(0), usize::MAX).len(), UPCOMING_MAX);
}

#[test]
fn a_policy_that_contradicts_itself_is_refused() {
    let of = |policy| Schedule::new("s", hourly("s", Policy::default()).trigger().clone(), policy);
    let overlap = |at_most| Policy { overlap: Overlap::BufferAll { at_most }, ..Policy::default() };
    let day = Duration::from_secs(86_401);
    for (policy, says) in [
        (overlap(0), "a buffer of 0 runs is wrong: expected 1 to 1000"),
        (overlap(1001), "a buffer of 1001 runs is wrong: expected 1 to 1000"),
        (
            Policy { jitter: day, ..Policy::default() },
            "a jitter of 86401s is too long: expected at most 86400s",
        ),
        (
            Policy { start: Some(hour(1)), end: Some(hour(1)), ..Policy::default() },
            "expected an end after the start",
        ),
    ] {
        let error = of(policy).unwrap_err().to_string();
        assert!(error.ends_with(says), "{error}");
    }
    assert!(Schedule::new("", hourly("s", Policy::default()).trigger().clone(), Policy::default()).is_err());
}

#[test]
fn a_schedule_is_read_as_it_is_written_and_never_invalid() {
    let json = r#"{"id":"s","trigger":{"every":{"period_ms":3600000,"anchor":0}},"policy":{"overlap":{"buffer-all":{"at_most":7}},"catch_up_ms":90000,"jitter_ms":1500,"pause_after":3,"start":null,"end":null}}"#;
    let schedule: Schedule = serde_json::from_str(json).unwrap();
    assert_eq!(serde_json::to_string(&schedule).unwrap(), json);
    let short = r#"{"id":"s","trigger":{"every":{"period_ms":3600000}},"policy":{"overlap":"buffer-one"}}"#;
    assert_eq!(serde_json::from_str::<Schedule>(short).unwrap().policy().overlap, Overlap::BufferOne);
    let wrong = json.replace("\"at_most\":7", "\"at_most\":0");
    assert!(serde_json::from_str::<Schedule>(&wrong).is_err());
}
