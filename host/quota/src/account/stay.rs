//! A request that is in: from when it may run until it is over. It must not know what the request asks for.

use std::sync::Arc;

use patchbay_types::{NanoUsd, Tokens};

use super::state::Held;
use super::{Account, Now};
use crate::Exceeded;

/// Dropped: the request is over, and what it had set aside and not settled is given back, as nothing of it was used.
#[must_use]
#[derive(Debug)]
pub struct Stay {
    account: Arc<Account>,
    /// Whether it is counted as in flight: not if the key had no limits when it came.
    counted: bool,
    held: Option<Held>,
}

impl Stay {
    pub(super) fn new(account: Arc<Account>, counted: bool) -> Self {
        Self { account, counted, held: None }
    }

    /// Sets aside what the request will probably use. Called again (another model's price), it replaces the earlier one.
    ///
    /// # Errors
    /// The limit that it would pass; nothing is set aside then, the earlier one neither.
    pub fn reserve(&mut self, tokens: Tokens, cost: NanoUsd, now: Now) -> Result<(), Exceeded> {
        let held = self.held.take();
        if held.is_some() || self.account.is_limited() {
            self.held = Some(self.account.lock().reserve(held, tokens, cost, now)?);
        }
        Ok(())
    }

    /// What the request did use: it takes the place of what was set aside. Called again (an attempt that failed and was
    /// billed, too), it adds. It is counted also where it passes a limit.
    pub fn settle(&mut self, tokens: Tokens, cost: NanoUsd, now: Now) {
        let held = self.held.take();
        if held.is_some() || self.account.is_limited() {
            self.account.lock().settle(held, tokens, cost, now);
        }
    }
}

impl Drop for Stay {
    fn drop(&mut self) {
        let held = self.held.take();
        if self.counted || held.is_some() {
            self.account.lock().leave(self.counted, held);
        }
    }
}
