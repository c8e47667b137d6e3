//! What a text says went wrong: the exception, its message, the frames of the trace, what it was caused by.
//! It must not know fingerprints or kinds.

mod frame;
mod go;
mod java;
mod node;
mod plain;
mod python;
mod rust;

pub(crate) use frame::Frame;

/// The last error of a text.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub(crate) struct Reading {
    /// The line that names it.
    pub(crate) line: usize,
    /// The exception's own name, without its module.
    pub(crate) exception: Option<String>,
    /// Its first line, as it stands.
    pub(crate) message: String,
    /// What stands below the message: call log, details, hints.
    pub(crate) body: String,
    /// Innermost first.
    pub(crate) frames: Vec<Frame>,
    /// The exception that it was raised from, with its message.
    pub(crate) cause: Option<String>,
    /// The message says what happened and does not depend on the frames, as with a panic.
    pub(crate) telling: bool,
}

/// Bytes of a message's first line that are looked at.
const MESSAGE_BYTES_MAX: usize = 1_000;
/// Bytes below the message that are kept.
const BODY_BYTES_MAX: usize = 4_000;
/// Frames of a trace that are kept, innermost first.
const FRAMES_MAX: usize = 64;

pub(crate) fn read(text: &str) -> Reading {
    let lines: Vec<&str> = text.lines().collect();
    // Of two on one line the later reader is asked first: what it needs is more particular.
    let readers = [node::read, java::read, go::read, rust::read, python::read];
    let last = readers.iter().filter_map(|read| read(&lines)).max_by_key(|reading| reading.line);
    let mut reading = last.unwrap_or_else(|| plain::read(&lines));
    if reading.message.trim_end().ends_with(':') {
        continue_below(&mut reading);
    }
    reading.message.truncate(reading.message.floor_char_boundary(MESSAGE_BYTES_MAX));
    if let Some(cause) = &mut reading.cause {
        cause.truncate(cause.floor_char_boundary(MESSAGE_BYTES_MAX));
    }
    reading.body.truncate(reading.body.floor_char_boundary(BODY_BYTES_MAX));
    reading
}

/// A message that ends with a colon goes on in the two lines below it.
fn continue_below(reading: &mut Reading) {
    for line in reading.body.lines().filter(|line| !line.is_empty()).take(2) {
        reading.message.push(' ');
        reading.message.push_str(line);
    }
}

/// Exceptions whose name says nothing, or that a library raises for all that can go wrong: their message tells them
/// apart.
pub(crate) fn is_generic(exception: &str) -> bool {
    #[rustfmt::skip]
    const GENERIC: &[&str] = &[
        "Error", "Exception", "RuntimeError", "ValueError", "RuntimeException", "panic",
        "IllegalStateException", "IllegalArgumentException", "InvalidOperationException", "OSError",
        "IOException", "OperationalError", "ProgrammingError", "DatabaseError", "InternalError",
        "ClientError", "ResponseError", "ApiError", "APIError", "RpcError", "InactiveRpcError",
        "SQLException", "PSQLException", "WebDriverException", "DOMException",
    ];
    GENERIC.contains(&exception)
}

/// `a.b.NameError: message` as (`NameError`, `message`), where the name is one that exceptions have.
fn named(line: &str) -> Option<(&str, &str)> {
    const ENDS: &[&str] =
        &["Error", "Exception", "Rejection", "Timeout", "Interrupt", "Fault", "Warning", "Violation"];
    let (name, message) = exception(line)?;
    ENDS.iter().any(|end| name.ends_with(end)).then_some((name, message))
}

/// As [`named`], of any name.
fn exception(line: &str) -> Option<(&str, &str)> {
    let line = line.trim_start_matches("Uncaught ").trim_start_matches('[');
    let in_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '$' | '\\');
    let end = line.find(|c| !in_name(c)).unwrap_or(line.len());
    let (name, rest) = line.split_at_checked(end)?;
    let name = name.rsplit(['.', '\\']).next()?.trim_start_matches('_');
    if !name.starts_with(|c: char| c.is_alphabetic()) {
        return None;
    }
    let rest = without_code(rest);
    match rest.strip_prefix(':') {
        Some(message) if message.is_empty() || message.starts_with(' ') => Some((name, message.trim())),
        None if rest.trim().is_empty() => Some((name, "")),
        _ => None,
    }
}

/// Node writes ` [ERR_CODE]` between name and colon.
fn without_code(rest: &str) -> &str {
    rest.strip_prefix(" [").and_then(|code| code.split_once(']')).map_or(rest, |(_, rest)| rest)
}

fn joined(lines: &[&str]) -> String {
    let mut text = String::new();
    for line in lines {
        if text.len() > BODY_BYTES_MAX {
            break;
        }
        text.push_str(line.trim());
        text.push('\n');
    }
    text
}

fn told(name: &str, message: &str) -> String {
    format!("{name} {message}").trim().to_owned()
}

#[cfg(test)]
mod tests;
