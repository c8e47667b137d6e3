//! Regular expressions that fit whole texts, and those of names, where `-` and `_` are alike.

use std::iter::Peekable;
use std::str::Chars;

use regex_lite::{Regex, RegexBuilder};

use crate::cut::cut;

/// In characters.
const PATTERN_MAX: usize = 500;
/// What a pattern may become, in bytes: `(a{500}){500}` is short, too.
const COMPILED_MAX: usize = 256 * 1024;
const SHOWN_MAX: usize = 100;
/// What each of the two becomes.
const EITHER: &str = "[-_]";

/// Compiled alone first: `a)(b` makes sense between brackets, and is no pattern.
pub(crate) fn anchored(pattern: &str) -> Result<Regex, String> {
    let length = pattern.chars().count();
    if length > PATTERN_MAX {
        return Err(format!("{length} characters, expected at most {PATTERN_MAX}"));
    }
    compiled(pattern)?;
    compiled(&format!(r"\A(?:{pattern})\z"))
}

/// The same for names. Between brackets, as in `[a-z_]`, each means what it says.
pub(crate) fn of_name(pattern: &str) -> Result<Regex, String> {
    anchored(pattern)?;
    compiled(&format!(r"\A(?:{})\z", alike(pattern)))
}

fn compiled(pattern: &str) -> Result<Regex, String> {
    let mut builder = RegexBuilder::new(pattern);
    let builder = builder.dot_matches_new_line(true).size_limit(COMPILED_MAX);
    builder.build().map_err(|error| format!("{error}: {:?}", cut(pattern, SHOWN_MAX)))
}

fn alike(pattern: &str) -> String {
    let (mut rest, mut out) = (pattern.chars().peekable(), String::new());
    while let Some(next) = rest.next() {
        match next {
            '-' | '_' => out.push_str(EITHER),
            '\\' => escape(&mut rest, &mut out),
            '[' => class(&mut rest, &mut out),
            '(' => group(&mut rest, &mut out),
            other => out.push(other),
        }
    }
    out
}

fn escape(rest: &mut Peekable<Chars<'_>>, out: &mut String) {
    match rest.next() {
        Some('-' | '_') => out.push_str(EITHER),
        next => {
            out.push('\\');
            out.extend(next);
        }
    }
}

/// Up to its end. A bracket that comes first is itself, and so is one behind a backslash; `[:alpha:]` is one thing.
fn class(rest: &mut Peekable<Chars<'_>>, out: &mut String) {
    out.push('[');
    out.extend(rest.next_if_eq(&'^'));
    out.extend(rest.next_if_eq(&']'));
    while let Some(next) = rest.next() {
        out.push(next);
        match next {
            ']' => return,
            '\\' => out.extend(rest.next()),
            '[' if rest.peek() == Some(&':') => through(rest, out, &[']']),
            _ => (),
        }
    }
}

/// What a group begins with is no text: `(?<a_name>`, `(?-i:`, `(?-i)`.
fn group(rest: &mut Peekable<Chars<'_>>, out: &mut String) {
    out.push('(');
    if rest.peek() == Some(&'?') {
        through(rest, out, &['>', ':', ')']);
    }
}

fn through(rest: &mut Peekable<Chars<'_>>, out: &mut String, ends: &[char]) {
    for next in rest.by_ref() {
        out.push(next);
        if ends.contains(&next) {
            return;
        }
    }
}
