//! Pieces of output to lines of bounded length, as text that moves nobody's terminal. It must not know what is in them.

use crate::line::LINE_BYTES_MAX;

/// Gathers what one stream writes until a line is whole.
#[derive(Default)]
pub(super) struct Cutter {
    /// Of the line that has not ended: at most [`LINE_BYTES_MAX`].
    held: Vec<u8>,
    /// Bytes of that line that were not held.
    over: u64,
    /// The last line ended with `\r`: a `\n` right after it belongs to that end.
    after_return: bool,
}

impl Cutter {
    /// Hands over each line that these bytes complete.
    pub(super) fn push(&mut self, bytes: &[u8], mut whole: impl FnMut(String)) {
        for part in bytes.split_inclusive(|byte| matches!(byte, b'\n' | b'\r')) {
            let (text, end) = match part.split_last() {
                Some((end @ (b'\n' | b'\r'), text)) => (text, Some(*end)),
                _ => (part, None),
            };
            let belongs = std::mem::take(&mut self.after_return) && text.is_empty() && end == Some(b'\n');
            self.hold(text);
            if end.is_some() && !belongs {
                whole(self.line());
            }
            self.after_return = end == Some(b'\r');
        }
    }

    /// What is left when nothing more comes.
    pub(super) fn rest(&mut self) -> Option<String> {
        (!self.held.is_empty()).then(|| self.line())
    }

    fn hold(&mut self, text: &[u8]) {
        let room = LINE_BYTES_MAX - self.held.len();
        let (held, over) = text.split_at(text.len().min(room));
        self.held.extend_from_slice(held);
        self.over += over.len() as u64;
    }

    fn line(&mut self) -> String {
        let (held, over) = (std::mem::take(&mut self.held), std::mem::take(&mut self.over));
        let text = String::from_utf8(held);
        let text = text.unwrap_or_else(|bad| String::from_utf8_lossy(bad.as_bytes()).into_owned());
        let is_plain = over == 0 && text.len() <= LINE_BYTES_MAX && !text.chars().any(is_escaped);
        if is_plain { text } else { printable(&text, over) }
    }
}

/// What would move a terminal, or forge a line.
fn is_escaped(character: char) -> bool {
    character.is_control() && character != '\t'
}

/// Control characters but the tab are escaped; what makes it too long is cut off and counted.
fn printable(text: &str, over: u64) -> String {
    let mut line = String::with_capacity(text.len());
    for (at, character) in text.char_indices() {
        let begun = line.len();
        match is_escaped(character) {
            true => line.extend(character.escape_default()),
            false => line.push(character),
        }
        if line.len() > LINE_BYTES_MAX {
            line.truncate(begun);
            return cut(line, over + (text.len() - at) as u64);
        }
    }
    if over > 0 { cut(line, over) } else { line }
}

/// With a note at the end, still within the bound.
fn cut(mut line: String, over: u64) -> String {
    let note = |over: u64| format!(" [cut: {over} more bytes]");
    let longest = note(u64::MAX).len();
    let end = line.floor_char_boundary(line.len().min(LINE_BYTES_MAX - longest));
    let over = over + (line.len() - end) as u64;
    line.truncate(end);
    line.push_str(&note(over));
    line.shrink_to_fit();
    line
}

#[cfg(test)]
mod tests;
