//! Why the operator is refused: a stable word, a message, the field that is wrong, and what to do. How a refusal looks
//! on the wire is the business of `http`.

use patchbay_pool::FieldError;
use patchbay_registry::ScanError;
use patchbay_slots::{LoadError, RollbackError};
use patchbay_store::{CommitError, EncodeError, ReadError};
use patchbay_types::{Bytes, ProviderName, SlotName};
use patchbay_vault::SealError;

#[derive(Debug, thiserror::Error)]
pub enum OperatorError {
    /// A value that is not what it must be; nothing was stored. The message says what was found and expected.
    #[error("{field}: {message}")]
    Field { field: String, message: String },
    #[error("there is already a provider {0}")]
    ProviderExists(ProviderName),
    #[error("there is no provider {name}; {}", listed("providers", known))]
    UnknownProvider { name: String, known: Vec<String> },
    #[error("there is no key of an agent, or with the id, {0}")]
    UnknownKey(String),
    #[error("there is no slot {name}; there is: {known}")]
    UnknownSlot { name: String, known: SlotName },
    #[error("provider {name} has no model {model}; {}", listed("models", known))]
    UnknownModel { name: ProviderName, model: String, known: Vec<String>, field: &'static str },
    #[error(
        "provider {name} was changed by somebody else meanwhile: it is at revision {found}, expected {expected}"
    )]
    Changed { name: ProviderName, expected: u64, found: u64 },
    #[error(
        "the key of {name} is bound to {origin}, and the new url leads to {new}: the key is not sent there"
    )]
    CredentialBound { name: ProviderName, origin: String, new: String },
    #[error("there are {max} {what} already, which is the most there can be")]
    TooMany { what: &'static str, max: usize },
    #[error("more than {max} lines of usage: ask for fewer hours, or for one provider, model or agent")]
    TooMuchUsage { max: usize },
    #[error("the component has more than {} bytes", .0.0)]
    ComponentTooLarge(Bytes),
    #[error("the component was not loaded, the generation in charge stays: {0}")]
    Load(LoadError),
    #[error(transparent)]
    Rollback(RollbackError),
    #[error(transparent)]
    Seal(#[from] SealError),
    #[error("the change was not stored: {0}")]
    Commit(#[from] CommitError),
    #[error(transparent)]
    Encode(#[from] EncodeError),
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error("the machine's random numbers cannot be had: {0}")]
    Random(#[from] getrandom::Error),
    #[error("the host is shutting down: nothing more is changed")]
    ShuttingDown,
    #[error(
        "the change broke off, and may be stored in part of the host only: start the host again and look at its log"
    )]
    BrokeOff,
}

/// What an error comes down to for a program that asked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    Unknown,
    Conflict,
    BadValue,
    TooLarge,
    /// The store or the host has stopped.
    Stopped,
    Internal,
}

impl OperatorError {
    pub(crate) fn field(field: impl Into<String>, message: impl ToString) -> Self {
        Self::Field { field: field.into(), message: message.to_string() }
    }

    /// A stable word for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.class().1
    }

    /// Which field of the request is wrong.
    #[must_use]
    pub fn wrong_field(&self) -> Option<&str> {
        match self {
            Self::Field { field, .. } => Some(field),
            Self::UnknownModel { field, .. } => Some(field),
            Self::CredentialBound { .. } => Some("credential"),
            Self::Changed { .. } => Some("revision"),
            Self::ProviderExists(_) => Some("name"),
            _ => None,
        }
    }

    /// What to do, where the message does not say it already.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::ProviderExists(name) => format!("change it with `patchbay provider set {name}`, or choose another name"),
            Self::CredentialBound { .. } => {
                "give the key again with --key-env, --key-file or --key-stdin, if the new address may have it".to_owned()
            }
            Self::UnknownKey(_) => "list them with `patchbay key list`".to_owned(),
            Self::Changed { name, .. } => format!("look at it with `patchbay provider show {name}`, then change it again"),
            Self::TooMany { .. } => "remove one that is not needed".to_owned(),
            Self::ComponentTooLarge(_) => {
                "make it smaller (opt-level \"s\", strip debug information), or raise [plugins] component_bytes_max".to_owned()
            }
            _ => return None,
        })
    }

    pub(crate) fn kind(&self) -> Kind {
        self.class().0
    }

    fn class(&self) -> (Kind, &'static str) {
        match self {
            Self::Field { .. } => (Kind::BadValue, "bad-value"),
            Self::ProviderExists(_) => (Kind::Conflict, "provider-exists"),
            Self::UnknownProvider { .. } => (Kind::Unknown, "unknown-provider"),
            Self::UnknownKey(_) => (Kind::Unknown, "unknown-key"),
            Self::UnknownSlot { .. } => (Kind::Unknown, "unknown-slot"),
            Self::UnknownModel { .. } => (Kind::BadValue, "unknown-model"),
            Self::Changed { .. } => (Kind::Conflict, "conflict"),
            Self::CredentialBound { .. } => (Kind::BadValue, "credential-bound"),
            Self::TooMany { .. } => (Kind::BadValue, "too-many"),
            Self::TooMuchUsage { .. } => (Kind::BadValue, "too-much"),
            Self::ComponentTooLarge(_) => (Kind::TooLarge, "component-too-large"),
            Self::Load(error) => load_class(error),
            Self::Rollback(RollbackError::NothingEarlier(_)) => (Kind::Conflict, "nothing-earlier"),
            Self::Rollback(RollbackError::Load { source, .. }) => load_class(source),
            Self::Rollback(RollbackError::Read(_)) | Self::Read(_) => (Kind::Internal, "store-unreadable"),
            Self::Commit(error) => commit_class(error),
            Self::Seal(_) | Self::Encode(_) | Self::Random(_) | Self::BrokeOff => {
                (Kind::Internal, "internal")
            }
            Self::ShuttingDown => (Kind::Stopped, "shutting-down"),
        }
    }
}

impl From<LoadError> for OperatorError {
    fn from(error: LoadError) -> Self {
        match error {
            LoadError::Scan(ScanError::TooLarge { max, .. }) => Self::ComponentTooLarge(Bytes(max)),
            LoadError::ShuttingDown => Self::ShuttingDown,
            error => Self::Load(error),
        }
    }
}

impl From<RollbackError> for OperatorError {
    fn from(error: RollbackError) -> Self {
        Self::Rollback(error)
    }
}

impl From<FieldError> for OperatorError {
    fn from(error: FieldError) -> Self {
        let FieldError { field, found, expected } = error;
        Self::Field { field, message: format!("{found} is out of range: expected {expected}") }
    }
}

fn load_class(error: &LoadError) -> (Kind, &'static str) {
    match error {
        LoadError::Scan(_) | LoadError::Contract(_) | LoadError::Runtime { .. } => {
            (Kind::BadValue, "plugin-refused")
        }
        LoadError::Commit(error) => commit_class(error),
        LoadError::Read(_) => (Kind::Internal, "store-unreadable"),
        LoadError::ShuttingDown => (Kind::Stopped, "shutting-down"),
        LoadError::Component(_) | LoadError::Encode(_) => (Kind::Internal, "internal"),
    }
}

fn commit_class(error: &CommitError) -> (Kind, &'static str) {
    match error {
        CommitError::Conflict { .. } => (Kind::Conflict, "conflict"),
        CommitError::TooLarge { .. } => (Kind::BadValue, "too-large"),
        CommitError::Corrupt { .. } => (Kind::Internal, "store-unreadable"),
        CommitError::Stopped { .. } => (Kind::Stopped, "store-stopped"),
    }
}

/// At most ten of them, so that a message stays one line.
fn listed(what: &str, known: &[String]) -> String {
    const SHOWN: usize = 10;
    match known.len() {
        0 => format!("there are no {what} yet"),
        len if len > SHOWN => format!("there are: {} and {} more", known[..SHOWN].join(", "), len - SHOWN),
        _ => format!("there are: {}", known.join(", ")),
    }
}
