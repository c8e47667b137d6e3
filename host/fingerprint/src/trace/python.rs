//! Tracebacks of Python: the last one raised counts, in a group the first of its parts.

use super::{FRAMES_MAX, Frame, Reading, exception, joined, named, told};

const HEADER: &str = "Traceback (most recent call last):";
/// Lines above a traceback in which a sentence tells how it follows the one before.
const ABOVE_LINES: usize = 3;

pub(super) fn read(lines: &[&str]) -> Option<Reading> {
    let lines: Vec<&str> = lines.iter().map(|line| without_group(line)).collect();
    let header = start(&lines)?;
    let below = lines.get(header..)?;
    let end = below.iter().position(|line| is_verdict(line))?;
    let (trace, rest) = below.split_at_checked(end)?;
    let (verdict, rest) = rest.split_first()?;
    let (name, message) = exception(verdict).unwrap_or(("Exception", verdict));
    let until =
        rest.iter().position(|line| line.contains(HEADER) || line.starts_with("---")).unwrap_or(rest.len());
    Some(Reading {
        line: header + end,
        exception: Some(name.to_owned()),
        message: message.to_owned(),
        body: joined(rest.get(..until)?),
        frames: frames(trace),
        cause: cause(&lines, header),
        telling: false,
    })
}

/// Where the traceback that counts begins.
fn start(lines: &[&str]) -> Option<usize> {
    let header = |line: &&str| line.contains(HEADER);
    if lines.iter().any(|line| line.contains("Exception Group Traceback")) {
        let first = lines.iter().position(|line| line.starts_with("---") && line.contains(" 1 ---"))?;
        let within = lines.get(first..)?.iter().position(header).map(|at| first + at);
        return within.or_else(|| lines.iter().rposition(header));
    }
    let last = lines.iter().rposition(header);
    // A syntax error has no header: its place comes first.
    last.or_else(|| lines.iter().position(|line| line.starts_with("  File \"") && line.contains("\", line ")))
}

/// The line that names the exception: the first that is not indented.
fn is_verdict(line: &str) -> bool {
    let flush = !line.starts_with([' ', '\t']) && !line.is_empty();
    flush && !line.contains(HEADER) && !line.starts_with("---") && exception(line).is_some()
}

/// Innermost first.
fn frames(trace: &[&str]) -> Vec<Frame> {
    trace.iter().rev().filter_map(|line| frame(line)).take(FRAMES_MAX).collect()
}

/// `File "PATH", line N, in FUNCTION`.
fn frame(line: &str) -> Option<Frame> {
    let (path, rest) = line.trim_start().strip_prefix("File \"")?.split_once("\", line ")?;
    let function = rest.split_once(", in ").map_or("", |(_, function)| function);
    Some(Frame::in_file(path, function))
}

/// What the last one was explicitly raised from.
fn cause(lines: &[&str], header: usize) -> Option<String> {
    let above = lines.get(..header)?;
    let near = above.get(header.saturating_sub(ABOVE_LINES)..)?;
    let direct = near.iter().any(|line| line.contains("the direct cause of the following"));
    let (name, message) = above.iter().rev().filter(|_| direct).find_map(|line| named(line))?;
    Some(told(name, message))
}

/// The line without the border that a group draws to its left.
fn without_group(line: &str) -> &str {
    let inner = line.trim_start();
    if inner == line {
        return line;
    }
    if let Some(rest) = inner.strip_prefix('|') {
        return rest.strip_prefix(' ').unwrap_or(rest);
    }
    let Some(rest) = inner.strip_prefix('+') else { return line };
    rest.find("---").and_then(|at| rest.get(at..)).unwrap_or_else(|| rest.trim_start())
}
