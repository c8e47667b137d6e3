//! A run while it goes on: what it says, and whether it is stuck. It must not know who works.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use patchbay_tasks::{Clocks, Seen, Stuck, Watch};
use patchbay_types::{Clock, Monotonic, Timestamp, stable_hash};
use serde::{Deserialize, Serialize};
use tokio::sync::Notify;

/// Characters of a run's log at which the oldest lines go.
const LOG_CHARS_MAX: usize = 100_000;
/// Characters that stay then.
const LOG_CHARS_KEPT: usize = 80_000;
/// Characters of what went wrong that a failure tells.
const TOLD_CHARS: usize = 3_000;

/// One line of a run's log.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Line {
    /// From 1, without gaps; the oldest may be gone.
    pub number: u64,
    pub at: Timestamp,
    /// `stdout`, `stderr` or `note`.
    pub stream: String,
    pub text: String,
}

/// One attempt that goes on.
pub struct Run {
    clock: Arc<dyn Clock>,
    said: Mutex<Said>,
    /// Something was heard.
    sign: Notify,
}

struct Said {
    lines: VecDeque<Line>,
    chars: usize,
    last: u64,
    watch: Watch,
}

impl Run {
    pub(crate) fn begin(clock: Arc<dyn Clock>) -> Self {
        let watch = Watch::begin(clock.monotonic());
        let said = Said { lines: VecDeque::new(), chars: 0, last: 0, watch };
        Self { clock, said: Mutex::new(said), sign: Notify::new() }
    }

    /// A line, whole, already bounded and printable.
    pub fn line(&self, stream: &str, text: &str) {
        let (now, at) = (self.clock.monotonic(), self.clock.wall());
        self.with(|said| {
            said.watch.see(Seen::Line { text: stable_hash(text) }, now);
            said.keep(at, stream, text);
        });
    }

    /// Alive: no line, no progress.
    pub fn heartbeat(&self) {
        self.with(|_| ());
    }

    /// How far it is; the same words again are no progress.
    pub fn progress(&self, text: &str) {
        let now = self.clock.monotonic();
        self.with(|said| said.watch.see(Seen::Line { text: stable_hash(text) }, now));
    }

    /// The lines after this number, at most so many.
    #[must_use]
    pub fn since(&self, number: u64, limit: usize) -> Vec<Line> {
        let said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        said.lines.iter().filter(|line| line.number > number).take(limit).cloned().collect()
    }

    /// The last lines.
    #[must_use]
    pub fn tail(&self, lines: usize) -> Vec<Line> {
        let said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        let skip = said.lines.len().saturating_sub(lines);
        said.lines.iter().skip(skip).cloned().collect()
    }

    /// What the run said last, errors before others: at most 3,000 characters.
    pub(crate) fn last_words(&self) -> String {
        let said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        let errors = said.words(|line| line.stream == "stderr");
        if errors.is_empty() { said.words(|_| true) } else { errors }
    }

    /// Until the next sign of life.
    pub(crate) async fn signed(&self) {
        self.sign.notified().await;
    }

    pub(crate) fn stuck(&self, clocks: &Clocks) -> Result<Monotonic, Stuck> {
        let now = self.clock.monotonic();
        let said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        match said.watch.stuck(now, clocks) {
            Some(stuck) => Err(stuck),
            None => Ok(said.watch.look_again(clocks)),
        }
    }

    pub(crate) fn take_lines(&self) -> Vec<Line> {
        let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        said.chars = 0;
        std::mem::take(&mut said.lines).into()
    }

    fn with(&self, tell: impl FnOnce(&mut Said)) {
        let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        tell(&mut said);
        drop(said);
        self.sign.notify_one();
    }
}

impl Said {
    fn keep(&mut self, at: Timestamp, stream: &str, text: &str) {
        self.last += 1;
        self.chars += text.chars().count();
        let line = Line { number: self.last, at, stream: stream.to_owned(), text: text.to_owned() };
        self.lines.push_back(line);
        if self.chars > LOG_CHARS_MAX {
            self.forget();
        }
    }

    fn forget(&mut self) {
        while self.chars > LOG_CHARS_KEPT
            && self.lines.len() > 1
            && let Some(oldest) = self.lines.pop_front()
        {
            self.chars -= oldest.text.chars().count();
        }
    }

    fn words(&self, is: impl Fn(&Line) -> bool) -> String {
        let (mut words, mut chars) = (Vec::new(), 0);
        for line in self.lines.iter().rev().filter(|line| is(line)) {
            chars += line.text.chars().count() + 1;
            if chars > TOLD_CHARS && !words.is_empty() {
                break;
            }
            words.push(line.text.as_str());
        }
        words.reverse();
        let text = words.join("\n");
        let extra = text.chars().count().saturating_sub(TOLD_CHARS);
        text.chars().skip(extra).collect()
    }
}
