//! A stranger's words in a sentence: never more of them than a person reads. It must not know what they are about.

use patchbay_process::{Line, Stream};

/// Of a text that a sentence repeats, in characters.
const QUOTE_CHARACTERS_MAX: usize = 100;
/// Of what a program wrote last, in characters.
const TAIL_CHARACTERS: usize = 3_000;
/// Of these, at most so many from its standard error.
const ERRORS_CHARACTERS: usize = 2_000;
/// When a tail is cut, in bytes: not at each line.
const TAIL_BYTES_MAX: usize = 64 * 1024;

/// Its beginning.
pub(crate) fn shown(text: &str) -> String {
    cut(text, QUOTE_CHARACTERS_MAX)
}

/// Its first characters, and a sign if there are more.
pub(crate) fn cut(text: &str, characters_max: usize) -> String {
    match text.char_indices().nth(characters_max) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// The last lines of what a program writes. Its two streams are read at the same time, and which of them comes first
/// says little; so each has a tail of its own, and a few words of error are not lost behind much output.
#[derive(Default)]
pub(crate) struct Tail {
    output: String,
    errors: String,
}

impl Tail {
    pub(crate) fn push(&mut self, line: &Line) {
        let kept = match line.stream {
            Stream::Stdout => &mut self.output,
            Stream::Stderr => &mut self.errors,
        };
        kept.push_str(&line.text);
        kept.push('\n');
        if kept.len() > TAIL_BYTES_MAX {
            keep_last(kept, TAIL_CHARACTERS);
        }
    }

    /// Output, then errors: together at most 3,000 characters.
    pub(crate) fn into_text(mut self) -> String {
        keep_last(&mut self.errors, ERRORS_CHARACTERS);
        let left = TAIL_CHARACTERS - self.errors.chars().count();
        keep_last(&mut self.output, left);
        let text = self.output + &self.errors;
        text.trim_end().to_owned()
    }
}

fn keep_last(text: &mut String, characters: usize) {
    let first = text.char_indices().rev().nth(characters.saturating_sub(1));
    text.drain(..first.map_or(0, |(start, _)| start));
}
