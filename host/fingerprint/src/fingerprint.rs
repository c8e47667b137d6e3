//! The fingerprint, version 1: a hash over a canonical text that people can read. An upgrade never regroups what is
//! grouped, so this version never changes again: another rule is another version. It must not know kinds' remedies.

use std::fmt;

use patchbay_types::Digest;
use serde::{Deserialize, Serialize};

use crate::kind::{signal, status};
use crate::template::template;
use crate::trace::{self, Frame, Reading, is_generic};
use crate::{Failure, detail, window};

/// Characters of a basis.
pub const BASIS_CHARS_MAX: usize = 1_200;

/// Frames of one's own that count, innermost first: the caller's caller differs from one entry to another.
const FRAMES: usize = 2;
/// Hexadecimal digits of the hash.
const HASH_DIGITS: usize = 32;
/// Characters of one line of the basis.
const LINE_CHARS_MAX: usize = 240;

/// Which rules made a fingerprint.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub enum Version {
    #[serde(rename = "fp1")]
    V1,
}

/// What makes failures one problem. Shown as `fp1:` and 32 hexadecimal digits.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Fingerprint {
    pub version: Version,
    /// 32 hexadecimal digits: the first half of the SHA-256 of the basis.
    pub hash: String,
    /// What was hashed: lines of `name: value`, at most [`BASIS_CHARS_MAX`] characters. It shows why two are one.
    pub basis: String,
}

impl Fingerprint {
    /// The fingerprint by the rules of version 1. The basis is the first of:
    ///
    /// 1. `explicit`, where the skill gave one;
    /// 2. `type`, and `at` for each of the two innermost frames of one's own;
    /// 3. `type`, `message` without its parameters, and `step`.
    ///
    /// To 2 and 3 come, where the failure says so: `http` (status and path), `selector` (element of a page), `blocked`
    /// (why it took no click), `missing` (module, path, program, permission), `cause` (what it was raised from), `signal`.
    /// To 2 comes the message where the type says nothing (`Error`, `ValueError`, a panic) or the innermost function has
    /// no name. To 3 comes `code` where there is no type. A server's status with its path stands alone for 3.
    #[must_use]
    pub fn v1(failure: &Failure<'_>) -> Self {
        let basis: String = basis(failure).chars().take(BASIS_CHARS_MAX).collect();
        let hash = Digest::of(basis.as_bytes()).hex().chars().take(HASH_DIGITS).collect();
        Self { version: Version::V1, hash, basis }
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Version::V1 = self.version;
        write!(f, "fp1:{}", self.hash)
    }
}

fn basis(failure: &Failure<'_>) -> String {
    if let Some(explicit) = failure.explicit.map(str::trim).filter(|explicit| !explicit.is_empty()) {
        return line("explicit", explicit);
    }
    let reading = trace::read(&window::looked_at(failure.text));
    let frames = own_frames(&reading, failure.in_app);
    let details = Details::of(failure, &reading);
    if frames.is_empty() {
        by_message(failure, &reading, &details)
    } else {
        by_frames(&reading, &frames, &details)
    }
}

fn by_frames(reading: &Reading, frames: &[String], details: &Details) -> String {
    let exception = reading.exception.as_deref().unwrap_or_default();
    let at: String = frames.iter().map(|frame| line("at", frame)).collect();
    let nameless = frames.first().is_some_and(|frame| frame.ends_with('>'));
    let says = reading.telling || nameless || is_generic(exception);
    let message =
        if says && details.http.is_none() { line("message", &message(reading)) } else { String::new() };
    line("type", exception) + &at + &message + &details.lines()
}

fn by_message(failure: &Failure<'_>, reading: &Reading, details: &Details) -> String {
    let step = line("step", failure.step.unwrap_or_default().trim());
    if details.has_path {
        return details.lines() + &step;
    }
    let exception = reading.exception.as_deref().unwrap_or_default();
    let code = if exception.is_empty() && signal(failure.code).is_none() { failure.code.trim() } else { "" };
    let timed_out = details.selector.is_some() && exception.contains("Timeout");
    let unsaid = timed_out || (ends_by_itself(failure.code) && !reading.telling && exception.is_empty());
    let message = if unsaid { String::new() } else { line("message", &message(reading)) };
    line("type", exception) + &message + &details.lines() + &line("code", code) + &step
}

/// The code says it all: what was said last is no error.
fn ends_by_itself(code: &str) -> bool {
    signal(code).is_some() || matches!(code.trim(), "timeout" | "stuck" | "deadline" | "lost" | "killed")
}

/// Without the level and the date that a log puts before it.
fn message(reading: &Reading) -> String {
    const LEADS: &[&str] = &[
        "<date>", "[<date>]", "ERROR", "FATAL", "CRITICAL", "WARNING", "WARN", "INFO", "Error:", "错误",
        "[ERROR]", "[error]", "error:", ":", "-", " ",
    ];
    let said = template(&reading.message);
    let mut rest = said.as_str();
    while let Some(shorter) = LEADS.iter().find_map(|lead| rest.strip_prefix(lead)) {
        rest = shorter;
    }
    rest.trim_end_matches(['.', '!', '?', ' ']).to_owned()
}

/// The innermost frames of one's own. A body of a module counts only where there is nothing else.
fn own_frames(reading: &Reading, prefixes: &[&str]) -> Vec<String> {
    let own: Vec<&Frame> = reading.frames.iter().filter(|frame| frame.is_own(prefixes)).collect();
    let bodies = own.iter().all(|frame| frame.function == "<module>");
    let named = own.iter().filter(|frame| bodies || frame.function != "<module>");
    let mut frames: Vec<String> = named.map(ToString::to_string).collect();
    frames.dedup();
    frames.truncate(if overflowed(reading) { 1 } else { FRAMES });
    frames
}

/// A stack ran over: how deep its end lies, and so who called, is chance.
fn overflowed(reading: &Reading) -> bool {
    matches!(reading.exception.as_deref(), Some("RecursionError" | "StackOverflowError" | "RangeError"))
}

/// What tells failures of one place apart.
struct Details {
    http: Option<String>,
    has_path: bool,
    selector: Option<String>,
    blocked: Option<String>,
    missing: Option<String>,
    cause: Option<String>,
    signal: Option<u8>,
}

impl Details {
    fn of(failure: &Failure<'_>, reading: &Reading) -> Self {
        let status = status(failure.code, reading);
        let path = status.and_then(|_| detail::path(&reading.message));
        let http = status.map(|status| format!("{status} {}", path.as_deref().unwrap_or_default()));
        let exception = reading.exception.as_deref().unwrap_or_default();
        Self {
            http,
            has_path: path.is_some(),
            selector: detail::selector(&reading.message).or_else(|| detail::selector(&reading.body)),
            blocked: detail::blocked(&reading.body).map(str::to_owned),
            missing: detail::missing(exception, &reading.message).filter(|_| status.is_none()),
            cause: reading.cause.as_deref().map(template),
            signal: signal(failure.code),
        }
    }

    fn lines(&self) -> String {
        let signal = self.signal.map(|number| number.to_string());
        let lines = [
            ("http", &self.http),
            ("selector", &self.selector),
            ("blocked", &self.blocked),
            ("missing", &self.missing),
            ("cause", &self.cause),
            ("signal", &signal),
        ];
        lines.into_iter().map(|(name, value)| line(name, value.as_deref().unwrap_or_default())).collect()
    }
}

/// One line of the basis; nothing for an empty value.
fn line(name: &str, value: &str) -> String {
    let value: String =
        value.trim().chars().map(|c| if c == '\n' { ' ' } else { c }).take(LINE_CHARS_MAX).collect();
    if value.is_empty() { value } else { format!("{name}: {value}\n") }
}

#[cfg(test)]
mod tests;
