//! What a script says to its run, and what it learns of it: lines, artifacts, the time, whether a secret is there.

use boa_engine::context::time::{Clock, StdClock};
use patchbay_sdk::{PluginError, job, secrets};
use serde_json::Value;

use super::text;
use crate::desk::Desk;

/// Its arguments as a line, texts as they are.
pub(super) fn log(desk: &Desk, arguments: &[Value]) -> Result<Value, PluginError> {
    desk.log("stdout", &line(arguments));
    Ok(Value::Null)
}

pub(super) fn warn(desk: &Desk, arguments: &[Value]) -> Result<Value, PluginError> {
    desk.log("stderr", &line(arguments));
    Ok(Value::Null)
}

fn line(arguments: &[Value]) -> String {
    let words = arguments
        .iter()
        .map(|argument| argument.as_str().map_or_else(|| argument.to_string(), str::to_owned));
    words.collect::<Vec<_>>().join(" ")
}

/// Milliseconds since 1970, UTC.
pub(super) fn now(_: &Desk, _: &[Value]) -> Result<Value, PluginError> {
    Ok(StdClock::new().system_time_millis().into())
}

/// `artifact(name, media type, text)`
pub(super) fn artifact(_: &Desk, arguments: &[Value]) -> Result<Value, PluginError> {
    let name = text(arguments, 0, "the name")?;
    let media_type = text(arguments, 1, "the media type")?;
    job::artifact(name, media_type, text(arguments, 2, "the contents")?).map(|()| Value::Null)
}

/// What stands for a secret in a request; its value never comes here.
pub(super) fn secret(_: &Desk, arguments: &[Value]) -> Result<Value, PluginError> {
    let name = text(arguments, 0, "the name")?;
    match secrets::exists(name)? {
        true => Ok(secrets::placeholder(name).into()),
        false => Err(PluginError::new("secret", format!("there is no secret {name}"))),
    }
}
