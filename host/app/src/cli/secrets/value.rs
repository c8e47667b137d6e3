//! Where the value of a plugin's secret is read from. It is never an argument: arguments are seen by every user of the
//! machine. What a value may hold is found out at the host's desk.

use std::fs::File;
use std::io::{self, IsTerminal, Read};
use std::path::{Path, PathBuf};

use clap::Args;
use patchbay_types::Secret;

use crate::cli::output;
use crate::cli::{Failure, Status};

const VALUE_BYTES_MAX: u64 = 16 * 1024;

/// Another place than standard input; one at most.
#[derive(Args, Clone, Debug)]
#[group(id = "value", multiple = false)]
pub struct ValueSource {
    /// Read the value from this environment variable
    #[arg(long, value_name = "VAR")]
    from_env: Option<String>,
    /// Read the value from this file
    #[arg(long, value_name = "FILE")]
    from_file: Option<PathBuf>,
}

/// Why bytes are no value. They are never repeated.
#[derive(thiserror::Error, Clone, PartialEq, Eq, Debug)]
enum ValueError {
    #[error("the value is empty")]
    Empty,
    #[error("the value is longer than {VALUE_BYTES_MAX} bytes: this is something else")]
    TooLong,
    #[error("the value has several lines or a zero byte: expected one line")]
    NotOneLine,
    #[error("the value is not text")]
    NotText,
}

impl ValueSource {
    /// # Errors
    /// Status 2: there is nothing to read, or what is there is no value.
    pub fn read(&self) -> Result<Secret<String>, Failure> {
        match (&self.from_env, &self.from_file) {
            (Some(variable), _) => from_variable(variable),
            (None, Some(file)) => from_file(file),
            (None, None) => from_standard_input(),
        }
    }
}

fn from_variable(variable: &str) -> Result<Secret<String>, Failure> {
    let unset = || {
        Failure::new(format!("environment variable {variable} is not set: there is no value to read"))
            .hint(format!("export {variable}=…, give --from-file, or write the value to standard input"))
    };
    let found = std::env::var_os(variable).ok_or_else(|| unset().status(Status::Usage))?;
    let bytes = Secret::new(found.into_encoded_bytes());
    value(&bytes).map_err(|error| wrong(&format!("environment variable {variable}"), &error))
}

fn from_file(file: &Path) -> Result<Secret<String>, Failure> {
    let unreadable = |error: io::Error| {
        let status = if error.kind() == io::ErrorKind::NotFound { Status::NotFound } else { Status::Failed };
        Failure::new(format!("cannot read the value from {}: {error}", file.display())).status(status)
    };
    let bytes = read_bounded(File::open(file).map_err(unreadable)?).map_err(unreadable)?;
    value(&bytes).map_err(|error| wrong(&file.display().to_string(), &error))
}

fn from_standard_input() -> Result<Secret<String>, Failure> {
    let input = io::stdin();
    if input.is_terminal() {
        output::note("type or paste the value, then Enter and Ctrl-D:");
    }
    let bytes = read_bounded(input.lock())
        .map_err(|error| Failure::new(format!("cannot read the value from standard input: {error}")))?;
    value(&bytes).map_err(|error| wrong("standard input", &error))
}

fn wrong(place: &str, error: &ValueError) -> Failure {
    Failure::new(format!("{place}: {error}")).status(Status::Usage)
}

/// Into one buffer that never moves, so that no copy of the value stays behind.
fn read_bounded(source: impl Read) -> io::Result<Secret<Vec<u8>>> {
    let capacity = usize::try_from(VALUE_BYTES_MAX + 4).unwrap_or(usize::MAX);
    let mut bytes = Vec::with_capacity(capacity);
    // Two more for the line's end, one more to see that it is too long.
    source.take(VALUE_BYTES_MAX + 3).read_to_end(&mut bytes)?;
    Ok(Secret::new(bytes))
}

/// One line of text, without its end, which editors and `echo` leave.
fn value(bytes: &Secret<Vec<u8>>) -> Result<Secret<String>, ValueError> {
    let text = std::str::from_utf8(bytes.expose()).map_err(|_| ValueError::NotText)?;
    let text = text.strip_suffix('\n').map_or(text, |line| line.strip_suffix('\r').unwrap_or(line));
    match text {
        _ if text.is_empty() => Err(ValueError::Empty),
        _ if text.len() as u64 > VALUE_BYTES_MAX => Err(ValueError::TooLong),
        _ if text.contains(['\0', '\r', '\n']) => Err(ValueError::NotOneLine),
        _ => Ok(Secret::new(text.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_loses_the_end_of_its_line_and_nothing_else() {
        let check = |bytes: &[u8], expect: Result<&str, ValueError>| {
            let found = value(&Secret::new(bytes.to_vec())).map(|value| value.expose().clone());
            assert_eq!(found, expect.map(str::to_owned), "{bytes:?}");
        };
        check(b" two words \r\n", Ok(" two words "));
        check(b"token", Ok("token"));
        check(b"a\nb\n", Err(ValueError::NotOneLine));
        check(b"a\0", Err(ValueError::NotOneLine));
        check(b"\n", Err(ValueError::Empty));
        check(b"\xff", Err(ValueError::NotText));
        check(&[b'v'; 16 * 1024 + 1], Err(ValueError::TooLong));
        let endless = read_bounded(io::repeat(b'v')).unwrap();
        assert_eq!(value(&endless).unwrap_err(), ValueError::TooLong);
    }
}
