//! What unlocks an identity file: a file, an environment variable, or whoever sits at the terminal. Never an argument,
//! which every user of the machine sees. It must not know what the passphrase opens.

use std::fs::File;
use std::io::{self, BufRead, IsTerminal, Read};
use std::path::{Path, PathBuf};

use anyhow::Context;
use patchbay_types::Secret;
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};

use crate::cli::output;

pub const FILE_VARIABLE: &str = "PATCHBAY_PASSPHRASE_FILE";
pub const VARIABLE: &str = "PATCHBAY_PASSPHRASE";
const BYTES_MAX: u64 = 4096;

/// Why there is no passphrase. It is never repeated.
#[derive(thiserror::Error, Debug)]
pub enum PassphraseError {
    #[error("cannot read the passphrase from {path}: {source}")]
    Unreadable { path: PathBuf, source: io::Error },
    #[error("{place}: the passphrase is {wrong}; expected one line of 1 to {BYTES_MAX} bytes")]
    NotOne { place: String, wrong: &'static str },
    #[error(
        "nobody can be asked for a passphrase here: set {FILE_VARIABLE} to a file that holds it, or {VARIABLE}"
    )]
    NobodyToAsk,
    #[error("the terminal cannot be asked for the passphrase: {0}")]
    Terminal(io::Error),
    #[error("the two passphrases differ: nothing was changed")]
    Differ,
}

/// The passphrase of the environment, or what is typed once.
///
/// # Errors
/// The environment names none, and there is no terminal; or what was found is none.
pub fn for_file(locked: &Path) -> anyhow::Result<Secret<String>> {
    let found = match of_environment()? {
        Some(passphrase) => Ok(passphrase),
        None => asked(&format!("passphrase of {}: ", locked.display())),
    };
    found.with_context(|| format!("{} is locked with a passphrase", locked.display()))
}

/// A new passphrase: the one of the environment, or what is typed twice.
///
/// # Errors
/// As [`for_file`]; or the two differ.
pub fn chosen() -> Result<Secret<String>, PassphraseError> {
    if let Some(passphrase) = of_environment()? {
        return Ok(passphrase);
    }
    let first = asked("new passphrase: ")?;
    match asked("the same again: ")?.expose() == first.expose() {
        true => Ok(first),
        false => Err(PassphraseError::Differ),
    }
}

fn of_environment() -> Result<Option<Secret<String>>, PassphraseError> {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    if let Some(path) = set(FILE_VARIABLE).map(PathBuf::from) {
        let unreadable = |source| PassphraseError::Unreadable { path: path.clone(), source };
        let bytes = read_bounded(File::open(&path).map_err(unreadable)?).map_err(unreadable)?;
        return line(&bytes, &path.display().to_string()).map(Some);
    }
    let value = set(VARIABLE).map(|value| Secret::new(value.into_encoded_bytes()));
    value.map(|bytes| line(&bytes, &format!("environment variable {VARIABLE}"))).transpose()
}

/// Typed without being shown. An end of the input is an empty passphrase, which is none.
fn asked(question: &str) -> Result<Secret<String>, PassphraseError> {
    let input = io::stdin();
    if !input.is_terminal() {
        return Err(PassphraseError::NobodyToAsk);
    }
    output::ask(question);
    let quiet = Quiet::new().map_err(PassphraseError::Terminal)?;
    let read = read_line(input.lock());
    drop(quiet);
    output::note("");
    line(&read.map_err(PassphraseError::Terminal)?, "the terminal")
}

/// Shows nothing of what is typed until it is dropped.
struct Quiet(Termios);

impl Quiet {
    fn new() -> io::Result<Self> {
        let before = tcgetattr(io::stdin())?;
        let mut quiet = before.clone();
        quiet.local_modes.remove(LocalModes::ECHO);
        tcsetattr(io::stdin(), OptionalActions::Flush, &quiet)?;
        Ok(Self(before))
    }
}

impl Drop for Quiet {
    fn drop(&mut self) {
        // A terminal that is gone needs no echo.
        let _ = tcsetattr(io::stdin(), OptionalActions::Flush, &self.0);
    }
}

/// Into one buffer that never moves, so that no copy stays behind.
fn read_bounded(source: impl Read) -> io::Result<Secret<Vec<u8>>> {
    let mut bytes = Vec::with_capacity(capacity());
    source.take(BYTES_MAX + 3).read_to_end(&mut bytes)?;
    Ok(Secret::new(bytes))
}

fn read_line(source: impl BufRead) -> io::Result<Secret<Vec<u8>>> {
    let mut bytes = Vec::with_capacity(capacity());
    source.take(BYTES_MAX + 3).read_until(b'\n', &mut bytes)?;
    Ok(Secret::new(bytes))
}

/// For the end of the line, and one byte more to see that it is too long.
fn capacity() -> usize {
    usize::try_from(BYTES_MAX + 4).unwrap_or(usize::MAX)
}

fn line(bytes: &Secret<Vec<u8>>, place: &str) -> Result<Secret<String>, PassphraseError> {
    let wrong = |wrong| PassphraseError::NotOne { place: place.to_owned(), wrong };
    let text = std::str::from_utf8(bytes.expose()).map_err(|_| wrong("not text"))?;
    let text = text.strip_suffix('\n').map_or(text, |line| line.strip_suffix('\r').unwrap_or(line));
    match text {
        _ if text.is_empty() => Err(wrong("empty")),
        _ if text.len() as u64 > BYTES_MAX => Err(wrong("too long")),
        _ if text.contains(['\0', '\r', '\n']) => Err(wrong("several lines")),
        _ => Ok(Secret::new(text.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_passphrase_is_one_line_without_its_end() {
        let found = |bytes: &[u8]| {
            line(&Secret::new(bytes.to_vec()), "here")
                .map(|text| text.expose().clone())
                .map_err(|error| error.to_string())
        };
        assert_eq!(found(b" two words \r\n").unwrap(), " two words ");
        assert_eq!(found(b"word").unwrap(), "word");
        for (wrong, why) in [(&b"\n"[..], "empty"), (b"a\nb", "several lines"), (b"\xff", "not text")] {
            let error = found(wrong).unwrap_err();
            assert!(error.starts_with("here: ") && error.contains(why), "{error}");
        }
        assert!(found(&[b'p'; 4097]).unwrap_err().contains("too long"));
        assert!(line(&read_bounded(io::repeat(b'p')).unwrap(), "here").is_err());
    }
}
