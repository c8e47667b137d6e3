//! What an operator may write down as limits, and what is refused.

use super::*;

fn usd(amount: u64) -> Option<NanoUsd> {
    Some(NanoUsd(amount * NanoUsd::PER_USD))
}

fn refused(limits: Limits) -> String {
    limits.check().unwrap_err().to_string()
}

#[test]
fn the_largest_and_the_smallest_limits_are_taken() {
    let largest = Limits {
        rpm: Some(1_000_000),
        tpm: Some(1_000_000_000_000),
        concurrency: Some(100_000),
        usd_per_day: usd(1_000_000),
        usd_per_month: usd(10_000_000),
    };
    let smallest = Limits {
        rpm: Some(1),
        tpm: Some(1),
        concurrency: Some(1),
        usd_per_day: Some(NanoUsd(1)),
        usd_per_month: Some(NanoUsd(1)),
    };
    assert_eq!((largest.check(), smallest.check(), Limits::default().check()), (Ok(()), Ok(()), Ok(())));
    assert!(Limits::default().is_none() && !smallest.is_none());
}

#[test]
fn zero_is_refused_with_the_name_of_the_field() {
    let none = Limits::default();
    for (field, limits) in [
        ("rpm", Limits { rpm: Some(0), ..none }),
        ("tpm", Limits { tpm: Some(0), ..none }),
        ("concurrency", Limits { concurrency: Some(0), ..none }),
        ("usd_per_day", Limits { usd_per_day: usd(0), ..none }),
        ("usd_per_month", Limits { usd_per_month: usd(0), ..none }),
    ] {
        assert_eq!(limits.check(), Err(LimitsError::Zero { field }));
        assert!(refused(limits).starts_with(&format!("{field} is 0: expected more than 0;")));
    }
}

#[test]
fn what_nobody_can_have_meant_is_refused_with_what_may_be() {
    let none = Limits::default();
    let refused = |limits| refused(limits).split(';').next().unwrap().to_owned();
    for (limits, text) in [
        (Limits { rpm: Some(1_000_001), ..none }, "rpm is 1000001: expected at most 1000000"),
        (
            Limits { tpm: Some(u64::MAX), ..none },
            "tpm is 18446744073709551615: expected at most 1000000000000",
        ),
        (Limits { concurrency: Some(100_001), ..none }, "concurrency is 100001: expected at most 100000"),
        (
            Limits { usd_per_day: usd(1_000_001), ..none },
            "usd_per_day is 1000001.00 USD: expected at most 1000000.00 USD",
        ),
        (
            Limits { usd_per_month: usd(10_000_001), ..none },
            "usd_per_month is 10000001.00 USD: expected at most 10000000.00 USD",
        ),
    ] {
        assert_eq!(refused(limits), text);
    }
}

#[test]
fn a_day_above_its_month_is_refused() {
    let limits = Limits { usd_per_day: usd(6), usd_per_month: usd(5), ..Limits::default() };
    assert_eq!(
        refused(limits),
        "usd_per_day is 6.00 USD, which is more than usd_per_month, 5.00 USD: \
         lower the one, raise or leave out the other"
    );
    assert_eq!(Limits { usd_per_day: usd(5), ..limits }.check(), Ok(()));
}

#[test]
fn limits_come_back_from_json_and_an_unknown_field_does_not() {
    let limits = Limits { rpm: Some(60), usd_per_day: usd(5), ..Limits::default() };
    let text = serde_json::to_string(&limits).unwrap();
    assert_eq!(serde_json::from_str::<Limits>(&text).unwrap(), limits);
    assert_eq!(serde_json::from_str::<Limits>("{}").unwrap(), Limits::default());
    assert!(serde_json::from_str::<Limits>(r#"{"rmp": 60}"#).is_err());
}
