//! `tasks`.

use serde_json::json;

use super::ask;
use crate::PluginError;
use crate::tasks::{Attempt, Finding, PastFix, Runbook, Task};

pub(crate) fn current() -> Result<Option<Task>, PluginError> {
    ask(json!({ "call": "tasks.current" }), "task")
}

pub(crate) fn attempts() -> Result<Vec<Attempt>, PluginError> {
    ask(json!({ "call": "tasks.attempts" }), "attempts")
}

pub(crate) fn log_tail(lines: u32) -> Result<Vec<String>, PluginError> {
    ask(json!({ "call": "tasks.log-tail", "lines": lines }), "log-tail")
}

pub(crate) fn findings() -> Result<Vec<Finding>, PluginError> {
    ask(json!({ "call": "tasks.findings" }), "findings")
}

pub(crate) fn history() -> Result<Vec<PastFix>, PluginError> {
    ask(json!({ "call": "tasks.history" }), "history")
}

pub(crate) fn runbooks() -> Result<Vec<Runbook>, PluginError> {
    ask(json!({ "call": "tasks.runbooks" }), "runbooks")
}
