//! What is to be run. A mistake in it is told before anything has happened.

use std::collections::BTreeMap;
use std::time::Duration;

use patchbay_sdk::{Invocation, PluginError};
use serde::Deserialize;

/// A day: what runs longer is a service, not a task.
const TIMEOUT_S_MAX: u64 = 24 * 60 * 60;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Input {
    pub(crate) program: String,
    #[serde(default)]
    pub(crate) args: Vec<String>,
    #[serde(default)]
    pub(crate) env: BTreeMap<String, String>,
    /// None is an empty folder of its own.
    pub(crate) dir: Option<String>,
    pub(crate) stdin: Option<String>,
    /// None is as long as the run may take.
    timeout_s: Option<u64>,
    #[serde(default = "zero")]
    pub(crate) success_codes: Vec<i32>,
}

fn zero() -> Vec<i32> {
    vec![0]
}

impl Input {
    pub(crate) fn read(invocation: &Invocation) -> Result<Self, PluginError> {
        let input: Self = invocation.input()?;
        input.check().map(|()| input)
    }

    fn check(&self) -> Result<(), PluginError> {
        if self.program.is_empty() {
            return Err(bad("`program` is empty: name one that the operator has granted"));
        }
        if self.success_codes.is_empty() {
            return Err(bad("`success_codes` is empty, so that nothing could succeed: leave it out for [0]"));
        }
        match self.timeout_s {
            Some(seconds) if !(1..=TIMEOUT_S_MAX).contains(&seconds) => {
                Err(bad(&format!("`timeout_s` is {seconds}, expected 1 to {TIMEOUT_S_MAX}")))
            }
            _ => Ok(()),
        }
    }

    pub(crate) fn timeout(&self) -> Option<Duration> {
        self.timeout_s.map(Duration::from_secs)
    }
}

fn bad(message: &str) -> PluginError {
    PluginError::new("bad-input", format!("the input of exec: {message}"))
}
