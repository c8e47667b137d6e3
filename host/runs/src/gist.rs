//! What a line says, without its numbers and times: two with one gist say the same again. It must not know who repeats
//! itself, nor what is done about it.

use patchbay_types::stable_hash;

use crate::line::LINE_BYTES_MAX;

/// Letters and digits in one word that count as an id, if they are all hexadecimal.
const ID_CHARACTERS_MIN: usize = 4;
/// What joins the numbers of one time, version or path of numbers.
const JOINTS: [char; 8] = ['.', ':', ',', '-', '/', '_', '+', '#'];

/// A number for what a line says: the same here and always. Numbers, dates, times, durations (`950ms`), hexadecimal ids,
/// colours of a terminal and how wide its gaps are do not count. Of a longer text, the first [`LINE_BYTES_MAX`] bytes do.
#[must_use]
pub fn gist(text: &str) -> u64 {
    let end = text.floor_char_boundary(LINE_BYTES_MAX);
    stable_hash(&template(text.get(..end).unwrap_or_default()))
}

/// The line with `#` for each number and one space for each gap.
fn template(text: &str) -> String {
    let mut template = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '\u{1b}' => escape(rest),
            first if first.is_whitespace() => gap(rest, &mut template),
            first if first.is_alphanumeric() => word(rest, &mut template),
            first => other(first, &mut template),
        };
        rest = rest.get(length..).unwrap_or_default();
    }
    template.truncate(template.trim_end().len());
    template
}

/// An escape sequence of a terminal: `ESC [`, parameters, one letter (ECMA-48, 5.4).
fn escape(rest: &str) -> usize {
    let Some(sequence) = rest.strip_prefix("\u{1b}[") else { return 1 };
    let parameters = sequence.find(|c: char| !matches!(c, '0'..='?')).unwrap_or(sequence.len());
    2 + parameters + sequence.get(parameters..).and_then(|end| end.chars().next()).map_or(0, char::len_utf8)
}

fn gap(rest: &str, template: &mut String) -> usize {
    if !template.is_empty() {
        template.push(' ');
    }
    rest.len() - rest.trim_start().len()
}

fn other(character: char, template: &mut String) -> usize {
    template.push(character);
    character.len_utf8()
}

fn word(rest: &str, template: &mut String) -> usize {
    let length = rest.find(|c: char| !c.is_alphanumeric()).unwrap_or(rest.len());
    let word = rest.get(..length).unwrap_or(rest);
    match is_number(word, template.ends_with("#-")) {
        true => number(template),
        false => letters(word, template),
    }
    length
}

/// It begins with a digit, as `17` and `950ms` do, or is an id, `c1d2e4`, or a part of one that needs no digit.
fn is_number(word: &str, is_part: bool) -> bool {
    let is_id = word.len() >= ID_CHARACTERS_MIN
        && word.bytes().all(|b| b.is_ascii_hexdigit())
        && (is_part || word.bytes().any(|b| b.is_ascii_digit()));
    is_id || word.starts_with(|c: char| c.is_numeric())
}

/// One `#`, also for what is only another part of the number before: `12:03:44.1` is one.
fn number(template: &mut String) {
    let joints = template.trim_end_matches(JOINTS).len();
    match template.get(joints..).and_then(|joints| joints.rfind('#')) {
        Some(before) => template.truncate(joints + before + 1),
        None => template.push('#'),
    }
}

/// A word with numbers in it, as `step3`.
fn letters(word: &str, template: &mut String) {
    for character in word.chars() {
        match character.is_numeric() {
            true if template.ends_with('#') => {}
            true => template.push('#'),
            false => template.push(character),
        }
    }
}

#[cfg(test)]
mod tests;
