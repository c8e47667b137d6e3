//! One who looks on while lines come. It must not be able to hold up the run: it reads what is there, and is told what
//! it missed.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;

use super::{News, Page, State};

/// Lines that are handed over at once.
const PAGE_LINES_MAX: usize = 1_000;

/// Reads a log as it grows. It costs the run nothing but a word that there is something new.
pub struct Follower {
    state: Arc<Mutex<State>>,
    news: watch::Receiver<News>,
    /// The number of the last line that was handed over or missed.
    after: u64,
}

impl Follower {
    pub(super) fn new(state: Arc<Mutex<State>>, news: watch::Receiver<News>, after: u64) -> Self {
        Self { state, news, after }
    }

    /// The next lines, at most 1,000, and how many before or between them were gone when they were to be read. `None` when
    /// the run has ended, or its log was dropped, and all was handed over.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost.
    pub async fn next(&mut self) -> Option<Page> {
        loop {
            let seen = *self.news.borrow_and_update();
            let page = self.page();
            if let Some(last) = page.lines.last() {
                self.after = last.number;
                return Some(page);
            }
            let over = seen.ended || self.news.changed().await.is_err();
            if over && self.news.borrow().number <= self.after {
                return None;
            }
        }
    }

    fn page(&self) -> Page {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).rolling.since(self.after, PAGE_LINES_MAX)
    }
}
