//! The capabilities, asked of this thread's mock. One module each, of the same shape as those that ask a real host.

pub(crate) mod files;
pub(crate) mod http;
pub(crate) mod job;
pub(crate) mod kv;
pub(crate) mod llm;
pub(crate) mod process;
pub(crate) mod secrets;
pub(crate) mod tasks;

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::mock;
use crate::PluginError;

/// What the mock answers: the `reply` of that name, as `T`.
fn ask<T: DeserializeOwned>(call: Value, reply: &str) -> Result<T, PluginError> {
    let answer = mock::answer(call);
    if let Some(error) = answer.get("error") {
        return Err(serde_json::from_value(error.clone()).unwrap_or_else(|_| mismatch(&answer, reply)));
    }
    let given = answer.get("ok").and_then(|ok| ok.get(reply)).cloned();
    given.and_then(|given| serde_json::from_value(given).ok()).ok_or_else(|| mismatch(&answer, reply))
}

/// For calls that are answered with nothing.
fn tell(call: Value) -> Result<(), PluginError> {
    let answer = mock::answer(call);
    match answer.get("error") {
        Some(error) => {
            Err(serde_json::from_value(error.clone()).unwrap_or_else(|_| mismatch(&answer, "done")))
        }
        None => Ok(()),
    }
}

fn mismatch(answer: &Value, reply: &str) -> PluginError {
    PluginError::new("mismatch", format!("the mock answered {answer}, which has no {reply}"))
}
