//! What is started, and how much of it is kept. It must not know how a program runs.

use std::ffi::OsString;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use bytes::Bytes;

/// Of a text from outside that a message repeats, in characters.
const QUOTE_CHARACTERS_MAX: usize = 100;

/// A program and all that it is given.
#[derive(Clone, Debug)]
pub struct Command {
    /// Its file, from [`crate::find`].
    pub program: PathBuf,
    pub arguments: Vec<OsString>,
    /// All of it, but for the mark of who started it ([`crate::Mark`]): nothing of the host's own is added. See
    /// [`crate::base_environment`].
    pub environment: Vec<(String, String)>,
    /// Where it runs, absolute.
    pub folder: PathBuf,
    /// Its standard input; it ends after the last byte.
    pub input: Bytes,
}

/// What bounds a child's output and its end.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// A longer line comes in pieces.
    pub line_bytes_max: usize,
    /// Lines that wait to be taken. When there are as many, nothing more is read, and the child waits.
    pub lines_max: usize,
    /// Of the same lines, in bytes.
    pub output_bytes_max: usize,
    /// Between asking it to end and forcing it.
    pub grace: Duration,
    /// How long its output is read after it has ended, when something that it started keeps it open.
    pub linger: Duration,
}

/// Why a program was not started.
#[derive(Debug, thiserror::Error)]
pub enum SpawnError {
    #[error("program {0:?} is no absolute path: look it up first")]
    Program(String),
    #[error("the folder {0:?} to run in is no absolute path of a folder: create it, or name another one")]
    Folder(String),
    #[error("{0:?} is no name of an environment variable: expected one without `=` and without a zero byte")]
    Variable(String),
    #[error("{program:?} cannot be started: {source}; check the file, its arguments and its permissions")]
    Start { program: String, source: io::Error },
    #[error(
        "{program:?} was started and cannot be watched: {source}; it was ended; check that /proc is there"
    )]
    Watch { program: String, source: io::Error },
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            line_bytes_max: 64 * 1024,
            lines_max: 10_000,
            output_bytes_max: 4 * 1024 * 1024,
            grace: Duration::from_secs(5),
            linger: Duration::from_secs(1),
        }
    }
}

impl Limits {
    /// With each limit at least one, and room for the longest line.
    pub(crate) fn sane(self) -> Self {
        let line_bytes_max = self.line_bytes_max.clamp(4, 1 << 20);
        let output_bytes_max = self.output_bytes_max.clamp(line_bytes_max, 1 << 30);
        Self { line_bytes_max, output_bytes_max, lines_max: self.lines_max.max(1), ..self }
    }
}

impl Command {
    /// What would otherwise fail without saying why.
    pub(crate) fn check(&self) -> Result<(), SpawnError> {
        if !self.folder.is_absolute() || !self.folder.is_dir() {
            return Err(SpawnError::Folder(shown(&self.folder.to_string_lossy())));
        }
        if !self.program.is_absolute() {
            return Err(SpawnError::Program(self.shown()));
        }
        let mut names = self.environment.iter().map(|(name, _)| name);
        match names.find(|name| name.is_empty() || name.contains(['=', '\0'])) {
            Some(name) => Err(SpawnError::Variable(shown(name))),
            None => Ok(()),
        }
    }

    pub(crate) fn shown(&self) -> String {
        shown(&self.program.to_string_lossy())
    }
}

pub(crate) fn shown(text: &str) -> String {
    text.chars().take(QUOTE_CHARACTERS_MAX).collect()
}
