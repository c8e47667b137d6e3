//! What a client reads.

use super::*;

const PERIOD_REST: Duration = Duration::from_millis(5 * 3_600_000 + 11 * 60_000 + 1);

#[test]
fn a_refusal_names_the_limit_what_is_used_and_when_to_come_again() {
    let nano = |usd_cents: u64| NanoUsd(usd_cents * NanoUsd::PER_USD / 100);
    let retry_after = Duration::from_millis(11_001);
    for (exceeded, text) in [
        (
            Exceeded::Requests { limit: 60, retry_after },
            "this key may make 60 requests a minute: the next one fits in 12 s",
        ),
        (
            Exceeded::Requests { limit: 1, retry_after },
            "this key may make 1 request a minute: the next one fits in 12 s",
        ),
        (
            Exceeded::Tokens { limit: 1_000, used: Tokens(900), needs: Tokens(200), retry_after },
            "this key may use 1000 tokens a minute: 900 are counted, and this request may use up to 200; \
             it fits in 12 s",
        ),
        (
            Exceeded::Concurrency { limit: 4, retry_after: Duration::from_secs(1) },
            "this key may have 4 requests at one time, and that many run: try again in 1 s",
        ),
        (
            Exceeded::Budget {
                per: Period::Day,
                limit: nano(500),
                spent: nano(498),
                reserved: nano(1),
                needs: nano(2),
                retry_after: PERIOD_REST,
            },
            "this key may spend 5 USD a day: 4.98 are spent, 0.01 set aside for requests that run, and this one may \
             cost up to 0.02; the next day begins in 5 h 12 min (UTC)",
        ),
    ] {
        assert_eq!(exceeded.to_string(), text);
    }
}

#[test]
fn a_time_is_two_units_and_never_too_short() {
    for (ms, text) in [
        (0, "0 s"),
        (1, "1 s"),
        (59_001, "1 min"),
        (90_000, "1 min 30 s"),
        (3_599_001, "1 h"),
        (3_600_000, "1 h"),
        (3_601_000, "1 h 1 min"),
        (86_399_000, "24 h"),
        (86_400_000, "1 d"),
        (31 * 86_400_000 - 1, "31 d"),
        (17 * 86_400_000 + 1, "17 d 1 h"),
    ] {
        assert_eq!(span(Duration::from_millis(ms)), text, "{ms} ms");
    }
    assert!(span(Duration::MAX).ends_with('h'));
}

#[test]
fn money_has_as_many_decimals_as_it_needs() {
    for (nano, text) in [(0, "0"), (13, "0.000000013"), (20_000_000, "0.02"), (100_000_000_000, "100")] {
        assert_eq!(usd(NanoUsd(nano)), text);
    }
}
