//! How long a receiver asks to be left alone.

use std::time::Duration;

use patchbay_sdk::http::Response;

/// More is taken for a mistake.
const PAUSE_MAX: Duration = Duration::from_secs(24 * 60 * 60);

/// `Retry-After` in seconds, or as a date, which is read by the receiver's own clock.
pub(crate) fn asked(response: &Response) -> Option<Duration> {
    let text = response.header("retry-after")?.trim();
    let pause = match text.parse() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => until(text, response.header("date")?.trim())?,
    };
    Some(pause.min(PAUSE_MAX))
}

/// Zero if it is over.
fn until(then: &str, now: &str) -> Option<Duration> {
    let (then, now) = (httpdate::parse_http_date(then).ok()?, httpdate::parse_http_date(now).ok()?);
    Some(then.duration_since(now).unwrap_or_default())
}
