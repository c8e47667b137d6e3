//! Where usage is kept for good: a port.

use std::error::Error;
use std::pin::Pin;

use crate::row::{UsageKey, UsageRow};
use crate::spent::Spent;

/// The answer of [`Ledger::add`], to be awaited.
pub type Added<'a> = Pin<Box<dyn Future<Output = Result<(), LedgerError>> + Send + 'a>>;

/// What a flush brings: increments. At most 10,000 of each, and each key once.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Flush {
    pub rows: Vec<(UsageKey, UsageRow)>,
    pub spent: Vec<Spent>,
}

/// Keeps usage by the hour, and what each key spends in a day.
pub trait Ledger: Send + Sync {
    /// Adds each increment to what is kept under its key.
    ///
    /// All or nothing: after an error the same increments, and more, come again.
    fn add(&self, flush: Flush) -> Added<'_>;
}

/// The ledger could not add; nothing was added.
#[derive(Debug, thiserror::Error)]
#[error("usage could not be added to the ledger, it will be tried again: {0}")]
pub struct LedgerError(Box<dyn Error + Send + Sync>);

impl Flush {
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty() && self.spent.is_empty()
    }
}

impl LedgerError {
    pub fn new(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self(cause.into())
    }
}
