//! What a played provider remembers.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::time::Instant;

use crate::http::Head;

/// As many requests are remembered with what they said; later ones are only counted.
const REMEMBERED_MAX: usize = 200_000;
/// Of a body as much is kept, in bytes.
const BODY_BYTES_KEPT: usize = 64 * 1024;
/// Complaints that are kept.
const JUNK_MAX: usize = 100;

/// A request as it came, and what came of it.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    /// From 0, in the order of arrival.
    pub(crate) number: usize,
    pub(crate) at: Instant,
    pub(crate) head: Head,
    pub(crate) body: Vec<u8>,
    /// When its script had been played to its end.
    pub(crate) ended: Option<Instant>,
    /// When its client was seen to be gone before that.
    pub(crate) left: Option<Instant>,
}

/// Everything that came to one provider.
#[derive(Default)]
pub(crate) struct Seen(Mutex<Memory>);

#[derive(Default)]
struct Memory {
    asked: Vec<Asked>,
    count: usize,
    junk: Vec<String>,
}

impl Asked {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn is_stream(&self) -> bool {
        let body: serde_json::Value = serde_json::from_slice(&self.body).unwrap_or_default();
        body["stream"] == true
    }

    /// Whether nothing of it is under way any more.
    pub(crate) fn is_over(&self) -> bool {
        self.ended.is_some() || self.left.is_some()
    }
}

impl Seen {
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.memory().asked.clone()
    }

    pub(crate) fn count(&self) -> usize {
        self.memory().count
    }

    /// What came and was no request of one framing, in words.
    pub(crate) fn junk(&self) -> Vec<String> {
        self.memory().junk.clone()
    }

    /// Whether every request has come to its end, one way or the other.
    pub(crate) fn is_quiet(&self) -> bool {
        self.memory().asked.iter().all(Asked::is_over)
    }

    /// Forgets what was asked. Requests that are under way are not told apart from later ones: ask when it is quiet.
    pub(crate) fn forget(&self) {
        let mut memory = self.memory();
        memory.asked.clear();
        memory.count = 0;
        memory.junk.clear();
    }

    pub(super) fn complain(&self, what: String) {
        let mut memory = self.memory();
        if memory.junk.len() < JUNK_MAX {
            memory.junk.push(what);
        }
    }

    pub(super) fn remember(&self, head: Head, mut body: Vec<u8>) -> Asked {
        body.truncate(BODY_BYTES_KEPT);
        let mut memory = self.memory();
        let asked = Asked { number: memory.count, at: Instant::now(), head, body, ended: None, left: None };
        memory.count += 1;
        if memory.asked.len() < REMEMBERED_MAX {
            memory.asked.push(asked.clone());
        }
        asked
    }

    pub(super) fn note(&self, number: usize, note: impl FnOnce(&mut Asked)) {
        if let Some(asked) = self.memory().asked.get_mut(number) {
            note(asked);
        }
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
