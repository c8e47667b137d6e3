//! Where a provider's key is read from. It is never an argument: arguments are seen by every user of the machine.

use std::fs::File;
use std::io::{self, IsTerminal, Read};
use std::path::{Path, PathBuf};

use clap::Args;
use patchbay_types::Secret;

use super::output;
use super::{Failure, Status};

const KEY_BYTES_MAX: u64 = 16 * 1024;

/// The three ways to give a key; one at most.
#[derive(Args, Clone, Debug)]
#[group(id = "credential", multiple = false)]
pub struct KeySource {
    /// Read the key from this environment variable
    #[arg(long, value_name = "VAR")]
    pub key_env: Option<String>,
    /// Read the key from this file
    #[arg(long, value_name = "FILE")]
    pub key_file: Option<PathBuf>,
    /// Read the key from standard input
    #[arg(long)]
    pub key_stdin: bool,
}

/// Why a text is not a key. The text itself is never repeated.
#[derive(thiserror::Error, Clone, PartialEq, Eq, Debug)]
enum KeyError {
    #[error("the key is empty")]
    Empty,
    #[error("the key is longer than {KEY_BYTES_MAX} bytes: this is something else")]
    TooLong,
    #[error("the key holds a space or a control character: expected one word on one line")]
    NotOneWord,
    #[error("the key is not text")]
    NotText,
}

impl KeySource {
    /// The key, or none when no way was chosen.
    ///
    /// # Errors
    /// Status 2: there is nothing to read, or what is there is no key.
    pub fn read(&self) -> Result<Option<Secret<String>>, Failure> {
        if let Some(variable) = &self.key_env {
            return from_variable(variable).map(Some);
        }
        if let Some(file) = &self.key_file {
            return from_file(file).map(Some);
        }
        if self.key_stdin {
            return from_standard_input().map(Some);
        }
        Ok(None)
    }
}

fn from_variable(variable: &str) -> Result<Secret<String>, Failure> {
    let unset = || {
        let message = format!("environment variable {variable} is not set: there is no key to read");
        Failure::new(message).hint(format!("export {variable}=…, or give --key-file or --key-stdin"))
    };
    let value = std::env::var_os(variable).ok_or_else(|| unset().status(Status::Usage))?;
    let bytes = Secret::new(value.into_encoded_bytes());
    key(&bytes).map_err(|error| wrong(&format!("environment variable {variable}"), &error))
}

fn from_file(file: &Path) -> Result<Secret<String>, Failure> {
    let unreadable = |error: io::Error| {
        let status = if error.kind() == io::ErrorKind::NotFound { Status::NotFound } else { Status::Failed };
        Failure::new(format!("cannot read the key from {}: {error}", file.display())).status(status)
    };
    let bytes = read_bounded(File::open(file).map_err(unreadable)?).map_err(unreadable)?;
    key(&bytes).map_err(|error| wrong(&file.display().to_string(), &error))
}

fn from_standard_input() -> Result<Secret<String>, Failure> {
    let input = io::stdin();
    if input.is_terminal() {
        output::note("type or paste the key, then Enter and Ctrl-D:");
    }
    let bytes = read_bounded(input.lock())
        .map_err(|error| Failure::new(format!("cannot read the key from standard input: {error}")))?;
    key(&bytes).map_err(|error| wrong("standard input", &error))
}

fn wrong(place: &str, error: &KeyError) -> Failure {
    Failure::new(format!("{place}: {error}")).status(Status::Usage)
}

/// Into one buffer that never moves, so that no copy of the key stays behind.
fn read_bounded(source: impl Read) -> io::Result<Secret<Vec<u8>>> {
    let capacity = usize::try_from(KEY_BYTES_MAX + 4).unwrap_or(usize::MAX);
    let mut bytes = Vec::with_capacity(capacity);
    // Two more for the line's end, one more to see that it is too long.
    source.take(KEY_BYTES_MAX + 3).read_to_end(&mut bytes)?;
    Ok(Secret::new(bytes))
}

/// One word of text, without the line's end that editors and `echo` leave.
fn key(bytes: &Secret<Vec<u8>>) -> Result<Secret<String>, KeyError> {
    let text = std::str::from_utf8(bytes.expose()).map_err(|_| KeyError::NotText)?;
    let text = text.strip_suffix('\n').map_or(text, |line| line.strip_suffix('\r').unwrap_or(line));
    if text.is_empty() {
        return Err(KeyError::Empty);
    }
    if text.len() as u64 > KEY_BYTES_MAX {
        return Err(KeyError::TooLong);
    }
    match text.contains(|c: char| c.is_whitespace() || c.is_control()) {
        true => Err(KeyError::NotOneWord),
        false => Ok(Secret::new(text.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(bytes: &[u8], expect: Result<&str, KeyError>) {
        let found = key(&Secret::new(bytes.to_vec())).map(|key| key.expose().clone());
        assert_eq!(found, expect.map(str::to_owned));
    }

    #[test]
    fn a_key_loses_the_end_of_its_line_and_nothing_else() {
        check(b"sk-1", Ok("sk-1"));
        check(b"sk-1\n", Ok("sk-1"));
        check(b"sk-1\r\n", Ok("sk-1"));
        check(b"sk-1\n\n", Err(KeyError::NotOneWord));
        check(b"sk 1", Err(KeyError::NotOneWord));
        check(b" sk-1", Err(KeyError::NotOneWord));
        check(b"sk\x1b1", Err(KeyError::NotOneWord));
        check(b"", Err(KeyError::Empty));
        check(b"\n", Err(KeyError::Empty));
        check(b"\xff\xfe", Err(KeyError::NotText));
    }

    #[test]
    fn a_key_has_a_longest_length() {
        let longest = vec![b'k'; 16 * 1024];
        assert!(key(&Secret::new([longest.as_slice(), b"\r\n"].concat())).is_ok());
        check(&[longest.as_slice(), b"k"].concat(), Err(KeyError::TooLong));
        let endless = read_bounded(io::repeat(b'k')).unwrap();
        assert_eq!(key(&endless).unwrap_err(), KeyError::TooLong);
    }

    #[test]
    fn a_variable_that_is_not_set_is_named() {
        let failure = from_variable("PATCHBAY_NO_SUCH_VARIABLE").unwrap_err().to_string();
        assert!(failure.contains("PATCHBAY_NO_SUCH_VARIABLE is not set"), "{failure}");
    }
}
