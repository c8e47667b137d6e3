//! What a program found: figures for people, and what should have been otherwise, a line each.

use crate::say::tell;

#[derive(Debug, Default)]
pub(crate) struct Report {
    pub(crate) program: &'static str,
    /// What was seen.
    pub(crate) lines: Vec<String>,
    /// What was expected and not seen. None: the program has passed.
    pub(crate) failures: Vec<String>,
    /// Is printed instead of all that, for programs.
    pub(crate) json: Option<String>,
}

impl Report {
    pub(crate) fn new(program: &'static str) -> Self {
        Self { program, ..Self::default() }
    }

    pub(crate) fn line(&mut self, line: impl Into<String>) {
        self.lines.push(line.into());
    }

    /// Notes a failure unless `holds`.
    pub(crate) fn expect(&mut self, holds: bool, otherwise: impl FnOnce() -> String) {
        if !holds {
            self.failures.push(otherwise());
        }
    }

    pub(crate) fn passed(&self) -> bool {
        self.failures.is_empty()
    }

    pub(crate) fn print(&self) {
        if let Some(json) = &self.json {
            return tell(json);
        }
        tell(&format!("## {}", self.program));
        self.lines.iter().for_each(|line| tell(line));
        self.failures.iter().for_each(|failure| tell(&format!("FAILED {failure}")));
        let failed = self.failures.len();
        tell(&if failed == 0 { "passed\n".to_owned() } else { format!("{failed} failed\n") });
    }
}
