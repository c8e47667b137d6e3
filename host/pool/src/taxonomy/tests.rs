//! Each kind of answer with its verdict and its pause.

use http::{HeaderName, HeaderValue};

use super::*;

const NOW: Timestamp = Timestamp(1_700_000_000_000);

fn headers(pairs: &[(&str, &str)]) -> HeaderMap {
    let pair = |(name, value): &(&str, &str)| -> (HeaderName, HeaderValue) {
        (name.parse().unwrap(), value.parse().unwrap())
    };
    pairs.iter().map(pair).collect()
}

fn of(status: u16, pairs: &[(&str, &str)], body: &str) -> Verdict {
    judge(StatusCode::from_u16(status).unwrap(), &headers(pairs), body.as_bytes(), NOW)
}

fn asked_ms(pairs: &[(&str, &str)], body: &str) -> Option<u128> {
    match of(429, pairs, body) {
        Verdict::RateLimited { at_least, .. } => at_least.map(|span| span.as_millis()),
        other => panic!("a 429 was {other:?}"),
    }
}

#[test]
fn each_status_has_its_verdict() {
    let table = [
        (200, Verdict::Ok),
        (204, Verdict::Ok),
        (304, Verdict::Ok),
        (302, Verdict::ServerError),
        (400, Verdict::ClientError),
        (404, Verdict::ClientError),
        (413, Verdict::ClientError),
        (422, Verdict::ClientError),
        (401, Verdict::CredentialRefused),
        (402, Verdict::CredentialRefused),
        (403, Verdict::CredentialRefused),
        (408, Verdict::ServerError),
        (500, Verdict::ServerError),
        (502, Verdict::ServerError),
        (503, Verdict::ServerError),
        (504, Verdict::ServerError),
        (599, Verdict::ServerError),
        (429, Verdict::RateLimited { at_least: None, model_only: false }),
        (529, Verdict::Overloaded { at_least: None, model_only: false }),
    ];
    for (status, expected) in table {
        assert_eq!(of(status, &[], ""), expected, "{status}");
        assert_eq!(
            expected.fails_over(),
            !matches!(status, 200..=299 | 304 | 400 | 404 | 413 | 422),
            "{status}"
        );
    }
}

#[test]
fn a_503_that_speaks_of_overload_or_of_coming_back_is_one() {
    assert!(matches!(of(503, &[], r#"{"error":{"type":"Overloaded"}}"#), Verdict::Overloaded { .. }));
    let expected = Verdict::Overloaded { at_least: Some(Duration::from_secs(7)), model_only: false };
    assert_eq!(of(503, &[("retry-after", "7")], ""), expected);
}

#[test]
fn every_form_of_a_pause_is_read() {
    let headers: [(&str, &str, u128); 20] = [
        ("retry-after", "20", 20_000),
        ("retry-after", "1.5", 1_500),
        ("retry-after", "0", 0),
        ("retry-after", "Tue, 14 Nov 2023 22:14:20 GMT", 60_000),
        ("retry-after", "Tue, 14 Nov 2000 22:14:20 GMT", 0),
        ("retry-after", "99999999999999999999", 86_400_000),
        ("retry-after-ms", "350", 350),
        ("x-ratelimit-reset-requests", "1m30s", 90_000),
        ("x-ratelimit-reset-tokens", "6ms", 6),
        ("x-ratelimit-reset-tokens", "12", 12_000),
        ("x-ratelimit-reset-tokens", "1h0m1.5s", 3_601_500),
        ("x-ratelimit-reset", "1700000005", 5_000),
        ("x-ratelimit-reset", "1700000005000", 5_000),
        ("x-ratelimit-reset", "30", 30_000),
        ("x-ratelimit-reset", "1700000005.25", 5_250),
        ("x-ratelimit-reset-tokens", "2023-11-14T22:14:20Z", 60_000),
        ("x-ratelimit-reset-tokens", "2023-11-14T23:14:20.5+01:00", 60_500),
        ("retry-after", "2023-11-14T22:14:20Z", 60_000),
        ("retry-after", "2023-11-14 22:14:20", 60_000),
        ("retry-after", "1999-11-14T22:14:20Z", 0),
    ];
    for (name, value, expected) in headers {
        assert_eq!(asked_ms(&[(name, value)], ""), Some(expected), "{name}: {value}");
    }
    let bodies = [
        ("Please try again in 20s.", 20_000),
        ("try again in 1.5s", 1_500),
        ("Try again in 300ms. Visit", 300),
        ("Please retry in 34.5s.", 34_500),
        ("try again in 2 minutes", 120_000),
        ("try again in 7.", 7_000),
    ];
    for (body, expected) in bodies {
        assert_eq!(asked_ms(&[], body), Some(expected), "{body}");
    }
}

#[test]
fn the_longest_pause_counts_and_a_limit_with_room_does_not() {
    let pairs =
        [("retry-after", "2"), ("x-ratelimit-reset-tokens", "9s"), ("x-ratelimit-remaining-tokens", "0")];
    assert_eq!(asked_ms(&pairs, "try again in 3s"), Some(9_000));
    let room = [("x-ratelimit-reset-requests", "6m0s"), ("x-ratelimit-remaining-requests", "499")];
    assert_eq!(asked_ms(&room, ""), None);
}

#[test]
fn a_limit_of_anthropics_counts_only_if_nothing_remains_of_it() {
    let reset = ("anthropic-ratelimit-input-tokens-reset", "2023-11-14T22:13:50Z");
    let left = |left: &'static str| [reset, ("anthropic-ratelimit-input-tokens-remaining", left)];
    assert_eq!(asked_ms(&left("0"), ""), Some(30_000));
    assert_eq!(asked_ms(&left("17"), ""), None);
    assert_eq!(asked_ms(&[reset], ""), None, "a limit that is not told to be used up");
}

#[test]
fn a_date_is_read_to_the_day_over_four_hundred_years() {
    let mut ms = 0;
    for year in 1970..2370_u64 {
        let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        for (month, days) in
            [31, if leap { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31].iter().enumerate()
        {
            for day in 1..=*days {
                let text = format!("{year}-{:02}-{day:02}T00:00:00Z", month + 1);
                assert_eq!(date::unix_ms(&text), Some(ms), "{text}");
                ms += 86_400_000;
            }
        }
    }
}

#[test]
fn a_word_is_read_as_it_is_written_and_an_unknown_one_is_the_servers_failure() {
    let some = Some(Duration::from_secs(3));
    let verdicts = [
        Verdict::Ok,
        Verdict::RateLimited { at_least: some, model_only: true },
        Verdict::Overloaded { at_least: some, model_only: true },
        Verdict::CredentialRefused,
        Verdict::ServerError,
        Verdict::ClientError,
        Verdict::Unreachable,
    ];
    for verdict in verdicts {
        assert_eq!(Verdict::parse(verdict.as_str(), some, true), verdict);
    }
    assert_eq!(Verdict::parse("quota-of-the-moon", some, false), Verdict::ServerError);
    let capped = Verdict::RateLimited { at_least: Some(AT_LEAST_MAX), model_only: false };
    assert_eq!(Verdict::parse("rate-limited", Some(Duration::MAX), false), capped);
}

#[test]
fn nonsense_asks_for_nothing() {
    for value in [
        "",
        "soon",
        "-5",
        "NaN",
        "inf",
        "1e400x",
        ".",
        "2023-11-14",
        "2023-13-14T22:14:20Z",
        "2023-11-14T25:00Z",
    ] {
        assert_eq!(asked_ms(&[("retry-after", value), ("retry-after-ms", value)], value), None, "{value:?}");
    }
    assert_eq!(asked_ms(&[("x-ratelimit-resettle", "20")], "try again in a while"), None);
}

#[test]
fn only_plain_words_make_a_limit_the_models_own() {
    let about = |body: &str| matches!(of(429, &[], body), Verdict::RateLimited { model_only: true, .. });
    for body in [
        "Rate limit reached for model `llama-3` in organization `o` on tokens per minute",
        "The model is currently overloaded",
        "quota exceeded for this model",
    ] {
        assert!(about(body), "{body}");
    }
    for body in [
        "Rate limit reached for gpt-4o",
        "You exceeded your quota; see models",
        "for model x and all models",
        "",
    ] {
        assert!(!about(body), "{body}");
    }
}
