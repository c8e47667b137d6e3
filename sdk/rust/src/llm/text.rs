//! Texts of strangers and of models, made fit for a prompt, an attribute or a terminal. It must not know what they mean.

/// A text as one line of at most `chars` characters: blanks, line ends and control characters become one space; what is
/// cut is marked by `…`.
#[must_use]
pub fn line(text: &str, chars: usize) -> String {
    let visible: String = text.chars().filter(|found| !is_invisible(*found)).collect();
    let words = visible.split(|found: char| found.is_whitespace() || found.is_control());
    let joined = words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    beginning(&joined, chars)
}

/// A text of several lines of at most `chars` characters: of the control characters only line ends and tabs stay; what
/// is cut is marked by `…`.
#[must_use]
pub fn block(text: &str, chars: usize) -> String {
    let stays = |found: &char| matches!(found, '\n' | '\t') || !(found.is_control() || is_invisible(*found));
    let shown: String = text.chars().filter(stays).collect();
    beginning(shown.trim(), chars)
}

/// The end of a text, of at most `bytes` bytes, whole characters. What was cut in front of it is told in a first line of
/// its own, which comes on top.
#[must_use]
pub fn end_of(text: &str, bytes: usize) -> String {
    let mut start = text.len().saturating_sub(bytes);
    while !text.is_char_boundary(start) {
        start += 1;
    }
    match text.get(start..) {
        Some(end) if start > 0 => format!("[{start} bytes were cut here]\n{end}"),
        _ => text.to_owned(),
    }
}

fn beginning(text: &str, chars: usize) -> String {
    if text.char_indices().nth(chars).is_none() {
        return text.to_owned();
    }
    let kept = text.char_indices().nth(chars.saturating_sub(1)).map_or(0, |(end, _)| end);
    text.get(..kept).unwrap_or_default().trim_end().to_owned() + "…"
}

/// Characters that turn or hide what stands beside them: zero-width ones, marks of direction, the byte order mark.
fn is_invisible(found: char) -> bool {
    matches!(found, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}
