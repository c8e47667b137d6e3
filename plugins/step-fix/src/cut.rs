//! Texts of strangers, cut to what somebody will read.

/// At most `bytes` bytes, and no half character.
pub(crate) fn cut(text: &str, bytes: usize) -> &str {
    let mut end = text.len().min(bytes);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}
