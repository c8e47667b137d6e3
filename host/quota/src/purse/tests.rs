//! Money over days and months that pass at once.

use super::*;

const HOUR: u64 = 3_600_000;
/// 2024-02-28T00:00:00Z, in a leap year.
const START: u64 = 1_709_078_400_000;

fn usd(amount: u64) -> NanoUsd {
    NanoUsd(amount * NanoUsd::PER_USD)
}

fn hours(hours: u64) -> Timestamp {
    Timestamp(START + hours * HOUR)
}

fn limits(day: u64, month: u64) -> Limits {
    Limits { usd_per_day: Some(usd(day)), usd_per_month: Some(usd(month)), ..Limits::default() }
}

fn refusal(purse: &mut Purse, cost: u64, limits: &Limits, wall: Timestamp) -> (Period, Duration) {
    match purse.reserve(usd(cost), limits, wall).unwrap_err() {
        Exceeded::Budget { per, retry_after, .. } => (per, retry_after),
        other => panic!("{other}"),
    }
}

#[test]
fn a_budget_is_used_up_to_its_last_dollar_and_not_beyond() {
    let (mut purse, limits) = (Purse::default(), limits(5, 100));
    purse.spend(usd(2), hours(0));
    purse.reserve(usd(2), &limits, hours(0)).unwrap();
    purse.reserve(usd(1), &limits, hours(0)).unwrap();
    let refused = purse.reserve(NanoUsd(1), &limits, hours(5)).unwrap_err();
    let retry_after = Duration::from_secs(19 * 3_600);
    let (limit, spent, reserved, needs) = (usd(5), usd(2), usd(3), NanoUsd(1));
    assert_eq!(refused, Exceeded::Budget { per: Period::Day, limit, spent, reserved, needs, retry_after });
    purse.give_back(usd(1));
    assert_eq!(purse.reserve(NanoUsd(1), &limits, hours(5)), Ok(()));
}

#[test]
fn a_new_day_begins_at_zero_and_a_new_month_too() {
    let (mut purse, limits) = (Purse::default(), limits(5, 10));
    purse.spend(usd(5), hours(23));
    assert_eq!(refusal(&mut purse, 1, &limits, hours(23)), (Period::Day, Duration::from_secs(3_600)));
    assert_eq!(purse.spent(hours(24)), (usd(0), usd(5)), "the 29th");
    purse.spend(usd(5), hours(25));
    assert_eq!(
        refusal(&mut purse, 1, &limits, hours(25)),
        (Period::Month, Duration::from_secs(23 * 3_600)),
        "the month's refusal lasts at least as long"
    );
    assert_eq!(purse.spent(hours(48)), (usd(0), usd(0)), "the 1st of March");
}

#[test]
fn the_wait_for_a_month_knows_its_length() {
    for (now, limits, days) in [
        (hours(0), limits(10, 10), 2),
        (hours(48), limits(10, 10), 31),
        (hours(48 + 30 * 24), limits(10, 10), 1),
        (hours(48 + 31 * 24), limits(10, 10), 30),
    ] {
        let mut purse = Purse::default();
        assert_eq!(
            refusal(&mut purse, 11, &limits, now),
            (Period::Month, Duration::from_secs(days * 86_400))
        );
    }
}

#[test]
fn what_is_set_aside_counts_on_the_next_day_and_settles_there() {
    let (mut purse, limits) = (Purse::default(), limits(5, 100));
    purse.reserve(usd(4), &limits, hours(23)).unwrap();
    assert_eq!(refusal(&mut purse, 2, &limits, hours(24)).0, Period::Day);
    purse.give_back(usd(4));
    purse.spend(usd(3), hours(24));
    assert_eq!((purse.spent(hours(24)), purse.reserved()), ((usd(3), usd(3)), usd(0)));
}

#[test]
fn a_step_back_over_midnight_does_not_begin_the_day_twice() {
    let (mut purse, limits) = (Purse::default(), limits(5, 100));
    purse.spend(usd(1), hours(23));
    purse.spend(usd(2), hours(24));
    assert_eq!(purse.spent(hours(23)), (usd(2), usd(3)));
    assert_eq!(refusal(&mut purse, 4, &limits, hours(23)), (Period::Day, Duration::from_secs(25 * 3_600)));
    assert_eq!(purse.spent(hours(24)), (usd(2), usd(3)));
}

#[test]
fn a_clock_that_was_years_ahead_forgets_nothing_when_it_comes_back() {
    let (mut purse, limits) = (Purse::default(), limits(5, 100));
    purse.spend(usd(4), hours(600_000));
    assert_eq!(purse.spent(hours(0)), (usd(4), usd(4)));
    assert_eq!(refusal(&mut purse, 2, &limits, hours(0)), (Period::Day, Duration::from_secs(86_400)));
    assert_eq!(purse.spent(hours(24)), (usd(0), usd(4)), "and days go on from there");
    assert_eq!(purse.spent(Timestamp(0)), (usd(0), usd(4)));
}

#[test]
fn what_was_spent_before_counts_in_its_day_and_month() {
    let mut purse = Purse::default();
    for (hour, amount) in [(24, 1), (30, 2), (3, 4), (72, 8)] {
        purse.restore(hours(hour), usd(amount), hours(25));
    }
    purse.restore(Timestamp(START - 28 * 24 * HOUR), usd(100), hours(25));
    assert_eq!(purse.spent(hours(25)), (usd(11), usd(15)), "a day that has not come counts as today");
}

#[test]
fn money_without_end_does_not_panic() {
    let mut purse = Purse::default();
    let end = Timestamp(u64::MAX);
    for _ in 0..2 {
        purse.spend(NanoUsd(u64::MAX), end);
        purse.reserve(NanoUsd(u64::MAX), &Limits::default(), end).unwrap();
        assert_eq!(refusal(&mut purse, 1, &limits(5, 5), end), (Period::Month, Duration::ZERO));
    }
    purse.give_back(NanoUsd(u64::MAX));
    purse.give_back(NanoUsd(u64::MAX));
    assert_eq!(purse.reserved(), NanoUsd(0));
}
