//! `job`. As with a real host, a word that is not taken is no reason for a run to fail.

use serde_json::json;

use super::{ask, tell};
use crate::PluginError;
use crate::testing::payload::Payload;

pub(crate) fn log_line(stream: &str, text: &str) {
    drop(tell(json!({ "call": "job.log-line", "stream": stream, "text": text })));
}

pub(crate) fn log_lines(lines: Vec<(&str, &str)>) {
    drop(tell(json!({ "call": "job.log-lines", "lines": lines })));
}

pub(crate) fn progress(done: u64, total: Option<u64>, note: &str) {
    drop(tell(json!({ "call": "job.progress", "done": done, "total": total, "note": note })));
}

pub(crate) fn heartbeat() {
    drop(tell(json!({ "call": "job.heartbeat" })));
}

pub(crate) fn artifact(name: &str, media_type: &str, contents: &[u8]) -> Result<(), PluginError> {
    let contents = Payload::of(contents);
    tell(json!({ "call": "job.artifact", "name": name, "media_type": media_type, "contents": contents }))
}

pub(crate) fn cancelled() -> bool {
    ask(json!({ "call": "job.cancelled" }), "flag").unwrap_or(false)
}
