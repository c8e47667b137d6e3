//! What models took for one work, and how much more they may. It must not know whose work it is.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use patchbay_engine::Spending;
use patchbay_proxy::{Settled, Tab};
use patchbay_types::{Digest, NanoUsd, Tokens};

use super::{PluginError, error};

const USED_UP: &str = "the budget of this task for models is used up: a person has to raise it";

/// Counted from the first call on.
#[derive(Debug, Default)]
pub struct Used {
    prompt: AtomicU64,
    completion: AtomicU64,
    /// In nano-USD.
    cost: AtomicU64,
    left: Left,
    refused: AtomicBool,
    /// Who hears of each call at once: what is used counts even if whoever used it is given up.
    also: Option<Arc<Spending>>,
    /// Pictures that models were shown, each once.
    images: Mutex<Vec<Digest>>,
}

/// What may still be used. None: as much as is wanted.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Left {
    pub tokens: Option<Tokens>,
    /// In nano-USD.
    pub usd: Option<NanoUsd>,
}

impl Used {
    #[must_use]
    pub fn within(left: Left, also: Option<Arc<Spending>>) -> Self {
        Self { left, also, ..Self::default() }
    }

    #[must_use]
    pub fn prompt(&self) -> Tokens {
        Tokens(self.prompt.load(Ordering::Relaxed))
    }

    #[must_use]
    pub fn completion(&self) -> Tokens {
        Tokens(self.completion.load(Ordering::Relaxed))
    }

    /// All of them.
    #[must_use]
    pub fn tokens(&self) -> Tokens {
        self.prompt() + self.completion()
    }

    #[must_use]
    pub fn cost(&self) -> NanoUsd {
        NanoUsd(self.cost.load(Ordering::Relaxed))
    }

    /// The pictures that models were shown, in their order.
    #[must_use]
    pub fn images(&self) -> Vec<Digest> {
        self.images.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether a call was refused because nothing was left.
    #[must_use]
    pub fn was_refused(&self) -> bool {
        self.refused.load(Ordering::Relaxed)
    }

    /// Whether one more call may be made. What it takes is known afterwards: the last may go beyond.
    pub(super) fn may_ask(&self) -> Result<(), PluginError> {
        let is_out = self.left.tokens.is_some_and(|left| self.tokens() >= left)
            || self.left.usd.is_some_and(|left| self.cost() >= left);
        if !is_out {
            return Ok(());
        }
        self.refused.store(true, Ordering::Relaxed);
        Err(error("budget", USED_UP))
    }

    pub(super) fn shown(&self, image: Digest) {
        let mut images = self.images.lock().unwrap_or_else(PoisonError::into_inner);
        if !images.contains(&image) {
            images.push(image);
        }
    }
}

impl Tab for Used {
    fn may_ask(&self) -> Result<(), String> {
        Used::may_ask(self).map_err(|refused| refused.message)
    }

    fn settled(&self, settled: &Settled) {
        self.prompt.fetch_add(settled.prompt.0, Ordering::Relaxed);
        self.completion.fetch_add(settled.completion.0, Ordering::Relaxed);
        self.cost.fetch_add(settled.cost.0, Ordering::Relaxed);
        if let Some(also) = &self.also {
            also.add(settled.prompt + settled.completion, settled.cost);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settled(prompt: u64, completion: u64, cost: u64) -> Settled {
        Settled { prompt: Tokens(prompt), completion: Tokens(completion), cost: NanoUsd(cost) }
    }

    #[test]
    fn calls_add_up_until_nothing_is_left() {
        let heard = Arc::new(Spending::default());
        let used = Used::within(Left { tokens: Some(Tokens(20)), usd: None }, Some(heard.clone()));
        used.may_ask().unwrap();
        used.settled(&settled(10, 5, 7));
        used.may_ask().unwrap();
        used.settled(&settled(10, 5, 7));
        assert_eq!((used.tokens(), used.cost(), used.was_refused()), (Tokens(30), NanoUsd(14), false));
        assert_eq!(used.may_ask().unwrap_err().code, "budget");
        assert!(used.was_refused());
        assert_eq!((heard.so_far().tokens, heard.so_far().usd), (used.tokens(), used.cost()));
        Used::default().may_ask().unwrap();
        Used::within(Left { tokens: None, usd: Some(NanoUsd(0)) }, None).may_ask().unwrap_err();
    }
}
