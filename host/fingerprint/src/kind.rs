//! What kind of failure it is, decided before anything else: whether it passes by itself, is a fault of the work, or of
//! the place where it runs. It must not know fingerprints, retries or fixes.

mod rules;

use serde::{Deserialize, Serialize};

use crate::trace::{self, Reading};
use crate::{Failure, detail, window};

/// What may mend a failure.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Time: a crash, a kill, a timeout, a connection, 429 or 5xx.
    Transient,
    /// Another input, skill or configuration.
    Logical,
    /// A person: a module, a path, a program or a permission is missing.
    Environment,
}

/// A kind and why.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub struct Verdict {
    pub kind: Kind,
    /// The name of the rule that gave it; stable, for people and logs.
    pub rule: &'static str,
}

impl Verdict {
    /// The kind of a failure: the first rule that holds, of its code, of the answer's status, of its words.
    #[must_use]
    pub fn of(failure: &Failure<'_>) -> Self {
        Self::read(failure, &trace::read(&window::looked_at(failure.text)))
    }

    pub(crate) fn read(failure: &Failure<'_>, reading: &Reading) -> Self {
        by_code(failure.code)
            .or_else(|| by_status(status(failure.code, reading)?))
            .or_else(|| by_words(reading))
            .unwrap_or(Self { kind: Kind::Logical, rule: "nothing-else-holds" })
    }
}

/// The signal that ended a process, told as `signal:N` or as an exit code above 128.
pub(crate) fn signal(code: &str) -> Option<u8> {
    const LAST_SIGNAL: u8 = 31;
    let code = code.trim();
    let own = code.strip_prefix("signal:").and_then(|n| n.parse::<u8>().ok());
    own.or_else(|| exit(code)?.checked_sub(128).filter(|n| (1..=LAST_SIGNAL).contains(n)))
}

fn exit(code: &str) -> Option<u8> {
    code.trim().strip_prefix("exit:")?.parse().ok()
}

/// The status of a server's answer, from the code or the message.
pub(crate) fn status(code: &str, reading: &Reading) -> Option<u16> {
    let told = code.trim().strip_prefix("http:").and_then(|n| n.parse().ok());
    told.or_else(|| detail::status(&reading.message))
}

fn by_code(code: &str) -> Option<Verdict> {
    let (kind, rule) = match code.trim() {
        "timeout" | "stuck" | "deadline" => (Kind::Transient, "code-timeout"),
        "lost" | "killed" | "crash" | "trap" => (Kind::Transient, "code-crash"),
        code if signal(code).is_some() => (Kind::Transient, "code-signal"),
        "exit:124" => (Kind::Transient, "code-timeout"),
        "exit:127" => (Kind::Environment, "code-program-missing"),
        // What the contract says of an input or a question that will be as wrong the next time, whatever its words.
        "bad-input" | "invalid" => (Kind::Logical, "code-bad-input"),
        "refused" | "secret" | "address" => (Kind::Environment, "code-not-granted"),
        "exit:126" => (Kind::Environment, "code-program-not-executable"),
        _ => return None,
    };
    Some(Verdict { kind, rule })
}

fn by_status(status: u16) -> Option<Verdict> {
    let (kind, rule) = match status {
        408 | 425 | 429 => (Kind::Transient, "http-busy"),
        500..=599 => (Kind::Transient, "http-5xx"),
        401 | 403 | 407 => (Kind::Environment, "http-permission"),
        400..=499 => (Kind::Logical, "http-4xx"),
        _ => return None,
    };
    Some(Verdict { kind, rule })
}

/// The exception and its message first; what stands below only where they say nothing.
fn by_words(reading: &Reading) -> Option<Verdict> {
    let exception = reading.exception.as_deref().unwrap_or_default();
    let cause = reading.cause.as_deref().unwrap_or_default();
    if cause.is_empty() && rules::PROGRAMMING.contains(&exception) {
        return Some(Verdict { kind: Kind::Logical, rule: "programming-error" });
    }
    let said = format!("{exception}: {}\n{cause}", reading.message);
    rules::of(&said).or_else(|| rules::of(&reading.body))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(code: &str, text: &str) -> (Kind, &'static str) {
        let verdict = Verdict::of(&Failure { code, text, ..Failure::default() });
        (verdict.kind, verdict.rule)
    }

    #[test]
    fn a_code_goes_before_words() {
        assert_eq!(verdict("exit:137", "KeyError: 'a'"), (Kind::Transient, "code-signal"));
        assert_eq!(verdict("signal:9", ""), (Kind::Transient, "code-signal"));
        assert_eq!(verdict("exit:127", ""), (Kind::Environment, "code-program-missing"));
        assert_eq!(verdict("exit:255", ""), (Kind::Logical, "nothing-else-holds"));
        assert_eq!(verdict("http:503", ""), (Kind::Transient, "http-5xx"));
    }

    #[test]
    fn what_is_wrong_with_an_input_or_not_granted_does_not_pass_whatever_its_words() {
        let input = "the input of exec: `timeout_s` is 86401, expected 1 to 86400";
        assert_eq!(verdict("bad-input", input), (Kind::Logical, "code-bad-input"));
        assert_eq!(verdict("invalid", "\"htp://a\" is no URL"), (Kind::Logical, "code-bad-input"));
        let refused = "https://network.test was not granted";
        assert_eq!(verdict("refused", refused), (Kind::Environment, "code-not-granted"));
        assert_eq!(verdict("secret", "\"network\" is not there").0, Kind::Environment);
    }

    #[test]
    fn a_word_inside_a_programming_error_says_nothing() {
        assert_eq!(verdict("exit:1", "KeyError: 'timeout'"), (Kind::Logical, "programming-error"));
        assert_eq!(verdict("exit:1", "读取超时"), (Kind::Transient, "timeout"));
    }
}
