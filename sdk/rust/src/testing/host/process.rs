//! `process`.

use serde_json::json;

use super::{ask, tell};
use crate::PluginError;
use crate::process::{Command, Exit, Line};
use crate::testing::payload::Payload;

#[derive(Debug)]
pub(crate) struct Child(u32);

pub(crate) fn spawn(command: Command) -> Result<Child, PluginError> {
    let input = Payload::of(command.input.as_deref().unwrap_or_default());
    ask(json!({ "call": "process.spawn", "command": command, "input": input }), "child").map(Child)
}

impl Child {
    pub(crate) fn lines(&self, count: u32, wait_ms: u64) -> Result<Vec<Line>, PluginError> {
        ask(json!({ "call": "process.lines", "child": self.0, "count": count, "wait_ms": wait_ms }), "lines")
    }

    pub(crate) fn wait(&self, wait_ms: u64) -> Result<Option<Exit>, PluginError> {
        ask(json!({ "call": "process.wait", "child": self.0, "wait_ms": wait_ms }), "exit")
    }

    pub(crate) fn kill(&self) -> Result<(), PluginError> {
        tell(json!({ "call": "process.kill", "child": self.0 }))
    }
}
