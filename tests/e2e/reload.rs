//! A configuration that changes while the host serves: taken over as a whole or not at all, and no stream notices.

mod effect;
mod refusal;
mod trigger;

use std::fs;
use std::time::Duration;

use serde_json::Value;

use crate::harness::{Host, until};

/// More than the two looks that the host takes at the file, and what a busy machine adds.
const LOOKED_TWICE: Duration = Duration::from_secs(4);

/// So that a test alone decides when the file is read.
const BY_HAND: &str = "[server]\nwatch_config = false\n";

fn write(host: &Host, text: &str) {
    fs::write(host.dir().join("patchbay.toml"), text).unwrap();
}

/// Each key with its value in use.
async fn in_use(host: &Host) -> Vec<(String, Value)> {
    let shown = host.json(&["config", "show"]).await;
    let name = |row: &Value| format!("{}.{}", row["table"].as_str().unwrap(), row["key"].as_str().unwrap());
    shown.as_array().unwrap().iter().map(|row| (name(row), row["value"].clone())).collect()
}

/// One key as `config show` has it.
async fn shown(host: &Host, table: &str, key: &str) -> Value {
    let shown = host.json(&["config", "show"]).await;
    let row = shown.as_array().unwrap().iter().find(|row| row["table"] == table && row["key"] == key);
    row.unwrap_or_else(|| panic!("no {table}.{key} in {shown}")).clone()
}

/// How often the log has told of a reload, good or bad.
fn told(host: &Host) -> (usize, usize) {
    let log = host.log();
    let count = |words: &str| log.lines().filter(|line| line.contains(words)).count();
    (count("configuration reloaded"), count("configuration not reloaded"))
}

/// The log is written a moment later.
async fn has_told(host: &Host, expected: (usize, usize)) {
    until("the lines of the log", async || (told(host) == expected).then_some(())).await;
}
