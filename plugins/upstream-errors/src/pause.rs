//! How long a provider asks to be left alone: every form that is in use.

use std::time::{Duration, UNIX_EPOCH};

use crate::answer::Answer;

/// What a provider may ask for at most; more is taken for a mistake in the unit.
const AT_LEAST_MAX: Duration = Duration::from_secs(24 * 60 * 60);
const RESET: &str = "x-ratelimit-reset";
const REMAINING: &str = "x-ratelimit-remaining";

/// The longest that any header or the body asks for.
pub(crate) fn at_least(answer: &Answer<'_>) -> Option<Duration> {
    let now_ms = answer.now_ms;
    let asked = [
        answer.header("retry-after").and_then(|text| span(text).or_else(|| until_date(text, now_ms))),
        answer.header("retry-after-ms").and_then(|text| number(text, 1e-3)),
        reset(answer),
        in_words(&answer.body),
    ];
    asked.into_iter().flatten().max()
}

/// `x-ratelimit-reset` and `x-ratelimit-reset-*`, without those of which the headers say that something remains.
fn reset(answer: &Answer<'_>) -> Option<Duration> {
    let exhausted = |kind: &str| {
        let remaining = answer.header(&format!("{REMAINING}{kind}"));
        remaining.and_then(|text| text.parse::<f64>().ok()).is_none_or(|left| left <= 0.0)
    };
    let resets = answer.headers_after(RESET);
    let limits = resets.filter(|(kind, _)| (kind.is_empty() || kind.starts_with('-')) && exhausted(kind));
    limits.filter_map(|(_, value)| moment(value, answer.now_ms)).max()
}

/// A span, or a number so large that it is a Unix time in seconds or milliseconds.
fn moment(text: &str, now_ms: Option<u64>) -> Option<Duration> {
    match text.parse::<u64>() {
        Ok(ms) if ms >= 100_000_000_000 => until(ms, now_ms),
        Ok(seconds) if seconds >= 1_000_000_000 => until(seconds.saturating_mul(1000), now_ms),
        _ => span(text),
    }
}

fn until_date(text: &str, now_ms: Option<u64>) -> Option<Duration> {
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
