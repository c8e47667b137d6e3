//! What happens where the clock is set forward or back, and at the ends of months.

use super::*;

/// Expression, zone, after, the next due times.
type Case = (&'static str, &'static str, &'static str, &'static [&'static str]);

fn check(cases: &[Case]) {
    for (expression, zone, from, expected) in cases {
        let found = after(&cron(expression, zone), from, expected.len());
        assert_eq!(found, *expected, "{expression} in {zone} after {from}");
    }
}

#[test]
fn a_fixed_time_in_a_gap_fires_at_the_first_moment_after_it_and_once() {
    check(&[
        (
            "30 2 * * *",
            "Europe/Berlin",
            "2026-03-28T12:00:00Z",
            &["2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"],
        ),
        (
            "0,15,30,45 2 * * *",
            "Europe/Berlin",
            "2026-03-28T12:00:00Z",
            &["2026-03-29T01:00:00Z", "2026-03-30T00:00:00Z"],
        ),
        (
            "0 2,3,4 * * *",
            "Europe/Berlin",
            "2026-03-28T12:00:00Z",
            &["2026-03-29T01:00:00Z", "2026-03-29T02:00:00Z"],
        ),
        (
            "0 0 * * *",
            "Europe/Berlin",
            "2026-03-28T12:00:00Z",
            &["2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z"],
        ),
        (
            "30 2 * * *",
            "America/New_York",
            "2026-03-07T12:00:00Z",
            &["2026-03-08T07:00:00Z", "2026-03-09T06:30:00Z"],
        ),
        (
            "15 2 * * *",
            "Australia/Lord_Howe",
            "2026-10-03T00:00:00Z",
            &["2026-10-03T15:30:00Z", "2026-10-04T15:15:00Z"],
        ),
        (
            "30 0 * * *",
            "America/Sao_Paulo",
            "2018-11-03T12:00:00Z",
            &["2018-11-04T03:00:00Z", "2018-11-05T02:30:00Z"],
        ),
        (
            "30 1 * * *",
            "Antarctica/Troll",
            "2026-03-28T12:00:00Z",
            &["2026-03-29T01:00:00Z", "2026-03-29T23:30:00Z"],
        ),
        (
            "0 12 * * *",
            "Pacific/Apia",
            "2011-12-29T20:00:00Z",
            &["2011-12-29T22:00:00Z", "2011-12-30T10:00:00Z", "2011-12-30T22:00:00Z"],
        ),
    ]);
}

#[test]
fn a_fixed_time_that_exists_twice_fires_at_the_first() {
    check(&[
        (
            "30 2 * * *",
            "Europe/Berlin",
            "2026-10-24T12:00:00Z",
            &["2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"],
        ),
        ("30 2 * * *", "Europe/Berlin", "2026-10-25T01:10:00Z", &["2026-10-26T01:30:00Z"]),
        (
            "0 2,3 * * *",
            "Europe/Berlin",
            "2026-10-24T12:00:00Z",
            &["2026-10-25T00:00:00Z", "2026-10-25T02:00:00Z", "2026-10-26T01:00:00Z"],
        ),
        (
            "30 1 * * *",
            "America/New_York",
            "2026-10-31T12:00:00Z",
            &["2026-11-01T05:30:00Z", "2026-11-02T06:30:00Z"],
        ),
        (
            "45 1 * * *",
            "Australia/Lord_Howe",
            "2026-04-04T00:00:00Z",
            &["2026-04-04T14:45:00Z", "2026-04-05T15:15:00Z"],
        ),
        (
            "30 23 * * *",
            "America/Sao_Paulo",
            "2019-02-16T12:00:00Z",
            &["2019-02-17T01:30:00Z", "2019-02-18T02:30:00Z"],
        ),
        (
            "30 1 * * *",
            "Antarctica/Troll",
            "2026-10-24T12:00:00Z",
            &["2026-10-24T23:30:00Z", "2026-10-26T01:30:00Z"],
        ),
    ]);
}

#[test]
fn an_interval_leaves_a_gap_out_and_goes_on_through_an_hour_that_comes_twice() {
    check(&[
        (
            "*/30 * * * *",
            "Europe/Berlin",
            "2026-03-29T00:20:00Z",
            &["2026-03-29T00:30:00Z", "2026-03-29T01:00:00Z", "2026-03-29T01:30:00Z"],
        ),
        ("0 */2 * * *", "Europe/Berlin", "2026-03-28T23:30:00Z", &["2026-03-29T02:00:00Z"]),
        (
            "*/30 2 * * *",
            "Europe/Berlin",
            "2026-10-24T20:00:00Z",
            &[
                "2026-10-25T00:00:00Z",
                "2026-10-25T00:30:00Z",
                "2026-10-25T01:00:00Z",
                "2026-10-25T01:30:00Z",
                "2026-10-26T01:00:00Z",
            ],
        ),
        (
            "*/20 * * * *",
            "Australia/Lord_Howe",
            "2026-04-04T14:30:00Z",
            &["2026-04-04T14:40:00Z", "2026-04-04T15:10:00Z", "2026-04-04T15:30:00Z"],
        ),
        (
            "@hourly",
            "Antarctica/Troll",
            "2026-10-25T00:30:00Z",
            &["2026-10-25T01:00:00Z", "2026-10-25T02:00:00Z", "2026-10-25T03:00:00Z"],
        ),
    ]);
}

#[test]
fn zones_that_are_not_whole_hours_away_and_zones_whose_rules_changed_are_right() {
    check(&[
        ("0 9 * * *", "Asia/Kathmandu", "2026-01-01T00:00:00Z", &["2026-01-01T03:15:00Z"]),
        ("0 9 * * *", "America/Sao_Paulo", "2018-12-31T23:00:00Z", &["2019-01-01T11:00:00Z"]),
        ("0 9 * * *", "America/Sao_Paulo", "2026-01-01T00:00:00Z", &["2026-01-01T12:00:00Z"]),
        ("0 9 1 7 *", "Europe/Berlin", "2999-01-01T00:00:00Z", &["2999-07-01T07:00:00Z"]),
    ]);
}

#[test]
fn leap_years_and_ends_of_months_are_right() {
    check(&[
        ("0 0 29 2 *", "UTC", "2026-01-01T00:00:00Z", &["2028-02-29T00:00:00Z", "2032-02-29T00:00:00Z"]),
        ("0 0 29 2 *", "UTC", "2097-01-01T00:00:00Z", &["2104-02-29T00:00:00Z"]),
        ("0 0 31 * *", "UTC", "2026-01-31T00:00:00Z", &["2026-03-31T00:00:00Z", "2026-05-31T00:00:00Z"]),
        ("0 0 L 2 *", "UTC", "2027-03-01T00:00:00Z", &["2028-02-29T00:00:00Z", "2029-02-28T00:00:00Z"]),
        ("59 59 23 31 12 *", "UTC", "2026-12-31T23:59:58Z", &["2026-12-31T23:59:59Z"]),
        ("0 0 29 2 +MON", "UTC", "2026-01-01T00:00:00Z", &["2044-02-29T00:00:00Z"]),
    ]);
}

#[test]
fn nothing_is_due_after_the_years_of_an_expression() {
    let cron = cron("0 0 0 1 1 * 2026-2027", "UTC");
    assert_eq!(after(&cron, "2025-06-01T00:00:00Z", 9), ["2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z"]);
}

#[test]
fn a_far_year_is_found() {
    let cron = cron("0 0 12 29 2 +MON 2400-4999", "Europe/Berlin");
    assert_eq!(after(&cron, "2026-01-01T00:00:00Z", 1), ["2416-02-29T11:00:00Z"]);
}
