//! What a program has said: the first line of its output, which may be an id, and the last of its errors.

use patchbay_sdk::process::Line;

/// Of a line, in characters.
const LINE_MAX: usize = 200;

#[derive(Default)]
pub(crate) struct Said {
    /// Of stdout; empty if there is none.
    pub(crate) first: String,
    stdout: String,
    stderr: String,
}

impl Said {
    pub(crate) fn take(&mut self, line: &Line) {
        let text: String = line.text.trim().chars().take(LINE_MAX).collect();
        if text.is_empty() {
            return;
        }
        if line.stream == "stderr" {
            self.stderr = text;
            return;
        }
        if self.first.is_empty() {
            self.first.clone_from(&text);
        }
        self.stdout = text;
    }

    /// What says most about a failure.
    pub(crate) fn last(&self) -> &str {
        if self.stderr.is_empty() { &self.stdout } else { &self.stderr }
    }
}
