//! The run that a skill is in. No grant: each skill has it, and no other plugin.

use crate::{PluginError, host};

/// A line of the run's log. `stream` is `stdout`, `stderr` or `note`.
pub fn log_line(stream: &str, text: &str) {
    host::job::log_line(stream, text);
}

/// Lines of the run's log, in order: the stream and the text of each. What a program says in a burst is one call.
pub fn log_lines<'a>(lines: impl IntoIterator<Item = (&'a str, &'a str)>) {
    host::job::log_lines(lines.into_iter().collect());
}

/// A line of the run's log, in the plugin's own words.
pub fn note(text: &str) {
    log_line("note", text);
}

/// How far it is, in units of its own, and a few words.
pub fn progress(done: u64, total: Option<u64>, note: &str) {
    host::job::progress(done, total, note);
}

/// Still alive, though it has nothing to say.
pub fn heartbeat() {
    host::job::heartbeat();
}

/// Keeps a result with the run, under a name.
///
/// # Errors
/// The host's own.
pub fn artifact(name: &str, media_type: &str, contents: impl AsRef<[u8]>) -> Result<(), PluginError> {
    host::job::artifact(name, media_type, contents.as_ref())
}

/// Whether somebody wants it to end. It has 30 s from then on.
#[must_use]
pub fn cancelled() -> bool {
    host::job::cancelled()
}
