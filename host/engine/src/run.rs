//! A run while it goes on: what it says and leaves, and whether it is stuck. It must not know who works.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use patchbay_runs::{
    Artifact, ArtifactKind, Artifacts, Ended, Full, Hold, Kind, Level, New, PutError, RunLog, Said, gist,
};
use patchbay_tasks::{Clocks, Seen, Stuck, Watch};
use patchbay_types::{Clock, Monotonic};
use tokio::sync::Notify;

pub use patchbay_runs::{Line, Stream};

/// Characters of what went wrong that a failure tells.
const TOLD_CHARS: usize = 3_000;
/// Lines of a log that are stored with its attempt.
const STORED_LINES: usize = 10_000;
/// Artifacts of one run.
const ARTIFACTS_MAX: usize = 100;

/// One attempt that goes on.
pub struct Run {
    clock: Arc<dyn Clock>,
    log: RunLog,
    artifacts: Artifacts,
    kept: Mutex<Vec<(Artifact, Hold)>>,
    watch: Mutex<Watch>,
    /// Lines that somebody outside has said.
    heard: Mutex<u64>,
    /// Something was heard.
    sign: Notify,
}

/// What is left of a run. Its artifacts stay while this lives; then they must be stored.
#[derive(Default)]
pub(crate) struct Left {
    pub(crate) lines: Vec<Line>,
    pub(crate) artifacts: Vec<Artifact>,
    #[expect(dead_code, reason = "being there is all that they do")]
    holds: Vec<Hold>,
}

/// Why an artifact is not kept.
#[derive(Debug, thiserror::Error)]
pub enum NotKept {
    #[error("this run has kept {ARTIFACTS_MAX} artifacts already, as many as one may")]
    Many,
    #[error(transparent)]
    Put(#[from] PutError),
}

impl Run {
    pub(crate) fn begin(clock: Arc<dyn Clock>, log: RunLog, artifacts: Artifacts) -> Self {
        let watch = Mutex::new(Watch::begin(clock.monotonic()));
        let (kept, heard) = Default::default();
        Self { clock, log, artifacts, kept, watch, heard, sign: Notify::new() }
    }

    /// The same for a run that somebody outside goes on with, who has said so many lines.
    pub(crate) fn heard_before(self, lines: u64) -> Self {
        self.log.set_heard(lines);
        Self { heard: Mutex::new(lines), ..self }
    }

    /// Lines of somebody outside, by their stream, who had said `from` before these. What was heard already is not written
    /// again. Without a number all are new.
    pub(crate) fn hear(&self, from: Option<u64>, lines: &[(&str, String)]) {
        let mut heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        let mut number = from.unwrap_or(*heard);
        for (stream, text) in lines {
            number = number.saturating_add(1);
            if number > *heard {
                *heard = number;
                self.log.set_heard(number);
                self.line(stream, text);
            }
        }
    }

    /// A line of the program's (`stdout`, `stderr`) or of the skill's own (`note`).
    pub fn line(&self, stream: &str, text: &str) {
        let (kind, level, stream) = match stream {
            "stdout" => (Kind::Task, Level::Info, Stream::Stdout),
            // The last of these stay longest: that is where programs say what went wrong.
            "stderr" => (Kind::Error, Level::Warn, Stream::Stderr),
            _ => (Kind::Task, Level::Info, Stream::Note),
        };
        self.log.say(self.clock.wall(), Said { kind, level, stream, text });
        self.see(Seen::Line { text: gist(text) });
    }

    /// Alive: no line, no progress.
    pub fn heartbeat(&self) {
        self.sign.notify_one();
    }

    /// How far it is; the same words again are no progress.
    pub fn progress(&self, text: &str) {
        self.see(Seen::Line { text: patchbay_types::stable_hash(text) });
    }

    /// Keeps a result, or if its name begins with `evidence`, what shows a failure.
    ///
    /// # Errors
    /// If there are too many, or it cannot be kept.
    pub async fn keep(&self, name: String, media_type: String, contents: Bytes) -> Result<(), NotKept> {
        if self.kept.lock().unwrap_or_else(PoisonError::into_inner).len() >= ARTIFACTS_MAX {
            return Err(NotKept::Many);
        }
        let kind = if name.starts_with("evidence") { ArtifactKind::Evidence } else { ArtifactKind::Result };
        let new = New { run: self.log.run(), name, media_type, kind, contents, at: self.clock.wall() };
        let kept = self.artifacts.put(new).await?;
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).push((kept.artifact, kept.hold));
        self.sign.notify_one();
        Ok(())
    }

    /// The lines after this number, at most so many.
    #[must_use]
    pub fn since(&self, number: u64, limit: usize) -> Vec<Line> {
        self.log.since(number, limit).lines.iter().map(|line| (**line).clone()).collect()
    }

    /// What the run said last, errors before others: at most 3,000 characters.
    pub(crate) fn last_words(&self) -> String {
        let lines = self.log.tail(STORED_LINES).lines;
        let errors = words(&lines, |line| line.stream == Stream::Stderr);
        if errors.is_empty() { words(&lines, |line| line.stream != Stream::Note) } else { errors }
    }

    /// Until the next sign of life.
    pub(crate) async fn signed(&self) {
        self.sign.notified().await;
    }

    /// When it has to be looked at again, or why it is stuck.
    pub(crate) fn stuck(&self, clocks: &Clocks) -> Result<Monotonic, Stuck> {
        let now = self.clock.monotonic();
        let watch = self.watch.lock().unwrap_or_else(PoisonError::into_inner);
        match watch.stuck(now, clocks) {
            Some(stuck) => Err(stuck),
            None => Ok(watch.look_again(clocks)),
        }
    }

    /// The run is over: its log, whole as an artifact if it went wrong, and what it has kept.
    pub(crate) async fn finish(&self, ended: Ended) -> Left {
        let finished = self.log.finish(self.clock.wall(), ended, &self.artifacts).await;
        let kept = std::mem::take(&mut *self.kept.lock().unwrap_or_else(PoisonError::into_inner));
        let (mut artifacts, mut holds): (Vec<_>, Vec<_>) = kept.into_iter().unzip();
        match finished.full {
            Full::Kept(kept) => {
                artifacts.push(kept.artifact);
                holds.push(kept.hold);
            }
            Full::Stays(error) => tracing::warn!(%error, "the whole log of a run is not kept yet"),
            Full::Removed => {}
        }
        let lines = finished.log.tail(STORED_LINES).lines;
        Left { lines: lines.into_iter().map(Arc::unwrap_or_clone).collect(), artifacts, holds }
    }

    fn see(&self, seen: Seen) {
        let now = self.clock.monotonic();
        self.watch.lock().unwrap_or_else(PoisonError::into_inner).see(seen, now);
        self.sign.notify_one();
    }
}

/// The last of these lines, as one text.
fn words(lines: &[Arc<Line>], is: impl Fn(&Line) -> bool) -> String {
    let (mut words, mut chars) = (Vec::new(), 0);
    for line in lines.iter().rev().filter(|line| is(line)) {
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
