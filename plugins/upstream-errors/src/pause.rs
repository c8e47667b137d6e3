//! How long a provider asks to be left alone: every form that is in use.

use std::time::{Duration, UNIX_EPOCH};

use crate::answer::Answer;
use crate::date;

/// What a provider may ask for at most; more is taken for a mistake in the unit.
const AT_LEAST_MAX: Duration = Duration::from_secs(24 * 60 * 60);
const RESET: &str = "x-ratelimit-reset";
const REMAINING: &str = "x-ratelimit-remaining";
/// `anthropic-ratelimit-requests-reset` and its like, each beside a `-remaining`.
const ANTHROPIC: &str = "anthropic-ratelimit-";

/// The longest that any header or the body asks for.
pub(crate) fn at_least(answer: &Answer<'_>) -> Option<Duration> {
    let now_ms = answer.now_ms;
    let asked = [
        answer.header("retry-after").and_then(|text| retry_after(text, now_ms)),
        answer.header("retry-after-ms").and_then(|text| number(text, 1e-3)),
        reset(answer),
        anthropic_reset(answer),
        in_words(&answer.body),
    ];
    asked.into_iter().flatten().max()
}

/// `x-ratelimit-reset` and `x-ratelimit-reset-*`, without those of which the headers say that something remains.
fn reset(answer: &Answer<'_>) -> Option<Duration> {
    let exhausted =
        |kind: &str| remaining(answer, &format!("{REMAINING}{kind}")).is_none_or(|left| left <= 0.0);
    let resets = answer.headers_after(RESET);
    let limits = resets.filter(|(kind, _)| (kind.is_empty() || kind.starts_with('-')) && exhausted(kind));
    limits.filter_map(|(_, value)| moment(value, answer.now_ms)).max()
}

/// Those of which the headers say that nothing remains: a limit that is not named there may be days away.
fn anthropic_reset(answer: &Answer<'_>) -> Option<Duration> {
    let named = answer.headers_after(ANTHROPIC);
    let named = named.filter_map(|(name, value)| Some((name.strip_suffix("-reset")?, value)));
    let exhausted = |kind: &str| {
        remaining(answer, &format!("{ANTHROPIC}{kind}-remaining")).is_some_and(|left| left <= 0.0)
    };
    let limits = named.filter(|(kind, _)| exhausted(kind));
    limits.filter_map(|(_, value)| moment(value, answer.now_ms)).max()
}

fn remaining(answer: &Answer<'_>, name: &str) -> Option<f64> {
    answer.header(name)?.parse().ok()
}

/// A span, or a date.
fn retry_after(text: &str, now_ms: Option<u64>) -> Option<Duration> {
    match date::is_date(text) {
        true => until(date::unix_ms(text)?, now_ms),
        false => span(text).or_else(|| until_http_date(text, now_ms)),
    }
}

/// A span, a date, or a number so large that it is a Unix time in seconds or milliseconds.
fn moment(text: &str, now_ms: Option<u64>) -> Option<Duration> {
    if date::is_date(text) {
        return until(date::unix_ms(text)?, now_ms);
    }
    match unix_ms(text) {
        Some(ms) => until(ms, now_ms),
        None => span(text),
    }
}

/// `1700000005`, `1700000005.25`, `1700000005250`; none if it is too small to be one.
fn unix_ms(text: &str) -> Option<u64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let thousandths = u64::try_from(date::thousandths(fraction)?).ok()?;
    match whole.parse::<u64>().ok()? {
        ms if ms >= 100_000_000_000 => Some(ms),
        seconds if seconds >= 1_000_000_000 => Some(seconds.saturating_mul(1000).saturating_add(thousandths)),
        _ => None,
    }
}

fn until_http_date(text: &str, now_ms: Option<u64>) -> Option<Duration> {
    let date = httpdate::parse_http_date(text).ok()?.duration_since(UNIX_EPOCH).ok()?;
    until(u64::try_from(date.as_millis()).ok()?, now_ms)
}

/// Zero if it is over.
fn until(ms: u64, now_ms: Option<u64>) -> Option<Duration> {
    now_ms.map(|now_ms| capped(Duration::from_millis(ms.saturating_sub(now_ms))))
}

/// "Please try again in 1m30s."
fn in_words(body: &str) -> Option<Duration> {
    ["try again in ", "retry in "].iter().filter_map(|words| span(body.split_once(words)?.1)).max()
}

/// `20`, `1.5s`, `300ms`, `1m30s`, `1h 2m`, `20 seconds`, at the beginning of a text; a bare number is in seconds.
fn span(text: &str) -> Option<Duration> {
    let mut rest = text.trim_start();
    let mut sum = None::<Duration>;
    while let Some((value, unit, after)) = part(rest) {
        let Some(scale) = scale(unit) else { break };
        sum = Some(sum.unwrap_or_default().saturating_add(number(value, scale)?));
        rest = after;
    }
    sum.map(capped)
}

/// A number, the letters after it, and what follows.
fn part(text: &str) -> Option<(&str, &str, &str)> {
    let text = text.trim_start();
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let value = text[..digits].trim_end_matches('.');
    let after = text[digits..].trim_start_matches(' ');
    let letters = after.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(after.len());
    (!value.is_empty()).then_some((value, &after[..letters], &after[letters..]))
}

fn scale(unit: &str) -> Option<f64> {
    match unit.to_ascii_lowercase().as_str() {
        "ms" | "millisecond" | "milliseconds" => Some(1e-3),
        "" | "s" | "sec" | "secs" | "second" | "seconds" => Some(1.0),
        "m" | "min" | "mins" | "minute" | "minutes" => Some(60.0),
        "h" | "hr" | "hour" | "hours" => Some(3600.0),
        "d" | "day" | "days" => Some(86_400.0),
        _ => None,
    }
}

fn number(text: &str, scale: f64) -> Option<Duration> {
    let seconds = text.parse::<f64>().ok().filter(|number| number.is_finite() && *number >= 0.0)? * scale;
    Duration::try_from_secs_f64(seconds.min(AT_LEAST_MAX.as_secs_f64())).ok()
}

fn capped(span: Duration) -> Duration {
    span.min(AT_LEAST_MAX)
}
