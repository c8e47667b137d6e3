//! What is to be run. A mistake in it is told before anything has happened.

use patchbay_sdk::{Invocation, PluginError};
use serde::Deserialize;
use serde_json::Value;

use crate::limit::{SOURCE_BYTES_MAX, TIMEOUT_S, TIMEOUT_S_MAX, TIMEOUT_S_MIN};

const LANGUAGE: &str = "javascript";
/// In characters, all of them ASCII.
const NAME_MAX: usize = 100;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Input {
    pub(crate) source: String,
    #[serde(default = "language")]
    language: String,
    #[serde(default = "function")]
    pub(crate) function: String,
    #[serde(default)]
    pub(crate) input: Value,
    #[serde(default = "timeout_s")]
    pub(crate) timeout_s: f64,
}

fn language() -> String {
    LANGUAGE.to_owned()
}

fn function() -> String {
    "main".to_owned()
}

fn timeout_s() -> f64 {
    TIMEOUT_S
}

impl Input {
    pub(crate) fn read(invocation: &Invocation) -> Result<Self, PluginError> {
        let input: Self = invocation.input()?;
        input.check().map(|()| input)
    }

    fn check(&self) -> Result<(), PluginError> {
        if self.language != LANGUAGE {
            return Err(bad(&format!(
                "`language` is {:?}, expected {LANGUAGE:?}: there is no other",
                self.language
            )));
        }
        if !(1..=SOURCE_BYTES_MAX).contains(&self.source.len()) {
            let found = self.source.len();
            return Err(bad(&format!("`source` has {found} bytes, expected 1 to {SOURCE_BYTES_MAX}")));
        }
        if !is_name(&self.function) {
            return Err(bad("`function` is no name: expected letters, digits, _ and $, a digit not first"));
        }
        if !(TIMEOUT_S_MIN..=TIMEOUT_S_MAX).contains(&self.timeout_s) {
            let found = self.timeout_s;
            return Err(bad(&format!("`timeout_s` is {found}, expected {TIMEOUT_S_MIN} to {TIMEOUT_S_MAX}")));
        }
        Ok(())
    }
}

/// It becomes an expression, so that nothing but a name may be in it.
fn is_name(name: &str) -> bool {
    let letter = |byte: u8| byte.is_ascii_alphabetic() || byte == b'_' || byte == b'$';
    let first = name.bytes().next().is_some_and(letter);
    first && name.len() <= NAME_MAX && name.bytes().all(|byte| letter(byte) || byte.is_ascii_digit())
}

fn bad(message: &str) -> PluginError {
    PluginError::new("bad-input", format!("the input of script: {message}"))
}
