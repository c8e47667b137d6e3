//! An error that came as an event: of which status it would have been as an answer.

use bytes::Bytes;
use serde_json::Value;

use crate::error_word::status_of;

/// An error that a stream began with.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StreamError {
    /// 400 to 599, if it says so in a number or by a word that is known.
    pub status: Option<u16>,
    /// The event's data, at most 4 KiB of it; JSON as a rule.
    pub json: Bytes,
}

/// As much of it is kept.
const JSON_BYTES_MAX: usize = 4 * 1024;

impl StreamError {
    pub(super) fn of(data: &[u8]) -> Self {
        let event: Value = serde_json::from_slice(data).unwrap_or_default();
        let kept = data.get(..JSON_BYTES_MAX).unwrap_or(data);
        Self { status: status(&event), json: Bytes::copy_from_slice(kept) }
    }
}

/// A number says more than a word, and a `code` more than a `type`.
fn status(event: &Value) -> Option<u16> {
    let inside = event.get("response").and_then(|response| response.get("error"));
    let places = [event.get("error"), inside, Some(event)];
    let stated = |names: [&str; 4], read: fn(&Value) -> Option<u16>| {
        let of = |place: &Value| names.iter().find_map(|name| read(place.get(name)?));
        places.into_iter().flatten().find_map(of)
    };
    stated(["status", "code", "http_code", "status_code"], number)
        .or_else(|| stated(["code", "type", "status", "error"], word))
}

fn number(value: &Value) -> Option<u16> {
    let number = value.as_u64().or_else(|| value.as_str()?.parse().ok())?;
    u16::try_from(number).ok().filter(|status| (400..=599).contains(status))
}

fn word(value: &Value) -> Option<u16> {
    value.as_str().and_then(status_of)
}
