//! Closed hours as they are read, over midnight, and where a clock is changed.

use patchbay_types::Written;

use super::*;

fn at(text: &str) -> Timestamp {
    text.parse::<Written>().unwrap().start
}

fn check(hours: &[&str], now: &str, end: Option<&str>) {
    let hours: Vec<ClosedHours> = hours.iter().map(|text| ClosedHours::read(text).unwrap()).collect();
    assert_eq!(closed_until(&hours, at(now)), end.map(at), "{hours:?} at {now}");
}

#[test]
fn hours_are_closed_from_their_first_minute_to_before_their_last() {
    let office = ["Mon-Fri 09:00-18:00 Europe/Berlin"];
    check(&office, "2026-11-20T07:59:59Z", None);
    check(&office, "2026-11-20T08:00:00Z", Some("2026-11-20T17:00:00Z"));
    check(&office, "2026-11-20T17:00:00Z", None);
    check(&office, "2026-11-21T10:00:00Z", None);
    check(&[], "2026-11-20T10:00:00Z", None);
}

#[test]
fn hours_over_midnight_belong_to_the_day_on_which_they_begin() {
    let night = ["Fri 22:00-06:00 UTC"];
    check(&night, "2026-11-20T23:00:00Z", Some("2026-11-21T06:00:00Z"));
    check(&night, "2026-11-21T05:59:59Z", Some("2026-11-21T06:00:00Z"));
    check(&night, "2026-11-20T05:00:00Z", None);
}

#[test]
fn hours_that_follow_at_once_are_one_stretch_and_such_without_end_have_a_bound() {
    let weekend = ["Sat,Sun 00:00-24:00 UTC", "Fri 20:00-24:00 UTC"];
    check(&weekend, "2026-11-20T21:00:00Z", Some("2026-11-23T00:00:00Z"));
    check(&["Mon-Sun 00:00-24:00 UTC"], "2026-11-20T21:00:00Z", Some("2026-12-22T00:00:00Z"));
}

#[test]
fn a_change_of_the_clock_neither_skips_nor_ends_hours() {
    // 2026-03-29, 02:00 to 03:00 is not there in Berlin; 2026-10-25, 02:00 to 03:00 is there twice.
    check(&["Sun 02:30-04:00 Europe/Berlin"], "2026-03-29T01:45:00Z", Some("2026-03-29T02:00:00Z"));
    check(&["Sun 02:15-02:45 Europe/Berlin"], "2026-10-25T00:20:00Z", Some("2026-10-25T01:45:00Z"));
    check(&["Sun 02:15-02:45 Europe/Berlin"], "2026-10-25T01:40:00Z", Some("2026-10-25T01:45:00Z"));
}

#[test]
fn what_is_no_hours_is_refused() {
    for good in ["mon-sun 00:00-24:00 UTC", "Fri-Mon,Wed 23:59-00:01 Asia/Tokyo", "  Sat  10:00-11:00  UTC "]
    {
        assert!(ClosedHours::read(good).is_some(), "{good} was refused");
    }
    let wrong = [
        "",
        "Mon 09:00-18:00",
        "09:00-18:00 UTC",
        "Mon 9:00-18:00 UTC",
        "Mon 09:00-25:00 UTC",
        "Mon 24:00-01:00 UTC",
        "Mon 09:60-18:00 UTC",
        "Mon 09:00-09:00 UTC",
        "Montag 09:00-18:00 UTC",
        "Mon 09:00-18:00 Europe/Nowhere",
        "Mon 09:00-18:00 UTC again",
        "Mon, 09:00-18:00 UTC",
    ];
    for text in wrong {
        assert!(ClosedHours::read(text).is_none(), "{text} was taken");
    }
    assert_eq!(ClosedHours::read("  Sat  10:00-11:00  UTC ").unwrap().as_str(), "Sat 10:00-11:00 UTC");
}
