//! The three logs, from their newest end.

use patchbay_store::{ReadError, StoreExt};
use patchbay_types::{Audit, Event, Report};

use super::Operator;
use crate::OperatorError;
use crate::api::Logged;

impl Operator {
    /// The newest `limit` events, the newest last.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn events(&self, limit: usize) -> Result<Vec<Logged<Event>>, OperatorError> {
        logged(self.desk().parts.store.last_events(limit).await)
    }

    /// The newest `limit` audits, the newest last.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn audits(&self, limit: usize) -> Result<Vec<Logged<Audit>>, OperatorError> {
        logged(self.desk().parts.store.last_audits(limit).await)
    }

    /// The newest `limit` reports that wait in the outbox, the newest last.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn reports(&self, limit: usize) -> Result<Vec<Logged<Report>>, OperatorError> {
        logged(self.desk().parts.store.last_reports(limit).await)
    }
}

fn logged<T>(entries: Result<Vec<(u64, T)>, ReadError>) -> Result<Vec<Logged<T>>, OperatorError> {
    Ok(entries?.into_iter().map(|(sequence, entry)| Logged { sequence, entry }).collect())
}
