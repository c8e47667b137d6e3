//! JSON that a person gives: from a file, or from standard input as `-`; and JSON that a person is shown.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use serde::Serialize;
use serde_json::Value;

use super::{Failure, Status, output};

/// Configurations and questions are small; what is larger is something else.
const BYTES_MAX: u64 = 1 << 20;
const STANDARD_INPUT: &str = "-";

/// # Errors
/// The file is not there (status 4), cannot be read, or is no JSON (status 2).
pub fn read(file: &Path) -> Result<Value, Failure> {
    let place = if is_standard_input(file) { "standard input".into() } else { file.display().to_string() };
    let unreadable = |error: io::Error| {
        let status = if error.kind() == io::ErrorKind::NotFound { Status::NotFound } else { Status::Failed };
        Failure::new(format!("cannot read {place}: {error}")).status(status)
    };
    let bytes = match is_standard_input(file) {
        true => bounded(io::stdin().lock()).map_err(unreadable)?,
        false => bounded(File::open(file).map_err(unreadable)?).map_err(unreadable)?,
    };
    let wrong = |message: String| Failure::new(format!("{place} {message}")).status(Status::Usage);
    if bytes.len() as u64 > BYTES_MAX {
        return Err(wrong(format!("has more than {BYTES_MAX} bytes")));
    }
    serde_json::from_slice(&bytes).map_err(|error| wrong(format!("is not JSON: {error}")))
}

/// JSON on the command line itself, `@FILE`, or `-` for standard input.
///
/// # Errors
/// As [`read`], or the text is no JSON (status 2).
pub fn given(text: &str) -> Result<Value, Failure> {
    if let Some(file) = text.strip_prefix('@') {
        return read(Path::new(file));
    }
    if text == STANDARD_INPUT {
        return read(Path::new(text));
    }
    let wrong = |error| Failure::new(format!("--input is not JSON: {error}")).status(Status::Usage);
    serde_json::from_str(text).map_err(wrong)
}

/// On one line, without what could steer a terminal.
pub fn compact(value: &impl Serialize) -> String {
    // What is shown has text keys only.
    output::printable(&serde_json::to_string(value).unwrap_or_default())
}

/// The word that a value is, or that a tagged one begins with: `waits-for-approval`.
pub fn word(value: &impl Serialize) -> String {
    let value = serde_json::to_value(value).unwrap_or_default();
    value.as_str().or_else(|| value["name"].as_str()).unwrap_or_default().to_owned()
}

/// On several lines. JSON itself escapes control characters, but for those of C1, which terminals take for text.
pub fn pretty(value: &impl Serialize) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}

fn is_standard_input(file: &Path) -> bool {
    file == Path::new(STANDARD_INPUT)
}

fn bounded(source: impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    source.take(BYTES_MAX + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_or_no_json_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.json");
        let missing = read(&file).unwrap_err();
        assert_eq!(missing.exit(), Status::NotFound);
        std::fs::write(&file, "{").unwrap();
        let wrong = read(&file).unwrap_err();
        assert!(wrong.to_string().contains("a.json is not JSON") && wrong.exit() == Status::Usage, "{wrong}");
        std::fs::write(&file, "{\"a\": 1}").unwrap();
        assert_eq!(read(&file).unwrap(), serde_json::json!({"a": 1}));
    }
}
