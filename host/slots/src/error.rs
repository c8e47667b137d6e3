//! How changes to a slot can fail. Nothing is half done: either the store has the change or nobody has.

use patchbay_registry::contract::ContractError;
use patchbay_registry::{ScanError, StoreError};
use patchbay_runtime::LoadError as RuntimeError;
use patchbay_store::{CommitError, EncodeError, ReadError};
use patchbay_types::{GenerationId, SlotName};
use thiserror::Error;

/// Why a component was not loaded.
#[derive(Debug, Error)]
pub enum LoadError {
    #[error(transparent)]
    Scan(#[from] ScanError),
    #[error(transparent)]
    Contract(#[from] ContractError),
    #[error("{plugin} ({digest}): {source}")]
    Runtime { plugin: String, digest: String, source: RuntimeError },
    #[error(transparent)]
    Component(#[from] StoreError),
    #[error("the new generation could not be stored, so the old one stays in charge: {0}")]
    Commit(#[from] CommitError),
    #[error(transparent)]
    Encode(#[from] EncodeError),
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error("the host is shutting down")]
    ShuttingDown,
}

#[derive(Debug, Error)]
pub enum RollbackError {
    #[error("slot {0} has no earlier generation to go back to: load another component instead")]
    NothingEarlier(SlotName),
    #[error("going back to {to} failed: {source}")]
    Load { to: GenerationId, source: LoadError },
    #[error(transparent)]
    Read(#[from] ReadError),
}

#[derive(Debug, Error)]
pub enum OpenError {
    #[error("the slot's record cannot be read: {0}")]
    Read(#[from] ReadError),
}
