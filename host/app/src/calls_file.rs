//! The file of recorded calls, `NAME.calls`: lines of JSON, with the components that made the calls, so that they can be
//! made again on another machine. It must not know how.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Read, Write};
use std::path::Path;

use patchbay_runtime::ask::Payload;
use patchbay_slots::Recorded;
use patchbay_types::{Bytes, Digest};
use serde::{Deserialize, Serialize};

/// Of the whole file.
pub const FILE_BYTES_MAX: Bytes = Bytes(256 << 20);
pub const CALLS_MAX: usize = 10_000;
const VERSION: u32 = 1;

/// What the file holds.
#[derive(Clone, PartialEq, Default, Debug)]
pub struct CallsFile {
    pub components: BTreeMap<Digest, Payload>,
    pub calls: Vec<Recorded>,
}

/// The first line; each one after it is a call.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Heading {
    #[serde(rename = "patchbay-calls")]
    version: u32,
    #[serde(default)]
    components: BTreeMap<String, Payload>,
}

/// Why a file cannot be read or written.
#[derive(thiserror::Error, Debug)]
pub enum CallsError {
    #[error("cannot read {path}: {source}")]
    Read { path: String, source: io::Error },
    #[error("cannot write {path}: {source}")]
    Write { path: String, source: io::Error },
    #[error("{path} is larger than {} bytes, expected less: export fewer calls", FILE_BYTES_MAX.0)]
    TooLarge { path: String },
    #[error("{path} has more than {CALLS_MAX} calls: export fewer")]
    TooMany { path: String },
    #[error("{path}:1: not a file of calls ({message}): make one with `patchbay call export`")]
    Heading { path: String, message: String },
    #[error(
        "{path}:1: a file of calls of version {found}, expected {VERSION}: use the patchbay that made it"
    )]
    Version { path: String, found: u32 },
    #[error("{path}:1: the component {named} is damaged: its bytes are {found}")]
    Component { path: String, named: String, found: Digest },
    #[error("{path}:{line}: not a recorded call: {message}")]
    Call { path: String, line: usize, message: String },
}

impl CallsFile {
    /// # Errors
    /// It cannot be read, is too large, or a line is not what it must be.
    pub fn read(path: &Path) -> Result<Self, CallsError> {
        let name = path.display().to_string();
        let unreadable = |source| CallsError::Read { path: name.clone(), source };
        let file = File::open(path).map_err(unreadable)?;
        if file.metadata().map_err(unreadable)?.len() > FILE_BYTES_MAX.0 {
            return Err(CallsError::TooLarge { path: name });
        }
        // A pipe has no length: what is beyond the bound is cut off, and so is no whole line.
        Self::of(BufReader::new(file.take(FILE_BYTES_MAX.0)), name)
    }

    fn of(text: impl BufRead, path: String) -> Result<Self, CallsError> {
        let mut lines = text.lines().enumerate();
        let unreadable = |source| CallsError::Read { path: path.clone(), source };
        let (_, first) = lines.next().unwrap_or((0, Ok(String::new())));
        let mut file = Self { components: heading(&path, &first.map_err(unreadable)?)?, calls: Vec::new() };
        for (index, line) in lines {
            let line = line.map_err(unreadable)?;
            if line.trim().is_empty() {
                continue;
            }
            if file.calls.len() == CALLS_MAX {
                return Err(CallsError::TooMany { path });
            }
            let wrong = |error: serde_json::Error| CallsError::Call {
                path: path.clone(),
                line: index + 1,
                message: error.to_string(),
            };
            file.calls.push(serde_json::from_str(&line).map_err(wrong)?);
        }
        Ok(file)
    }

    /// Writes it in the place of `path`, all or nothing. The calls have seen what agents' requests are like, so the
    /// file is its owner's alone.
    ///
    /// # Errors
    /// It would be too large, or cannot be written; then `path` is as it was.
    pub fn write(&self, path: &Path) -> Result<(), CallsError> {
        let name = path.display().to_string();
        if self.calls.len() > CALLS_MAX {
            return Err(CallsError::TooMany { path: name });
        }
        let unwritable = |source| CallsError::Write { path: name.clone(), source };
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let temporary =
            tempfile::Builder::new().prefix(".patchbay-").tempfile_in(folder).map_err(unwritable)?;
        let mut writer = BufWriter::new(temporary.as_file());
        self.write_lines(&mut writer).and_then(|()| writer.flush()).map_err(unwritable)?;
        drop(writer);
        if temporary.as_file().metadata().map_err(unwritable)?.len() > FILE_BYTES_MAX.0 {
            return Err(CallsError::TooLarge { path: name });
        }
        temporary.persist(path).map_err(|error| unwritable(error.error))?;
        Ok(())
    }

    fn write_lines(&self, writer: &mut impl Write) -> io::Result<()> {
        let components =
            self.components.iter().map(|(digest, bytes)| (digest.to_string(), bytes.clone())).collect();
        serde_json::to_writer(&mut *writer, &Heading { version: VERSION, components })?;
        for call in &self.calls {
            writer.write_all(b"\n")?;
            serde_json::to_writer(&mut *writer, call)?;
        }
        writer.write_all(b"\n")
    }
}

fn heading(path: &str, line: &str) -> Result<BTreeMap<Digest, Payload>, CallsError> {
    let path = path.to_owned();
    let heading: Heading = match serde_json::from_str(line) {
        Ok(heading) => heading,
        Err(error) => return Err(CallsError::Heading { path, message: error.to_string() }),
    };
    if heading.version != VERSION {
        return Err(CallsError::Version { path, found: heading.version });
    }
    let checked = heading.components.into_iter().map(|(named, bytes)| match Digest::of(&bytes.0) {
        found if found.to_string() == named => Ok((found, bytes)),
        found => Err(CallsError::Component { path: path.clone(), named: cut(&named), found }),
    });
    checked.collect()
}

fn cut(text: &str) -> String {
    text.chars().take(100).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::recorded;

    fn file() -> CallsFile {
        let component = Payload::from(&[0_u8, 0xff, 7][..]);
        CallsFile {
            components: BTreeMap::from([(Digest::of(&component.0), component)]),
            calls: vec![recorded("req_1#1", &[0]), recorded("req_1#2", &[1, 0])],
        }
    }

    fn wrong(text: &str) -> String {
        CallsFile::of(text.as_bytes(), "x.calls".to_owned()).unwrap_err().to_string()
    }

    #[test]
    fn what_is_written_is_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.calls");
        file().write(&path).unwrap();
        assert_eq!(CallsFile::read(&path).unwrap(), file());
        assert_eq!(std::fs::read_to_string(&path).unwrap().lines().count(), 3);
    }

    #[test]
    fn a_line_that_is_wrong_is_named() {
        let mut text = Vec::new();
        file().write_lines(&mut text).unwrap();
        let text = String::from_utf8(text).unwrap();
        assert!(
            wrong(&format!("{text}\n{{}}\n")).starts_with("x.calls:5: not a recorded call: missing field")
        );
        assert!(wrong("").starts_with("x.calls:1: not a file of calls"));
        assert!(wrong("{\"patchbay-calls\": 2}").contains("version 2"));
        let named = Digest::of(b"other").to_string();
        let damaged = format!("{{\"patchbay-calls\": 1, \"components\": {{\"{named}\": \"bytes\"}}}}");
        assert!(wrong(&damaged).contains("is damaged"));
    }

    #[test]
    fn a_file_with_too_many_calls_is_refused() {
        let calls = vec![recorded("c", &[0]); CALLS_MAX + 1];
        let file = CallsFile { components: BTreeMap::new(), calls };
        let mut text = Vec::new();
        file.write_lines(&mut text).unwrap();
        assert!(wrong(&String::from_utf8(text).unwrap()).contains("more than 10000 calls"));
    }
}
