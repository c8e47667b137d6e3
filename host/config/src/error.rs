//! Why there is no configuration: where it went wrong, what was found, what was expected.

use std::fmt;
use std::io;
use std::path::PathBuf;

/// Where a value was written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Place {
    /// Line and column count from 1; a column is a character.
    File { file: String, line: usize, column: usize },
    /// The name of a variable.
    Environment(&'static str),
    /// The name of an option: `--listen`.
    Option(&'static str),
}

/// Why there is no configuration. Each is for the operator to mend.
#[derive(thiserror::Error, Debug)]
pub enum ConfigError {
    #[error("there is no {path}: make one with `patchbay init --dir {dir}`")]
    Missing { path: PathBuf, dir: PathBuf },
    #[error("cannot read {path}: {source}; expected a text in UTF-8 that the host's user may read")]
    Unreadable { path: PathBuf, source: io::Error },
    #[error("{path} is no file: expected a text in UTF-8")]
    NotAFile { path: PathBuf },
    #[error("{path} has more than {max} bytes: that is no configuration")]
    TooLarge { path: PathBuf, max: u64 },
    #[error("{place}: {message}")]
    Syntax { place: Place, message: String },
    #[error("{place}: unknown key {key}; {hint}")]
    Unknown { place: Place, key: String, hint: String },
    #[error("{place}: {key} = {found}; expected {expected}")]
    Invalid { place: Place, key: String, found: String, expected: String },
    /// Two values that are right alone and wrong together.
    #[error("{file}: {left} and {right} do not go together; expected {expected}")]
    Conflict { file: String, left: String, right: String, expected: &'static str },
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::File { file, line, column } => write!(f, "{file}:{line}:{column}"),
            Place::Environment(name) => write!(f, "environment variable {name}"),
            Place::Option(name) => write!(f, "option {name}"),
        }
    }
}
