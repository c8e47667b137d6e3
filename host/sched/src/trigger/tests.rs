//! One-shots, periods, and triggers as they are written.

use std::time::Duration;

use super::*;

fn at(text: &str) -> Timestamp {
    timestamp(text.parse().unwrap_or_else(|error| panic!("{text}: {error}")))
}

#[test]
fn a_one_shot_is_a_moment_or_a_local_time() {
    for (text, zone, expected) in [
        ("2027-03-01T09:00:00Z", "UTC", "2027-03-01T08:00:00Z"),
        ("2027-03-01T09:00:00+01:00", "UTC", "2027-03-01T08:00:00Z"),
        ("2027-03-01T09:00:00", "Europe/Berlin", "2027-03-01T08:00:00Z"),
        ("2027-03-01 09:00", "Europe/Berlin", "2027-03-01T08:00:00Z"),
        ("2026-03-29T02:30:00", "Europe/Berlin", "2026-03-29T01:00:00Z"),
        ("2026-10-25T02:30:00", "Europe/Berlin", "2026-10-25T00:30:00Z"),
        ("2018-11-04T00:00:00", "America/Sao_Paulo", "2018-11-04T03:00:00Z"),
    ] {
        let expected = if text.ends_with('Z') { at(text) } else { at(expected) };
        assert_eq!(Once::new(text, zone).map(|once| once.moment()), Ok(expected), "{text} in {zone}");
    }
}

#[test]
fn a_time_that_does_not_exist_is_refused() {
    for text in
        ["2026-02-30T09:00:00Z", "2027-02-29T09:00:00", "2027-01-01", "soon", "", "2027-01-01T25:00:00Z"]
    {
        let error = Once::new(text, "UTC").unwrap_err().to_string();
        assert!(error.starts_with(&format!("'{text}' is no time: expected a date that exists")), "{error}");
    }
    assert!(matches!(Once::new("1969-12-31T23:00:00Z", "UTC"), Err(OnceError::Range { .. })));
    assert!(matches!(Once::new("5000-01-01T00:00:00Z", "UTC"), Err(OnceError::Range { .. })));
    assert!(matches!(Once::new("2027-01-01T00:00:00", "Mars/Olympus"), Err(OnceError::Zone(_))));
}

#[test]
fn a_one_shot_is_due_once() {
    let trigger = Trigger::Once(Once::new("2027-03-01T09:00:00Z", "UTC").unwrap());
    let (before, due) = (at("2027-03-01T08:59:59Z"), at("2027-03-01T09:00:00Z"));
    assert_eq!((trigger.next_after(before), trigger.next_after(due)), (Some(due), None));
    assert_eq!((trigger.count_in(before, due), trigger.count_in(due, at("2099-01-01T00:00:00Z"))), (1, 0));
    assert_eq!(trigger.latest_in(before, due), Some(due));
}

#[test]
fn a_period_counts_from_its_anchor() {
    let every = Every::new(Duration::from_millis(1500), Timestamp(10_700)).unwrap();
    let dues: Vec<u64> = std::iter::successors(every.next_after(Timestamp(0)), |due| every.next_after(*due))
        .take(4)
        .map(|due| due.0)
        .collect();
    assert_eq!(dues, [200, 1700, 3200, 4700]);
    for upto in 0..10_000 {
        let plainly = (0..=upto).filter(|t| t % 1500 == 200 && *t > 1000).collect::<Vec<u64>>();
        assert_eq!(every.count_in(Timestamp(1000), Timestamp(upto)), plainly.len() as u64);
        assert_eq!(every.latest_in(Timestamp(1000), Timestamp(upto)), plainly.last().map(|t| Timestamp(*t)));
    }
}

#[test]
fn a_period_under_a_second_is_refused() {
    let error = Every::new(Duration::from_millis(999), Timestamp(0)).unwrap_err().to_string();
    assert_eq!(error, "a period of 999ms is wrong: expected 1s to 31622400s");
    assert!(Every::new(Duration::from_secs(367 * 86_400), Timestamp(0)).is_err());
}

#[test]
fn nothing_is_due_at_the_end_of_time() {
    let end = Timestamp(u64::MAX);
    let cron = Trigger::cron("* * * * * *", "Europe/Berlin").unwrap();
    let every = Trigger::Every(Every::new(Duration::from_secs(1), Timestamp(0)).unwrap());
    for trigger in [cron, every] {
        assert_eq!((trigger.next_after(end), trigger.count_in(Timestamp(u64::MAX - 1), end)), (None, 0));
        assert_eq!(trigger.latest_in(at("4999-12-31T23:59:58Z"), end), Some(at("4999-12-31T23:59:59Z")));
    }
}

#[test]
fn a_trigger_is_read_as_it_is_written_and_said_in_words() {
    for (json, words) in [
        (r#"{"cron":{"expression":"@hourly","zone":"UTC"}}"#, "At minute 0 past every hour, UTC"),
        (r#"{"every":{"period_ms":90000,"anchor":0}}"#, "Every 90 seconds"),
        (r#"{"once":{"at":"2027-03-01T09:00:00","zone":"Europe/Berlin"}}"#, "Once at 2027-03-01T08:00:00Z"),
    ] {
        let trigger: Trigger = serde_json::from_str(json).unwrap();
        assert_eq!(
            (serde_json::to_string(&trigger).unwrap().as_str(), in_words(&trigger).as_str()),
            (json, words)
        );
    }
    assert!(serde_json::from_str::<Trigger>(r#"{"every":{"period_ms":1}}"#).is_err());
}
