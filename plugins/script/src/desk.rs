//! What a run keeps count of, outside the script's reach: its time, whether somebody wants it to end, what it has asked
//! the host, what it has logged. It knows no JavaScript.

use std::cell::Cell;
use std::time::{Duration, Instant};

use patchbay_sdk::{PluginError, job};

use crate::limit::{BEAT, HOST_CALLS_MAX, LOG_BYTES_MAX, LOG_LINE_BYTES_MAX, LOG_LINES_MAX};

/// Why a run is over though the script would go on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Stop {
    Cancelled,
    Timeout,
}

pub(crate) struct Desk {
    started: Instant,
    /// How long the run had lasted when it last said that it lives.
    beat: Cell<Duration>,
    timeout: Duration,
    stop: Cell<Option<Stop>>,
    calls: Cell<u32>,
    lines: Cell<u32>,
    bytes: Cell<usize>,
    unlogged: Cell<u32>,
}

impl Desk {
    pub(crate) fn new(timeout: Duration) -> Self {
        Self {
            started: Instant::now(),
            beat: Cell::new(Duration::ZERO),
            timeout,
            stop: Cell::new(None),
            calls: Cell::new(0),
            lines: Cell::new(0),
            bytes: Cell::new(0),
            unlogged: Cell::new(0),
        }
    }

    /// Why it is over, once it is; the clock moves with this question.
    pub(crate) fn stop(&self) -> Option<Stop> {
        if self.stop.get().is_none() {
            self.stop.set(self.look());
        }
        self.stop.get()
    }

    /// The same, as far as it was asked already.
    pub(crate) fn stopped(&self) -> Option<Stop> {
        self.stop.get()
    }

    fn look(&self) -> Option<Stop> {
        if job::cancelled() {
            return Some(Stop::Cancelled);
        }
        self.left().is_zero().then_some(Stop::Timeout)
    }

    /// How much of its time is left.
    pub(crate) fn left(&self) -> Duration {
        self.timeout.saturating_sub(self.started.elapsed())
    }

    /// Says that the run lives, now and then: a script that asks much and logs nothing is not stuck.
    pub(crate) fn beat(&self) {
        let lasted = self.started.elapsed();
        if lasted.saturating_sub(self.beat.get()) >= BEAT {
            self.beat.set(lasted);
            job::heartbeat();
        }
    }

    /// Counts one call of the host.
    pub(crate) fn count(&self) -> Result<(), PluginError> {
        let calls = self.calls.get() + 1;
        if calls > HOST_CALLS_MAX {
            let message = format!("a run has {HOST_CALLS_MAX} calls of the host, and they are used up");
            return Err(PluginError::new("too-many", message));
        }
        self.calls.set(calls);
        Ok(())
    }

    /// A line of the run's log, cut; none once there are enough.
    pub(crate) fn log(&self, stream: &str, text: &str) {
        let text = start_of(text, LOG_LINE_BYTES_MAX);
        let bytes = self.bytes.get() + text.len();
        if self.lines.get() == LOG_LINES_MAX || bytes > LOG_BYTES_MAX {
            self.unlogged.set(self.unlogged.get().saturating_add(1));
            return;
        }
        self.lines.set(self.lines.get() + 1);
        self.bytes.set(bytes);
        job::log_line(stream, text);
    }

    /// Says what was left out.
    pub(crate) fn close_log(&self) {
        match self.unlogged.get() {
            0 => {}
            lines => job::note(&format!(
                "{lines} lines more were not logged: a run has {LOG_LINES_MAX} lines and {LOG_BYTES_MAX} bytes"
            )),
        }
    }
}

/// At most `bytes` bytes, and no half character.
fn start_of(text: &str, bytes: usize) -> &str {
    &text[..text.floor_char_boundary(bytes)]
}
