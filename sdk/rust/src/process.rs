//! Programs that were granted, by name, never through a shell. Grant: `process = ["git"]`.
//!
//! ```no_run
//! # fn main() -> Result<(), patchbay_sdk::PluginError> {
//! use patchbay_sdk::process::Command;
//!
//! let output = Command::new("git").args(["status", "--short"]).folder("/srv/notes").run()?;
//! if output.exit.is_success() {
//!     let changed = output.stdout.lines().count();
//! }
//! # Ok(())
//! # }
//! ```

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::error::milliseconds;
use crate::{Attributes, PluginError, host};

/// Lines that are fetched at once.
const LINES: u32 = 256;
/// The longest that [`Command::run_lines`] goes without calling back.
const LINES_WAIT: Duration = Duration::from_secs(5);
/// How long it waits for a program to end that has closed its output.
const EXIT_WAIT: Duration = Duration::from_millis(200);
/// What [`Command::run`] keeps of each stream, in bytes; the beginning goes first.
const KEPT_BYTES_MAX: usize = 1 << 20;

/// What is started, and with what.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Command {
    /// As it was granted: a name that is looked for in `PATH`, or an absolute path.
    pub program: String,
    /// After the program's name.
    pub arguments: Vec<String>,
    /// All that it gets besides `PATH`, `HOME`, `LANG` and `TZ`.
    pub environment: Vec<(String, String)>,
    /// The working folder; none is an empty one of its own.
    pub folder: Option<String>,
    /// What else the host should know.
    pub attributes: Attributes,
    /// Its standard input; empty if none.
    #[serde(skip)]
    pub input: Option<Vec<u8>>,
}

impl Command {
    /// A program, without arguments.
    pub fn new(program: impl Into<String>) -> Self {
        Self {
            program: program.into(),
            arguments: Vec::new(),
            environment: Vec::new(),
            folder: None,
            attributes: Attributes::default(),
            input: None,
        }
    }

    /// One argument more.
    #[must_use]
    pub fn arg(mut self, argument: impl Into<String>) -> Self {
        self.arguments.push(argument.into());
        self
    }

    /// More arguments.
    #[must_use]
    pub fn args<A: Into<String>>(mut self, arguments: impl IntoIterator<Item = A>) -> Self {
        self.arguments.extend(arguments.into_iter().map(Into::into));
        self
    }

    /// One variable of its environment.
    #[must_use]
    pub fn env(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.environment.push((name.into(), value.into()));
        self
    }

    /// Its working folder.
    #[must_use]
    pub fn folder(mut self, folder: impl Into<String>) -> Self {
        self.folder = Some(folder.into());
        self
    }

    /// Its standard input.
    #[must_use]
    pub fn input(mut self, input: impl Into<Vec<u8>>) -> Self {
        self.input = Some(input.into());
        self
    }

    /// The same, with this beside it.
    #[must_use]
    pub fn attribute(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.attributes.push(name, value);
        self
    }

    /// Starts it.
    ///
    /// # Errors
    /// `refused` if it was not granted; it is not there, or does not start.
    pub fn spawn(self) -> Result<Child, PluginError> {
        host::process::spawn(self).map(Child)
    }

    /// Runs it to its end and keeps what it says, at most the last MiB of each stream.
    ///
    /// # Errors
    /// As [`spawn`](Self::spawn). A status other than 0 is none: see [`Exit::is_success`].
    pub fn run(self) -> Result<Output, PluginError> {
        let (mut stdout, mut stderr) = (String::new(), String::new());
        let exit = self.run_lines(|lines| {
            for line in lines {
                keep(if line.stream == "stderr" { &mut stderr } else { &mut stdout }, &line.text);
            }
            Ok(())
        })?;
        Ok(Output { exit, stdout, stderr })
    }

    /// Runs it to its end and hands over its lines as they come. Without any line for 5 s, `each` is called with none,
    /// so that a skill can look at [`job::cancelled`](crate::job::cancelled).
    ///
    /// # Errors
    /// As [`spawn`](Self::spawn), and what `each` says: then the program is ended first.
    pub fn run_lines(
        self,
        mut each: impl FnMut(&[Line]) -> Result<(), PluginError>,
    ) -> Result<Exit, PluginError> {
        let child = self.spawn()?;
        let mut exit = None;
        loop {
            let lines = child.lines(LINES, LINES_WAIT)?;
            if lines.is_empty()
                && let Some(exit) = exit
            {
                return Ok(exit);
            }
            if let Err(error) = each(&lines) {
                child.kill()?;
                return Err(error);
            }
            exit = if lines.is_empty() { child.wait(EXIT_WAIT)? } else { None };
        }
    }
}

/// The end is what matters of a long output.
fn keep(text: &mut String, line: &str) {
    text.push_str(line);
    text.push('\n');
    if text.len() > 2 * KEPT_BYTES_MAX {
        let from = (text.len() - KEPT_BYTES_MAX..text.len()).find(|&at| text.is_char_boundary(at));
        text.drain(..from.unwrap_or(0));
    }
}

/// A program that was started. It does not outlive the call that started it.
#[derive(Debug)]
pub struct Child(host::process::Child);

impl Child {
    /// Lines that have come, at most `count`. Waits for the first one for this long; none at the end, and when none
    /// came in that time.
    ///
    /// # Errors
    /// The host's own.
    pub fn lines(&self, count: u32, wait: Duration) -> Result<Vec<Line>, PluginError> {
        self.0.lines(count, milliseconds(wait))
    }

    /// How it ended; none if it still runs after this long.
    ///
    /// # Errors
    /// The host's own.
    pub fn wait(&self, wait: Duration) -> Result<Option<Exit>, PluginError> {
        self.0.wait(milliseconds(wait))
    }

    /// Ends it and all that it has started: asks, and 5 s later forces.
    ///
    /// # Errors
    /// The host's own.
    pub fn kill(&self) -> Result<(), PluginError> {
        self.0.kill()
    }
}

/// One line that a program wrote.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Line {
    /// `stdout` or `stderr`.
    pub stream: String,
    /// At most 64 KiB, without its end; what is no UTF-8 is replaced.
    pub text: String,
}

/// How a program ended.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Exit {
    /// None when a signal ended it.
    pub code: Option<i32>,
    /// The signal.
    pub signal: Option<i32>,
    /// What newer hosts tell beside all this.
    pub attributes: Attributes,
}

impl Exit {
    /// Whether it ended by itself with 0.
    #[must_use]
    pub fn is_success(&self) -> bool {
        self.code == Some(0)
    }
}

/// As a code of an [`Outcome`](crate::Outcome): `exit:1`, `signal:9`.
impl std::fmt::Display for Exit {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.code, self.signal) {
            (Some(code), _) => write!(formatter, "exit:{code}"),
            (None, Some(signal)) => write!(formatter, "signal:{signal}"),
            (None, None) => formatter.write_str("exit:unknown"),
        }
    }
}

/// What a program said, and how it ended.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Output {
    /// How it ended.
    pub exit: Exit,
    /// Each line with its end; at least its last MiB.
    pub stdout: String,
    /// Each line with its end; at least its last MiB.
    pub stderr: String,
}
