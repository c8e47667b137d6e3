//! What the host tells of a task, as a model gets to read it: bounded, and without what looks like a key. It must not
//! know what is asked about it.

use std::fmt::Display;

use super::{block, end_of, line, mask};
use crate::PluginError;
use crate::log;
use crate::tasks::{self, Attempt, Finding, PastFix, Runbook, Task};

/// Each text of a prompt, in bytes.
const INPUT_MAX: usize = 8 * 1024;
const LOG_MAX: usize = 32 * 1024;
const LIST_MAX: usize = 12 * 1024;
/// One attempt, finding or fix, and one runbook, in characters.
const ENTRY_MAX: usize = 1_000;
const RUNBOOK_MAX: usize = 4_000;
const NAME_MAX: usize = 200;
/// The most lines of a log that the host gives.
const LINES_MAX: u32 = 1_000;

/// All that the `tasks` capability gives. What the host does not tell is empty.
#[derive(Clone, Debug, Default)]
pub struct Story {
    /// The task; an empty one if there is none.
    pub task: Task,
    /// The newest last.
    pub attempts: Vec<Attempt>,
    /// What was found out.
    pub findings: Vec<Finding>,
    /// Fixes that were tried, the newest last.
    pub history: Vec<PastFix>,
    /// What people wrote down.
    pub runbooks: Vec<Runbook>,
    /// The end of the log.
    pub log: Vec<String>,
}

impl Story {
    /// Asks the host for all of it; a part that it cannot tell is left out, with a line in the log.
    #[must_use]
    pub fn read(log_lines: u32) -> Self {
        Self {
            task: told("task", tasks::current()).unwrap_or_default(),
            attempts: told("attempts", tasks::attempts()),
            findings: told("findings", tasks::findings()),
            history: told("history", tasks::history()),
            runbooks: told("runbooks", tasks::runbooks()),
            log: told("log", tasks::log_tail(log_lines.min(LINES_MAX))),
        }
    }

    /// What fills the places `task`, `skill`, `input`, `attempts`, `findings`, `fixes`, `runbooks` and `log` of a
    /// [`Template`](super::Template). Of what is long the end stays, which is the newest.
    #[must_use]
    pub fn places(&self) -> Vec<(&'static str, String)> {
        vec![
            ("task", line(&mask(&self.task.name), NAME_MAX)),
            ("skill", line(&mask(&self.task.skill), NAME_MAX)),
            ("input", shown(&self.task.input, INPUT_MAX)),
            ("attempts", list(&self.attempts, attempt)),
            ("findings", list(&self.findings, |found| entry(&found.kind, &found.text))),
            ("fixes", list(&self.history, fix)),
            ("runbooks", list(&self.runbooks, runbook)),
            ("log", shown(&self.log.join("\n"), LOG_MAX)),
        ]
    }
}

fn told<T: Default>(what: &str, answer: Result<T, PluginError>) -> T {
    answer.unwrap_or_else(|error| {
        log::warn!("the host does not tell the {what}: {error}");
        T::default()
    })
}

/// Masked first: half a key is not recognised.
fn shown(text: &str, bytes: usize) -> String {
    let text = block(&mask(text), usize::MAX);
    if text.is_empty() { none() } else { end_of(&text, bytes) }
}

fn list<T>(entries: &[T], show: impl Fn(&T) -> String) -> String {
    let entries: Vec<String> = entries.iter().map(show).collect();
    if entries.is_empty() { none() } else { end_of(&entries.join("\n"), LIST_MAX) }
}

fn none() -> String {
    "(none)".to_owned()
}

fn entry(head: impl Display, text: &str) -> String {
    line(&mask(&format!("- {head}: {text}")), ENTRY_MAX)
}

fn attempt(attempt: &Attempt) -> String {
    let Attempt { number, state, error, .. } = attempt;
    entry(format_args!("attempt {number}, {state}"), error.as_deref().unwrap_or("no error was told"))
}

fn fix(fix: &PastFix) -> String {
    let PastFix { strategy, title, outcome, actions, .. } = fix;
    entry(format_args!("{outcome}, by {strategy}, {title}"), actions)
}

fn runbook(runbook: &Runbook) -> String {
    format!("- {}\n{}", line(&mask(&runbook.title), NAME_MAX), block(&mask(&runbook.text), RUNBOOK_MAX))
}
