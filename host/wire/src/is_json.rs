//! Whether a whole answer is JSON, which a call of a model is answered with.

use serde::de::IgnoredAny;

use crate::encoding::Encoding;

/// Of a packed body no more than this is unpacked.
const UNPACKED_MAX: usize = 4 * 1024 * 1024;

/// Whether `body` is one JSON text and nothing else. None if that cannot be told: of an encoding that is not read, or
/// more than 4 MiB unpacked.
#[must_use]
pub fn is_json(content_encoding: Option<&str>, body: &[u8]) -> Option<bool> {
    let mut encoding = Encoding::named(content_encoding);
    if encoding.is_plain() {
        return Some(is_text(body));
    }
    let mut unpacked = Vec::new();
    encoding.read(body, |piece| {
        if unpacked.len() <= UNPACKED_MAX {
            unpacked.extend_from_slice(piece);
        }
    });
    (encoding.is_known() && unpacked.len() <= UNPACKED_MAX).then(|| is_text(&unpacked))
}

fn is_text(json: &[u8]) -> bool {
    serde_json::from_slice::<IgnoredAny>(json).is_ok()
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
            assert_eq!(is_json(encoding, body), expect, "{encoding:?} {:?}", String::from_utf8_lossy(body));
        };
        check(None, b" {\"a\":[1e999,\"\\ud83d\"]}\n", Some(true));
        check(Some("identity"), b"[]", Some(true));
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
}
