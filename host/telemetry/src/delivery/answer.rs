//! What a collector's answer means: accepted, or not, or not now. It must not know how it came.

use std::time::Duration;

use http::header::{CONTENT_TYPE, DATE, RETRY_AFTER};
use http::response::Parts;
use http::{HeaderMap, StatusCode, Uri};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceResponse;
use prost::Message;

/// The longest pause that is kept; a longer one is taken for this.
const PAUSE_MAX: Duration = Duration::from_secs(60);
/// Of a collector's words, in characters.
const WORDS_MAX: usize = 200;
/// Shorter ones would mask ordinary words.
const SECRET_BYTES_MIN: usize = 6;

/// The collector has the batch.
#[derive(Debug)]
pub(crate) struct Accepted {
    /// Spans that it did not take all the same.
    pub(crate) rejected: usize,
    /// What it has to say of them.
    pub(crate) complaint: Option<String>,
}

/// Why the collector does not have the batch, as far as is known.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DeliveryError {
    #[error("no answer from {endpoint}: {reason}; check the endpoint, and that the collector is up")]
    Unreachable { endpoint: String, reason: String },
    #[error("no whole answer from {endpoint} within {} ms; check the collector, or allow more time", within.as_millis())]
    Timeout { endpoint: String, within: Duration },
    #[error("{endpoint} answered {status}{words}; {}", hint(*status))]
    Refused { endpoint: String, status: StatusCode, words: String, asked: Option<Duration> },
}

impl DeliveryError {
    /// Whether the same batch may be taken later: what OTLP counts as such.
    pub(crate) fn may_pass(&self) -> bool {
        match self {
            Self::Unreachable { .. } | Self::Timeout { .. } => true,
            Self::Refused { status, .. } => matches!(status.as_u16(), 429 | 502..=504),
        }
    }

    /// The pause that the collector asked for.
    pub(crate) fn asked(&self) -> Option<Duration> {
        match self {
            Self::Refused { asked, .. } => *asked,
            Self::Unreachable { .. } | Self::Timeout { .. } => None,
        }
    }
}

/// As protobuf, which is all of `google.rpc.Status` that is read.
#[derive(Clone, PartialEq, prost::Message)]
struct RpcStatus {
    #[prost(string, tag = "2")]
    message: String,
}

/// `sent`: the headers of the request, whose secrets are not repeated if the collector repeats them.
pub(crate) fn read(
    uri: &Uri,
    head: &Parts,
    body: &[u8],
    sent: &HeaderMap,
) -> Result<Accepted, DeliveryError> {
    if head.status.is_success() {
        return Ok(accepted(body, sent));
    }
    let words = said(head, body).filter(|words| !words.is_empty());
    let words = words.map(|words| format!(" ({})", shown(&words, sent))).unwrap_or_default();
    let (endpoint, asked) = (uri.to_string(), pause(&head.headers));
    Err(DeliveryError::Refused { endpoint, status: head.status, words, asked })
}

/// An answer in another form than asked for says nothing more than its status.
fn accepted(body: &[u8], sent: &HeaderMap) -> Accepted {
    let partial = ExportTraceServiceResponse::decode(body).ok().and_then(|answer| answer.partial_success);
    let rejected = partial.as_ref().map_or(0, |partial| partial.rejected_spans);
    let words = partial.map(|partial| shown(&partial.error_message, sent)).unwrap_or_default();
    let rejected = usize::try_from(rejected).unwrap_or(0);
    let complaint = (rejected > 0 || !words.is_empty())
        .then(|| format!("the collector did not take {rejected} spans of a batch: {words:?}"));
    Accepted { rejected, complaint }
}

fn said(head: &Parts, body: &[u8]) -> Option<String> {
    let kind = head.headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    match kind.split(';').next().unwrap_or_default().trim() {
        "application/x-protobuf" => RpcStatus::decode(body).ok().map(|status| status.message),
        "text/plain" | "application/json" => Some(String::from_utf8_lossy(body).into_owned()),
        _ => None,
    }
}

/// In one line, of a bounded length, without what a request keeps to itself.
fn shown(words: &str, sent: &HeaderMap) -> String {
    let secrets = sent.values().filter(|value| value.is_sensitive()).filter_map(|value| value.to_str().ok());
    let secrets = secrets.flat_map(|value| [value, value.rsplit(' ').next().unwrap_or(value)]);
    let masked = secrets
        .filter(|secret| secret.len() >= SECRET_BYTES_MIN)
        .fold(words.to_owned(), |words, secret| words.replace(secret, "…"));
    let line = masked.trim().chars().map(|c| if c.is_control() { ' ' } else { c });
    line.take(WORDS_MAX).collect()
}

/// `Retry-After`: seconds, or a date, which is compared with the collector's own clock.
fn pause(headers: &HeaderMap) -> Option<Duration> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    let after = text(RETRY_AFTER)?;
    let asked = match after.parse::<u64>() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => {
            let (until, now) =
                (httpdate::parse_http_date(after).ok()?, httpdate::parse_http_date(text(DATE)?).ok()?);
            until.duration_since(now).unwrap_or_default()
        }
    };
    Some(asked.min(PAUSE_MAX))
}

fn hint(status: StatusCode) -> &'static str {
    match status.as_u16() {
        401 | 403 => "check the headers: the collector wants a credential",
        404 | 405 | 300..=399 => "check the endpoint: traces are not taken there",
        413 => "make the batches smaller",
        429 | 502..=504 => "the collector has too much to do, or is not up",
        _ => "see the collector's log",
    }
}

#[cfg(test)]
mod tests;
