//! The log of one run: lines come in, are kept rolling in memory and spooled to a file, and readers look on. It must
//! not know who runs, nor where the log is stored when it is over.

mod cut;
mod finish;
mod follow;
mod rolling;

use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use patchbay_types::Timestamp;
use tokio::sync::watch;

pub(crate) use finish::full;
pub use finish::{Ended, Finished, Full, FullLogError};
pub use follow::Follower;
pub use rolling::{Page, Rolling, RollingError, VALUE_BYTES_MAX};

use crate::line::{Kind, Level, Line, Status, Stream};
use crate::run::RunId;
use crate::spool::Spool;
use cut::Cutter;

/// The log of a run that is going on; a clone is the same log. Nothing here waits: not for the disk, not for a reader.
///
/// If every clone is dropped without [`RunLog::finish`], its spool stays, as after a crash.
#[derive(Clone)]
pub struct RunLog(Arc<Inner>);

/// Something to say. Line breaks in `text` make it several lines; no text is no line.
#[derive(Clone, Copy, Debug)]
pub struct Said<'a> {
    pub kind: Kind,
    pub level: Level,
    pub stream: Stream,
    pub text: &'a str,
}

struct Inner {
    run: RunId,
    /// Shared with followers, who do not keep the log from ending.
    state: Arc<Mutex<State>>,
    /// How far it is, from the first follower on, who hold the other end: most logs have none.
    news: OnceLock<watch::Sender<News>>,
    spool: Arc<Spool>,
}

#[derive(Default)]
struct State {
    rolling: Rolling,
    status: Status,
    /// Words of somebody outside.
    heard: u64,
    stdout: Cutter,
    stderr: Cutter,
    note: Cutter,
    ended: bool,
}

/// What followers wait for.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
struct News {
    /// Of the newest line.
    number: u64,
    ended: bool,
}

impl News {
    fn of(state: &State) -> Self {
        Self { number: state.rolling.said(), ended: state.ended }
    }
}

impl RunLog {
    pub(crate) fn new(run: RunId, spool: Arc<Spool>) -> Self {
        Self(Arc::new(Inner { run, state: Arc::default(), news: OnceLock::new(), spool }))
    }

    #[must_use]
    pub fn run(&self) -> RunId {
        self.0.run
    }

    /// From here on each line has this status.
    pub fn set_status(&self, status: Status) {
        self.state().status = status;
    }

    /// From here on each line has this number of a word from outside.
    pub fn set_heard(&self, heard: u64) {
        self.state().heard = heard;
    }

    /// Writes it down. After the end of the run nothing is.
    pub fn say(&self, at: Timestamp, said: Said<'_>) {
        let mut state = self.state();
        let as_ = (said.kind, said.level, said.stream);
        let mut cutter = Cutter::default();
        cutter.push(said.text.as_bytes(), |text| self.add(&mut state, at, as_, text));
        if let Some(rest) = cutter.rest() {
            self.add(&mut state, at, as_, rest);
        }
        self.tell(&state);
    }

    /// Bytes as a program writes them: a line ends at its line break (`\n`, `\r\n` or `\r`) or with the run. Of a line that
    /// does not end, no more than [`LINE_BYTES_MAX`](crate::LINE_BYTES_MAX) is held. What is no UTF-8 is replaced.
    pub fn piece(&self, at: Timestamp, stream: Stream, bytes: &[u8]) {
        let mut state = self.state();
        let mut cutter = std::mem::take(state.cutter(stream));
        cutter.push(bytes, |text| self.add(&mut state, at, of(stream), text));
        *state.cutter(stream) = cutter;
        self.tell(&state);
    }

    /// The last `lines` lines.
    #[must_use]
    pub fn tail(&self, lines: usize) -> Page {
        self.state().rolling.tail(lines)
    }

    /// Lines after the one with this number, the oldest `limit` of them.
    #[must_use]
    pub fn since(&self, number: u64, limit: usize) -> Page {
        self.state().rolling.since(number, limit)
    }

    /// All that is still there, for people: see [`Rolling::text`].
    #[must_use]
    pub fn text(&self) -> String {
        self.state().rolling.text()
    }

    /// Lines after the one with this number, and then as they come.
    #[must_use]
    pub fn follow(&self, after: u64) -> Follower {
        let state = self.state();
        let news = self.0.news.get_or_init(|| watch::Sender::new(News::of(&state)));
        Follower::new(self.0.state.clone(), news.subscribe(), after)
    }

    fn add(&self, state: &mut State, at: Timestamp, as_: (Kind, Level, Stream), text: String) {
        if state.ended {
            return;
        }
        let ((kind, level, stream), status) = (as_, state.status);
        let number = state.rolling.said() + 1;
        let line = Arc::new(Line { number, at, kind, level, stream, status, heard: state.heard, text });
        self.0.spool.add(line.clone());
        state.rolling.push(line);
    }

    fn tell(&self, state: &State) {
        if let Some(followed) = self.0.news.get() {
            let news = News::of(state);
            followed.send_if_modified(|old| std::mem::replace(old, news) != news);
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn cutter(&mut self, stream: Stream) -> &mut Cutter {
        match stream {
            Stream::Stdout => &mut self.stdout,
            Stream::Stderr => &mut self.stderr,
            Stream::Note => &mut self.note,
        }
    }
}

/// What a program writes.
fn of(stream: Stream) -> (Kind, Level, Stream) {
    (Kind::Task, Level::Info, stream)
}

#[cfg(test)]
mod tests;
