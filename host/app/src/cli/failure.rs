//! How a command ends badly: one line that says what is wrong, one that says what to do, and an exit status that a
//! script can read.

use std::fmt;
use std::process::ExitCode;

use super::output;

/// Why a command did not do what it was asked.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Failure {
    status: Status,
    /// Somebody else's status that is handed on instead.
    code: Option<u8>,
    message: String,
    hint: Option<String>,
}

/// The exit status; 0 is success.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Status {
    /// It was tried and failed, or was refused.
    Failed = 1,
    /// A value is not what it must be; nothing was tried. Also the parser's own status.
    Usage = 2,
    /// The folder or the port belongs to another process.
    InUse = 3,
    /// What was named does not exist.
    NotFound = 4,
}

impl Failure {
    /// A failure with status 1 and no hint.
    pub fn new(message: impl fmt::Display) -> Self {
        Self { status: Status::Failed, code: None, message: message.to_string(), hint: None }
    }

    #[must_use]
    pub fn status(mut self, status: Status) -> Self {
        self.status = status;
        self
    }

    /// Ends with the status of the program that was run instead.
    #[must_use]
    pub fn code(mut self, code: u8) -> Self {
        self.code = Some(code);
        self
    }

    /// What was named does not exist.
    pub fn is_not_found(&self) -> bool {
        self.status == Status::NotFound
    }

    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    #[cfg(test)]
    pub(super) fn exit(&self) -> Status {
        self.status
    }

    /// Tells the person, and gives the status to exit with.
    pub fn report(&self) -> ExitCode {
        output::note(&self.to_string());
        ExitCode::from(self.code.unwrap_or(self.status as u8))
    }
}

/// `error: …`, and on the next line `hint: …` if there is one.
impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error: {}", one_line(&self.message))?;
        self.hint.iter().try_for_each(|hint| write!(f, "\nhint: {}", one_line(hint)))
    }
}

fn one_line(text: &str) -> String {
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    output::printable(&lines.join("; "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_is_one_line_and_its_hint_another() {
        let failure = Failure::new("two\n  lines \u{1b}[31m").hint("do this");
        assert_eq!(failure.to_string(), "error: two; lines \u{fffd}[31m\nhint: do this");
    }
}
