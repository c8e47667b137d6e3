//! A provider's answer, as a failure tells it. It must not know what it means.

use patchbay_sdk::Failure;

/// How much of a body is looked at, in bytes.
const BODY_MAX: usize = 4096;
const HEADER: &str = "header:";
const NOW: &str = "now-ms";

pub(crate) struct Answer<'a> {
    pub(crate) status: u16,
    /// Names in lower case, in the answer's order; a name may be there more than once.
    headers: Vec<(&'a str, &'a str)>,
    /// In lower case.
    pub(crate) body: String,
    /// Milliseconds since 1970; none if it was not told, and then no date can be read.
    pub(crate) now_ms: Option<u64>,
}

impl<'a> Answer<'a> {
    /// None if the code is no status.
    pub(crate) fn of(failure: &'a Failure) -> Option<Self> {
        let status = failure.code.parse().ok().filter(|status| (100..1000).contains(status))?;
        let headers = failure.attributes.iter();
        let headers = headers.filter_map(|(name, value)| Some((name.strip_prefix(HEADER)?, value)));
        let now_ms = failure.attributes.get(NOW).and_then(|text| text.parse().ok());
        Some(Self { status, headers: headers.collect(), body: beginning(&failure.message), now_ms })
    }

    /// The first value of this name.
    pub(crate) fn header(&self, name: &str) -> Option<&'a str> {
        self.headers.iter().find(|(found, _)| *found == name).and_then(|(_, value)| plain(value))
    }

    pub(crate) fn has_header(&self, name: &str) -> bool {
        self.headers.iter().any(|(found, _)| *found == name)
    }

    /// What follows `prefix` in the names, with the values.
    pub(crate) fn headers_after(&self, prefix: &str) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.headers.iter().filter_map(move |(name, value)| Some((name.strip_prefix(prefix)?, plain(value)?)))
    }
}

fn beginning(message: &str) -> String {
    let bytes = message.as_bytes();
    String::from_utf8_lossy(&bytes[..bytes.len().min(BODY_MAX)]).to_ascii_lowercase()
}

/// A value with other characters than these is none that a pause could be read from.
fn plain(value: &str) -> Option<&str> {
    value.bytes().all(|byte| matches!(byte, b' '..=b'~' | b'\t')).then(|| value.trim())
}
