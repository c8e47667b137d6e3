//! What the imports answer outside the sandbox. Each thread, so each test, has its own.

use std::cell::RefCell;
use std::collections::VecDeque;

use serde_json::Value;

use crate::log::Level;

/// The oldest lines go first: a plugin that logs in a loop must not eat the test's memory.
const LINES_MAX: usize = 10_000;

thread_local! {
    static CONFIG: RefCell<String> = RefCell::new("{}".to_owned());
    static LINES: RefCell<VecDeque<LogLine>> = const { RefCell::new(VecDeque::new()) };
}

/// One line that the plugin wrote.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LogLine {
    /// How much it matters.
    pub level: Level,
    /// Its text.
    pub message: String,
    /// The names and values beside it.
    pub fields: Vec<(String, String)>,
}

/// What [`config`](crate::config) reads from now on, on this thread.
pub fn set_config(config: &Value) {
    CONFIG.set(config.to_string());
}

/// The lines written on this thread since the last look, the oldest first; at most the last 10,000.
#[must_use]
pub fn logs() -> Vec<LogLine> {
    LINES.take().into()
}

pub(crate) fn config() -> String {
    CONFIG.with_borrow(Clone::clone)
}

pub(crate) fn log(level: Level, message: &str, fields: &[(&str, &str)]) {
    let fields = fields.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect();
    LINES.with_borrow_mut(|lines| {
        if lines.len() == LINES_MAX {
            lines.pop_front();
        }
        lines.push_back(LogLine { level, message: message.to_owned(), fields });
    });
}
