//! Watches a JSON answer go by.

use crate::encoding::Encoding;
use crate::kept::Kept;
use crate::usage::{Stated, Usage};

/// Watches a JSON answer: keeps it up to 1 MiB, beyond that its last 64 KiB, where `usage` stands.
pub struct BodyTee {
    encoding: Encoding,
    kept: Kept,
    bytes: u64,
}

const BODY_MAX: usize = 1024 * 1024;

impl BodyTee {
    /// With the `Content-Encoding` of the answer.
    #[must_use]
    pub fn new(content_encoding: Option<&str>) -> Self {
        Self { encoding: Encoding::named(content_encoding), kept: Kept::up_to(BODY_MAX), bytes: 0 }
    }

    pub fn push(&mut self, bytes: &[u8]) {
        let kept = &mut self.kept;
        self.encoding.read(bytes, |piece| kept.push(piece));
        self.bytes += bytes.len() as u64;
    }

    /// The usage that the answer states; of an answer that was cut off or is too long, the last that its end states.
    #[must_use]
    pub fn finish(self) -> Option<Usage> {
        let json = self.kept.bytes();
        let whole = if self.kept.is_whole() { Usage::in_json(json) } else { None };
        whole.or_else(|| Stated::in_tail(json).map(|stated| stated.usage()))
    }

    /// How many bytes went by, as they came: for an estimate where nothing is stated.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.bytes
    }
}
