//! Pictures that go to a model: which kinds there are, and how many and how large they may be. It must not know what they
//! show, or who asks.

use bytes::Bytes;
use patchbay_types::Digest;

/// Pictures in one question.
pub const IMAGES_MAX: usize = 4;
/// Bytes of one, and of all in one question.
pub const IMAGE_BYTES_MAX: u64 = 2 << 20;
pub const IMAGES_BYTES_MAX: u64 = 4 << 20;

type Begins = fn(&[u8]) -> bool;

/// What providers take, by how the contents begin.
const KINDS: [(&str, Begins); 4] = [
    ("image/png", |bytes| bytes.starts_with(b"\x89PNG\r\n\x1a\n")),
    ("image/jpeg", |bytes| bytes.starts_with(b"\xff\xd8\xff")),
    ("image/gif", |bytes| bytes.starts_with(b"GIF87a") || bytes.starts_with(b"GIF89a")),
    ("image/webp", |bytes| bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP")),
];

/// One picture.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Image {
    /// As whoever kept it called it.
    pub name: String,
    /// One of [`media_type`]'s.
    pub media_type: &'static str,
    /// Of its contents.
    pub digest: Digest,
    pub contents: Bytes,
}

/// The kind of picture that a media type says; none if providers take no such.
pub fn media_type(said: &str) -> Option<&'static str> {
    let said = said.split(';').next().unwrap_or_default().trim();
    KINDS.iter().map(|(kind, _)| *kind).find(|kind| kind.eq_ignore_ascii_case(said))
}

/// Whether the contents are what the media type says: a provider refuses a question with a picture that is none.
pub fn is_what_it_says(media_type: &str, contents: &[u8]) -> bool {
    KINDS.iter().any(|(kind, begins)| *kind == media_type && begins(contents))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_are_known_by_their_media_type_and_their_first_bytes() {
        assert_eq!(media_type("Image/PNG; charset=binary"), Some("image/png"));
        assert_eq!(
            (media_type("image/svg+xml"), media_type("text/plain"), media_type("")),
            (None, None, None)
        );
        assert!(is_what_it_says("image/png", b"\x89PNG\r\n\x1a\nrest"));
        assert!(is_what_it_says("image/webp", b"RIFF\0\0\0\0WEBPVP8 "));
        assert!(
            !is_what_it_says("image/jpeg", b"\x89PNG\r\n\x1a\nrest") && !is_what_it_says("image/png", b"")
        );
    }
}
