//! Values of a manifest that are checked as they are read, so that an error knows its line.

use std::fmt;

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};

const NAME_BYTES_MAX: usize = 64;
const LINE_BYTES_MAX: usize = 1000;
const LINES_MAX: usize = 100;

/// What a plugin is called: 1 to 64 of `a-z 0-9 -`, a letter first.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
#[serde(transparent)]
pub struct PluginName(String);

impl PluginName {
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PluginName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for PluginName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        match is_name(&name) {
            true => Ok(Self(name)),
            false => Err(D::Error::custom(format!(
                "{name:?} is not a plugin name: expected 1 to {NAME_BYTES_MAX} of a-z 0-9 - with a letter first"
            ))),
        }
    }
}

pub(super) fn line<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    checked(String::deserialize(deserializer)?)
}

pub(super) fn lines<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let lines = Vec::<String>::deserialize(deserializer)?;
    if lines.len() > LINES_MAX {
        return Err(D::Error::custom(format!("{} entries, expected at most {LINES_MAX}", lines.len())));
    }
    lines.into_iter().map(checked).collect()
}

/// These texts are shown on terminals.
fn checked<E: Error>(line: String) -> Result<String, E> {
    if line.len() > LINE_BYTES_MAX {
        return Err(E::custom(format!("{} bytes of text, expected at most {LINE_BYTES_MAX}", line.len())));
    }
    match line.chars().any(char::is_control) {
        true => Err(E::custom(format!("{line:?} has control characters, expected one line of text"))),
        false => Ok(line),
    }
}

fn is_name(name: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    name.len() <= NAME_BYTES_MAX
        && name.bytes().all(allowed)
        && name.as_bytes().first().is_some_and(u8::is_ascii_lowercase)
}
