//! What came back, as much of it as the next task can use.

use std::collections::BTreeMap;

use patchbay_sdk::http::Response;
use serde_json::{Value, json};

/// Of a body in the output; all of it is in the artifact, if one was asked for.
pub(crate) const TEXT_MAX: usize = 64 * 1024;
/// A pause of a day is all that is believed.
const RETRY_AFTER_S_MAX: u64 = 24 * 60 * 60;
const UNKNOWN_MEDIA_TYPE: &str = "application/octet-stream";

pub(crate) struct Answer {
    pub(crate) status: u16,
    /// Names in lower case; values of the same name are one, with commas.
    headers: BTreeMap<String, String>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn of(response: &Response) -> Self {
        let mut headers = BTreeMap::<String, String>::new();
        for (name, value) in &response.headers {
            let joined =
                headers.remove(name).map_or_else(|| value.clone(), |first| format!("{first}, {value}"));
            headers.insert(name.clone(), joined);
        }
        Self { status: response.status, headers, body: response.body().to_vec() }
    }

    pub(crate) fn media_type(&self) -> &str {
        self.headers.get("content-type").map_or(UNKNOWN_MEDIA_TYPE, String::as_str)
    }

    /// Only seconds: to read a date it would need a clock that agrees with the server's.
    pub(crate) fn retry_after_ms(&self) -> Option<u64> {
        let seconds: u64 = self.headers.get("retry-after")?.trim().parse().ok()?;
        Some(seconds.min(RETRY_AFTER_S_MAX) * 1000)
    }

    pub(crate) fn output(&self) -> Value {
        json!({ "status": self.status, "headers": self.headers, "body": text(&self.body) })
    }
}

/// The beginning, without the half of a character that the cut would leave.
fn text(body: &[u8]) -> String {
    let mut end = body.len().min(TEXT_MAX);
    while end < body.len() && end > 0 && is_continuation(body[end]) {
        end -= 1;
    }
    String::from_utf8_lossy(&body[..end]).into_owned()
}

/// Of a character of several bytes in UTF-8, any but the first.
fn is_continuation(byte: u8) -> bool {
    byte & 0b1100_0000 == 0b1000_0000
}
