//! A whole answer to a call of a model: whether it is JSON, and what it states of its usage, in one pass.

use serde::de::IgnoredAny;

use crate::encoding::Encoding;
use crate::usage::{Stated, Usage};

/// Of a packed body no more than this is unpacked.
const UNPACKED_MAX: usize = 4 * 1024 * 1024;

/// What a whole answer is found to be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum WholeAnswer {
    /// One JSON text and nothing else, and the usage that it states.
    Json(Option<Usage>),
    NotJson,
    /// It cannot be told: of an encoding that is not read, or more than 4 MiB unpacked.
    Unknown,
}

impl WholeAnswer {
    #[must_use]
    pub fn read(content_encoding: Option<&str>, body: &[u8]) -> Self {
        let mut encoding = Encoding::named(content_encoding);
        if encoding.is_plain() {
            return Self::of_text(body);
        }
        let mut unpacked = Vec::new();
        encoding.read(body, |piece| {
            if unpacked.len() <= UNPACKED_MAX {
                unpacked.extend_from_slice(piece);
            }
        });
        match encoding.is_known() && unpacked.len() <= UNPACKED_MAX {
            true => Self::of_text(&unpacked),
            false => Self::Unknown,
        }
    }

    fn of_text(text: &[u8]) -> Self {
        match Stated::in_answer(text) {
            Ok(stated) => {
                let stated = stated.or_else(|| Stated::in_tail(text));
                Self::Json(stated.map(|stated| stated.usage()))
            }
            // What is looked at for the usage is read more closely than JSON asks for.
            Err(_) if serde_json::from_slice::<IgnoredAny>(text).is_ok() => {
                Self::Json(Stated::in_tail(text).map(|stated| stated.usage()))
            }
            Err(_) => Self::NotJson,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn an_answer_is_json_or_it_is_not_or_nobody_knows() {
        let check = |encoding: Option<&str>, body: &[u8], expect: Option<bool>| {
            let is_json = match WholeAnswer::read(encoding, body) {
                WholeAnswer::Json(_) => Some(true),
                WholeAnswer::NotJson => Some(false),
                WholeAnswer::Unknown => None,
            };
            assert_eq!(is_json, expect, "{encoding:?} {:?}", String::from_utf8_lossy(body));
        };
        check(None, b" {\"a\":[1e999,\"\\ud83d\"]}\n", Some(true));
        check(Some("identity"), b"[]", Some(true));
        check(None, br#"{"usage":{"prompt_tokens":"\ud83d"}}"#, Some(true));
        check(None, br#"{"usage":"#, Some(false));
        check(None, b"", Some(false));
        check(None, b"{\"a\":1", Some(false));
        check(None, b"{} {}", Some(false));
        check(None, b"<html></html>", Some(false));
        check(Some("br"), b"{}", None);
        check(Some("gzip"), b"{\"packed\":false}", None);
        check(Some("gzip"), &gzip(b"{}"), Some(true));
        check(Some("gzip"), &gzip(b"{"), Some(false));
        check(Some("gzip"), &gzip(b"{}")[..12], Some(false));
        check(Some("gzip"), &gzip(&vec![b' '; UNPACKED_MAX + 1]), None);
    }

    #[test]
    fn the_usage_is_read_with_it() {
        let json = br#"{"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":3}}"#;
        let usage = Usage::in_json(json);
        assert!(usage.is_some());
        assert_eq!(WholeAnswer::read(None, json), WholeAnswer::Json(usage));
        assert_eq!(WholeAnswer::read(Some("gzip"), &gzip(json)), WholeAnswer::Json(usage));
        assert_eq!(WholeAnswer::read(None, b"{}"), WholeAnswer::Json(None));
        let deeper = br#"{"data":{"usage":{"prompt_tokens":9,"completion_tokens":3}}}"#;
        assert_eq!(WholeAnswer::read(None, deeper), WholeAnswer::Json(usage));
    }
}
