//! `job`.

use super::blob;
use crate::PluginError;
use crate::guest::bindings::patchbay::plugin::job as contract;

pub(crate) fn log_line(stream: &str, text: &str) {
    contract::log_line(stream, text);
}

pub(crate) fn log_lines(lines: Vec<(&str, &str)>) {
    let lines: Vec<(String, String)> =
        lines.into_iter().map(|(stream, text)| (stream.to_owned(), text.to_owned())).collect();
    contract::log_lines(&lines);
}

pub(crate) fn progress(done: u64, total: Option<u64>, note: &str) {
    contract::progress(done, total, note);
}

pub(crate) fn heartbeat() {
    contract::heartbeat();
}

pub(crate) fn artifact(name: &str, media_type: &str, contents: &[u8]) -> Result<(), PluginError> {
    Ok(contract::artifact(name, media_type, &blob::of(contents)?)?)
}

pub(crate) fn cancelled() -> bool {
    contract::cancelled()
}
