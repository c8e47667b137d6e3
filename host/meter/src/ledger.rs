//! Where usage is kept for good: a port.

use std::error::Error;
use std::pin::Pin;

use crate::row::{UsageKey, UsageRow};

/// The answer of [`Ledger::add`], to be awaited.
pub type Added<'a> = Pin<Box<dyn Future<Output = Result<(), LedgerError>> + Send + 'a>>;

/// Keeps usage by the hour.
pub trait Ledger: Send + Sync {
    /// Adds each row to what is kept under its key: the rows are increments. At most 10,000 of them, each key once.
    ///
    /// All or nothing: after an error the same rows, and more, come again.
    fn add(&self, rows: Vec<(UsageKey, UsageRow)>) -> Added<'_>;
}

/// The ledger could not add; nothing was added.
#[derive(Debug, thiserror::Error)]
#[error("usage could not be added to the ledger, it will be tried again: {0}")]
pub struct LedgerError(Box<dyn Error + Send + Sync>);

impl LedgerError {
    pub fn new(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self(cause.into())
    }
}
