//! Whether a cooldown that is cleared was cleared by the operator: the pool tells of both ends in the same words.

use std::sync::{Arc, Mutex, PoisonError};

use patchbay_types::ProviderId;

/// The desk says here whose cooldowns it is about to end; the book hears of each end in that very call.
#[derive(Clone, Default)]
pub struct ByHand {
    /// One at a time: the operator's changes have turns.
    clearing: Arc<Mutex<Option<ProviderId>>>,
}

impl ByHand {
    /// Does what ends cooldowns of this provider.
    pub(crate) fn clear<T>(&self, provider: &ProviderId, clear: impl FnOnce() -> T) -> T {
        self.set(Some(provider.clone()));
        let done = clear();
        self.set(None);
        done
    }

    pub(super) fn is_clearing(&self, provider: &ProviderId) -> bool {
        self.clearing.lock().unwrap_or_else(PoisonError::into_inner).as_ref() == Some(provider)
    }

    fn set(&self, provider: Option<ProviderId>) {
        *self.clearing.lock().unwrap_or_else(PoisonError::into_inner) = provider;
    }
}
