//! What models take for one attempt, as it goes on: so that an attempt whose worker is given up is charged what it used. It
//! must not know who counts.

use std::sync::atomic::{AtomicU64, Ordering};

use patchbay_types::{NanoUsd, Tokens};

use crate::port::Spent;

/// Shared by an attempt and its worker.
#[derive(Debug, Default)]
pub struct Spending {
    tokens: AtomicU64,
    /// In nano-USD.
    usd: AtomicU64,
}

impl Spending {
    /// One call more was paid for.
    pub fn add(&self, tokens: Tokens, usd: NanoUsd) {
        self.tokens.fetch_add(tokens.0, Ordering::Relaxed);
        self.usd.fetch_add(usd.0, Ordering::Relaxed);
    }

    /// All of them.
    #[must_use]
    pub fn so_far(&self) -> Spent {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        Spent { tokens: Tokens(read(&self.tokens)), usd: NanoUsd(read(&self.usd)) }
    }
}
