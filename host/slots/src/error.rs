//! How changes to a slot can fail. Nothing is half done: either the store has the change or nobody has.

use patchbay_registry::contract::ContractError;
use patchbay_registry::{IndexError, LimitError, ScanError, StoreError, TrustError};
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
    #[error(transparent)]
    Trust(#[from] TrustError),
    #[error("{plugin}: {source}")]
    Limits { plugin: String, source: LimitError },
    #[error("{plugin} is a {world}, which does not go into slot {slot}: load it with --slot {expected}")]
    Kind { plugin: String, world: &'static str, slot: SlotName, expected: String },
    #[error("the configuration does not fit {plugin}: {faults}")]
    Config { plugin: String, faults: String },
    #[error("{plugin} would get more than {before} has: {wider}; say --accept-grants if that is meant")]
    Wider { plugin: String, before: String, wider: String },
    #[error(
        "{plugin} is older than {before}, which is in charge of {slot}: say --allow-downgrade if that is meant"
    )]
    Older { plugin: String, before: String, slot: SlotName },
    #[error(
        "slot {0} has nothing in charge, so there is nothing to compare a trial with: load it without a trial"
    )]
    NothingToCompare(SlotName),
    #[error("there are {0} slots, as many as there may be: remove one with `patchbay slot remove`")]
    TooManySlots(usize),
    #[error("{plugin} ({digest}): {source}")]
    Runtime { plugin: String, digest: String, source: RuntimeError },
    #[error(transparent)]
    Component(#[from] StoreError),
    #[error(transparent)]
    Index(#[from] IndexError),
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

/// Why a candidate was not put in charge.
#[derive(Debug, Error)]
pub enum PromoteError {
    #[error("slot {0} has no trial: begin one with `patchbay plugin load … --slot {0} --shadow`")]
    NoTrial(SlotName),
    #[error("slot {slot} has no generation {number}: look at `patchbay slot show {slot}`")]
    NoGeneration { slot: SlotName, number: u64 },
    #[error("{0} is quarantined: {1}; mend the plugin and load it again")]
    Quarantined(GenerationId, String),
    #[error(
        "{candidate} is not put in charge: of {calls} recorded calls that were put to it, {traps} failed; the first: \
         {first}"
    )]
    Traps { candidate: GenerationId, calls: usize, traps: usize, first: String },
    #[error(
        "{candidate} is not put in charge: it answered otherwise {differ} of {calls} recorded calls, and {heard} of those \
         that it heard as a shadow; look at `patchbay plugin diff-report --slot {slot}`, and say --accept-diff \"WHY\" if \
         that is meant",
        slot = .candidate.slot
    )]
    Differs { candidate: GenerationId, calls: usize, differ: usize, heard: usize },
    #[error(transparent)]
    Load(#[from] LoadError),
    #[error(transparent)]
    Read(#[from] ReadError),
}

#[derive(Debug, Error)]
pub enum OpenError {
    #[error("the slots cannot be read: {0}")]
    Read(#[from] ReadError),
}

/// Why a slot that waits to be asked for was not filled.
#[derive(Clone, Debug, Error)]
#[error("slot {slot} is not loaded: {why}")]
pub struct WakeError {
    pub slot: SlotName,
    pub why: String,
}

/// Why a slot was not removed.
#[derive(Debug, Error)]
pub enum RemoveError {
    #[error(
        "slot routing is always there: load another policy into it, or go back with `patchbay plugin rollback`"
    )]
    Routing,
    #[error("there is no slot {0}")]
    Unknown(SlotName),
    #[error(transparent)]
    Commit(#[from] CommitError),
    #[error(transparent)]
    Read(#[from] ReadError),
}

/// Why the order of a chain was not changed.
#[derive(Debug, Error)]
pub enum OrderError {
    #[error("the order must name each slot of {kind} once: {expected}")]
    Incomplete { kind: &'static str, expected: String },
    #[error("slots of {0} have no order: only analyzers and strategies have")]
    NoChain(&'static str),
    #[error(transparent)]
    Commit(#[from] CommitError),
    #[error(transparent)]
    Encode(#[from] EncodeError),
}
