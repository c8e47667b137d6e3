//! Traces of the JVM: the innermost `Caused by` counts; where it has no frame of one's own, the outer ones do.

use super::{FRAMES_MAX, Frame, Reading, exception};

pub(super) fn read(lines: &[&str]) -> Option<Reading> {
    let first = lines.iter().position(|line| frame(line).is_some())?;
    let root = lines.iter().rposition(|line| line.trim_start().starts_with("Caused by: "));
    let at = match root {
        Some(root) => root,
        None => lines.get(..first)?.iter().rposition(|line| exception(without_lead(line)).is_some())?,
    };
    let (name, message) = exception(without_lead(lines.get(at)?))?;
    let inner = lines.get(at..)?.iter().filter_map(|line| frame(line));
    let outer = lines.get(..at)?.iter().filter_map(|line| frame(line));
    Some(Reading {
        line: at,
        exception: Some(name.to_owned()),
        message: message.to_owned(),
        frames: inner.chain(outer).take(FRAMES_MAX).collect(),
        ..Reading::default()
    })
}

/// Without `Caused by:` or `Exception in thread "NAME"`.
fn without_lead(line: &str) -> &str {
    let line = line.trim_start().trim_start_matches("Caused by: ");
    let named = line.strip_prefix("Exception in thread \"").and_then(|rest| rest.split_once("\" "));
    named.map_or(line, |(_, rest)| rest)
}

/// `at MODULE/PACKAGE.CLASS.METHOD(FILE.java:LINE)`.
fn frame(line: &str) -> Option<Frame> {
    let (symbol, place) = line.trim_start().strip_prefix("at ")?.strip_suffix(')')?.rsplit_once('(')?;
    let known = [".java", ".kt", ".scala", ".groovy", "Native Method", "Unknown Source"];
    if symbol.contains(' ') || !known.iter().any(|known| place.contains(known)) {
        return None;
    }
    let symbol = symbol.rsplit_once('/').map_or(symbol, |(_, symbol)| symbol);
    Some(Frame::of_symbol(symbol, ".", ""))
}
