//! `Error.stack` of JavaScript engines, also nested as `[cause]` and as an unhandled rejection.

use super::{FRAMES_MAX, Frame, Reading, joined, named, told};

pub(super) fn read(lines: &[&str]) -> Option<Reading> {
    let first = lines.iter().position(|line| frame(line).is_some())?;
    let at = header(lines, first)?;
    let line = lines.get(at)?.trim();
    let known = named(line);
    let (name, message) = known.unwrap_or(("Error", line));
    let below = lines.get(at + 1..)?;
    let cause = below.iter().find_map(|line| line.trim_start().strip_prefix("[cause]: "));
    let until =
        below.iter().position(|line| line.trim_start().starts_with("[cause]: ")).unwrap_or(below.len());
    let (own, _) = below.split_at_checked(until)?;
    let body: Vec<&str> = own.iter().copied().filter(|line| frame(line).is_none()).collect();
    Some(Reading {
        // Other languages write places in the same way: they go before a guess.
        line: known.map_or(0, |_| at),
        exception: Some(name.to_owned()),
        message: reason(message).trim_end_matches([']', '{', ' ']).to_owned(),
        body: joined(&body),
        frames: own.iter().filter_map(|line| frame(line)).take(FRAMES_MAX).collect(),
        cause: cause.and_then(named).map(|(name, message)| told(name, message)),
        telling: false,
    })
}

/// The last line that names an exception and is no part of another's trace; else what stands above the first frame.
fn header(lines: &[&str], first: usize) -> Option<usize> {
    let is_named = |line: &&str| !line.starts_with([' ', '\t']) && named(line).is_some();
    let last_frame = lines.iter().rposition(|line| frame(line).is_some())?;
    let above = lines.get(..last_frame)?;
    let skipped = |line: &&str| {
        line.trim().is_empty()
            || line.starts_with([' ', '='])
            || matches!(line.trim(), "Call log:" | "}" | "^")
    };
    above.iter().rposition(is_named).or_else(|| lines.get(..first)?.iter().rposition(|line| !skipped(line)))
}

/// What a promise was rejected with, where that is all that is known.
fn reason(message: &str) -> &str {
    let reason = message.split_once("rejected with the reason \"").map(|(_, reason)| reason);
    reason.map_or(message, |reason| reason.trim_end_matches(['.', '"']))
}

/// `at FUNCTION (PATH:LINE:COLUMN)` or `at PATH:LINE:COLUMN`.
fn frame(line: &str) -> Option<Frame> {
    let place = line.trim().strip_prefix("at ")?;
    let place = place.trim_end_matches(" {");
    if let Some((function, path)) = place.strip_suffix(')').and_then(|place| place.rsplit_once(" (")) {
        return (path == "<anonymous>" || without_place(path) != path)
            .then(|| Frame::in_file(without_place(path), function));
    }
    let path = place.trim_start_matches("async ");
    let bare = without_place(path);
    (bare != path && !bare.contains(' ')).then(|| Frame::in_file(bare, "<anonymous>"))
}

/// The path without scheme, line and column.
fn without_place(path: &str) -> &str {
    let path = path.strip_prefix("file://").unwrap_or(path);
    let once = without_number(path).unwrap_or(path);
    without_number(once).unwrap_or(once)
}

fn without_number(path: &str) -> Option<&str> {
    let (rest, number) = path.rsplit_once(':')?;
    (!number.is_empty() && number.bytes().all(|b| b.is_ascii_digit())).then_some(rest)
}
