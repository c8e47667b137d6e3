//! Why the operator is refused: a stable word, a message, the field that is wrong, and what to do. How a refusal looks
//! on the wire is the business of `http`.

mod work;

use patchbay_engine::{ApplyError, EngineError};
use patchbay_pool::FieldError;
use patchbay_registry::{ScanError, StoreError};
use patchbay_slots::{LoadError, OrderError, PromoteError, RemoveError, RollbackError, WakeError};
use patchbay_store::{CommitError, EncodeError, ReadError};
use patchbay_types::{Bytes, Digest, ProviderName, SlotName};
use patchbay_vault::{ExportError, FileError, SealError};

use crate::ConfigRefused;

#[derive(Debug, thiserror::Error)]
pub enum OperatorError {
    /// A value that is not what it must be; nothing was stored. The message says what was found and expected.
    #[error("{field}: {message}")]
    Field { field: String, message: String },
    #[error("there is already a provider {0}")]
    ProviderExists(ProviderName),
    #[error("there is no provider {name}; {}", listed("providers", known))]
    UnknownProvider { name: String, known: Vec<String> },
    #[error("there is already an alias {0}")]
    AliasExists(String),
    #[error("there is no alias {name}; {}", listed("aliases", known))]
    UnknownAlias { name: String, known: Vec<String> },
    #[error("there is no key of an agent, or with the id, {0}")]
    UnknownKey(String),
    #[error("there is no secret {name}; {}", listed("secrets", known))]
    UnknownSecret { name: String, known: Vec<String> },
    #[error("there is no slot {name}; {}", listed("slots", known))]
    UnknownSlot { name: String, known: Vec<String> },
    #[error("slots of {name} are not known: expected one of {expected}")]
    UnknownKind { name: String, expected: String },
    #[error("slot {slot} has no recorded call {call}: it was not kept, or too many came after it")]
    UnknownCall { slot: SlotName, call: String },
    #[error("the host has no component {0}")]
    UnknownComponent(Digest),
    /// What lacks: the skills that there are, and what could not be loaded.
    #[error("there is no skill {name}: it takes {lacks}")]
    UnknownSkill { name: String, lacks: String },
    #[error("slot {0} is empty: nobody is there to ask")]
    NobodyInCharge(SlotName),
    #[error(transparent)]
    NotLoaded(#[from] WakeError),
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
    #[error(
        "more than {max} lines of usage: ask for a shorter time, for one pool, provider, model or agent, or by fewer of them"
    )]
    TooMuchUsage { max: usize },
    #[error("the component has more than {} bytes", .0.0)]
    ComponentTooLarge(Bytes),
    #[error("the component was not loaded, the generation in charge stays: {0}")]
    Load(Box<LoadError>),
    #[error(transparent)]
    Rollback(Box<RollbackError>),
    #[error(transparent)]
    RemoveSlot(#[from] RemoveError),
    #[error(transparent)]
    Promote(Box<PromoteError>),
    #[error(transparent)]
    Order(OrderError),
    #[error(transparent)]
    Component(StoreError),
    #[error(transparent)]
    Seal(#[from] SealError),
    #[error("the configuration was not taken over, the running values stay: {0}")]
    ConfigRefused(ConfigRefused),
    #[error("nothing was done, because not everything that is sealed opens: {}", first(broken))]
    Unopenable { broken: Vec<String> },
    #[error("the earlier identities are still needed: they alone open {}", first(needed))]
    OldNeeded { needed: Vec<String> },
    #[error(
        "nothing was done: all that is sealed comes to {found} bytes, and the store takes at most {max} in one \
         transaction"
    )]
    TooMuchAtOnce { found: usize, max: usize },
    #[error("nothing was imported: {}", first(wrong))]
    ImportRefused { wrong: Vec<String> },
    #[error("nothing was exported: {0}")]
    Export(String),
    #[error(transparent)]
    Identity(#[from] FileError),
    #[error("the change was not stored: {0}")]
    Commit(#[from] CommitError),
    #[error(transparent)]
    Encode(#[from] EncodeError),
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error("the machine's random numbers cannot be had: {0}")]
    Random(#[from] getrandom::Error),
    #[error(transparent)]
    Engine(Box<EngineError>),
    #[error("no task was taken in: {0}")]
    Apply(Box<ApplyError>),
    #[error("there is no `{found}`: expected one of {expected}")]
    UnknownVerb { found: String, expected: String },
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
    /// Nobody who is trusted vouches for it.
    Untrusted,
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
            Self::Load(error) => load_field(error),
            Self::Engine(error) => work::engine_field(error),
            Self::Apply(error) => work::apply_field(error),
            Self::ProviderExists(_) | Self::AliasExists(_) => Some("name"),
            _ => None,
        }
    }

    /// What to do, where the message does not say it already.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::ProviderExists(name) => format!("change it with `patchbay provider set {name}`, or choose another name"),
            Self::AliasExists(name) => {
                format!("remove it with `patchbay model alias remove {name}` first, or choose another name")
            }
            Self::CredentialBound { .. } => {
                "give the key again with --key-env, --key-file or --key-stdin, if the new address may have it".to_owned()
            }
            Self::UnknownKey(_) => "list them with `patchbay key list`".to_owned(),
            Self::UnknownSecret { name, .. } => {
                format!("set it with `patchbay secrets set {name} --origin URL`")
            }
            Self::Changed { name, .. } => format!("look at it with `patchbay provider show {name}`, then change it again"),
            Self::TooMany { .. } => "remove one that is not needed".to_owned(),
            Self::Unopenable { .. } => "set each of them again, or remove it; `patchbay secrets list` shows all".to_owned(),
            Self::OldNeeded { .. } => "`patchbay secrets rotate` seals them for the new identity".to_owned(),
            Self::TooMuchAtOnce { .. } => "remove providers or secrets that are not needed, or take a part at a time".to_owned(),
            Self::ImportRefused { .. } => {
                "add the providers that are missing, with the same addresses, or take them out of the file".to_owned()
            }
            Self::Identity(FileError::TooMany { .. }) => {
                "delete them with `patchbay secrets drop-old`, once no backup of the store needs them".to_owned()
            }
            Self::UnknownCall { slot, .. } => format!("list those that are kept with `patchbay call list --slot {slot}`"),
            Self::NobodyInCharge(slot) => {
                format!("fill it with `patchbay plugin load FILE.wasm --slot {slot}`")
            }
            Self::ConfigRefused(refused) => refused.hint.clone(),
            Self::Load(error) => load_hint(error)?,
            Self::Promote(error) => promote_hint(error)?,
            Self::Engine(error) => work::engine_hint(error)?,
            Self::Apply(error) => work::apply_hint(error)?,
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
            Self::AliasExists(_) => (Kind::Conflict, "alias-exists"),
            Self::UnknownAlias { .. } => (Kind::Unknown, "unknown-alias"),
            Self::UnknownKey(_) => (Kind::Unknown, "unknown-key"),
            Self::UnknownSecret { .. } => (Kind::Unknown, "unknown-secret"),
            Self::UnknownSlot { .. } => (Kind::Unknown, "unknown-slot"),
            Self::UnknownKind { .. } => (Kind::Unknown, "unknown-kind"),
            Self::UnknownCall { .. } => (Kind::Unknown, "unknown-call"),
            Self::UnknownSkill { .. } => (Kind::Unknown, "unknown-skill"),
            Self::NotLoaded(_) => (Kind::Conflict, "not-loaded"),
            Self::UnknownComponent(_) => (Kind::Unknown, "unknown-component"),
            Self::NobodyInCharge(_) => (Kind::Conflict, "nobody-in-charge"),
            Self::UnknownModel { .. } => (Kind::BadValue, "unknown-model"),
            Self::Changed { .. } => (Kind::Conflict, "conflict"),
            Self::CredentialBound { .. } => (Kind::BadValue, "credential-bound"),
            Self::TooMany { .. } => (Kind::BadValue, "too-many"),
            Self::TooMuchUsage { .. } => (Kind::BadValue, "too-much"),
            Self::ComponentTooLarge(_) => (Kind::TooLarge, "component-too-large"),
            Self::ConfigRefused(_) => (Kind::BadValue, "config-refused"),
            Self::Load(error) => load_class(error),
            Self::Rollback(error) => rollback_class(error),
            Self::RemoveSlot(error) => remove_class(error),
            Self::Promote(error) => promote_class(error),
            Self::Order(error) => order_class(error),
            Self::Read(_) => (Kind::Internal, "store-unreadable"),
            Self::Commit(error) => commit_class(error),
            Self::Unopenable { .. } => (Kind::Conflict, "unopenable"),
            Self::OldNeeded { .. } => (Kind::Conflict, "old-identity-needed"),
            Self::TooMuchAtOnce { .. } => (Kind::Conflict, "too-much"),
            Self::ImportRefused { .. } => (Kind::Conflict, "import-refused"),
            Self::Identity(FileError::TooMany { .. }) => (Kind::Conflict, "too-many"),
            Self::Identity(_) => (Kind::Internal, "identity-files"),
            Self::Export(_) => (Kind::Conflict, "export-failed"),
            Self::Seal(_) | Self::Encode(_) | Self::Random(_) | Self::Component(_) | Self::BrokeOff => {
                (Kind::Internal, "internal")
            }
            Self::Engine(error) => work::engine_class(error),
            Self::Apply(error) => work::apply_class(error),
            Self::UnknownVerb { .. } => (Kind::Unknown, "unknown-verb"),
            Self::ShuttingDown => (Kind::Stopped, "shutting-down"),
        }
    }
}

impl From<ExportError> for OperatorError {
    fn from(error: ExportError) -> Self {
        Self::Export(error.to_string())
    }
}

impl From<LoadError> for OperatorError {
    fn from(error: LoadError) -> Self {
        match error {
            LoadError::Scan(ScanError::TooLarge { max, .. }) => Self::ComponentTooLarge(Bytes(max)),
            LoadError::ShuttingDown => Self::ShuttingDown,
            error => Self::Load(Box::new(error)),
        }
    }
}

impl From<RollbackError> for OperatorError {
    fn from(error: RollbackError) -> Self {
        Self::Rollback(Box::new(error))
    }
}

impl From<PromoteError> for OperatorError {
    fn from(error: PromoteError) -> Self {
        match error {
            PromoteError::Load(LoadError::ShuttingDown) => Self::ShuttingDown,
            error => Self::Promote(Box::new(error)),
        }
    }
}

impl From<OrderError> for OperatorError {
    fn from(error: OrderError) -> Self {
        Self::Order(error)
    }
}

impl From<StoreError> for OperatorError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Missing { digest, .. } => Self::UnknownComponent(digest),
            error => Self::Component(error),
        }
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
        LoadError::Scan(_)
        | LoadError::Contract(_)
        | LoadError::Limits { .. }
        | LoadError::Runtime { .. } => (Kind::BadValue, "plugin-refused"),
        LoadError::Trust(_) => (Kind::Untrusted, "untrusted"),
        LoadError::Kind { .. } => (Kind::BadValue, "wrong-kind"),
        LoadError::Config { .. } => (Kind::BadValue, "bad-config"),
        LoadError::Wider { .. } => (Kind::Conflict, "wider-grants"),
        LoadError::Older { .. } => (Kind::Conflict, "downgrade"),
        LoadError::NothingToCompare(_) => (Kind::Conflict, "nothing-to-compare"),
        LoadError::TooManySlots(_) => (Kind::BadValue, "too-many"),
        LoadError::Commit(error) => commit_class(error),
        LoadError::Read(_) => (Kind::Internal, "store-unreadable"),
        LoadError::ShuttingDown => (Kind::Stopped, "shutting-down"),
        LoadError::Component(_) | LoadError::Index(_) | LoadError::Encode(_) => (Kind::Internal, "internal"),
    }
}

fn load_field(error: &LoadError) -> Option<&'static str> {
    match error {
        LoadError::Kind { .. } => Some("slot"),
        LoadError::Config { .. } => Some("config"),
        _ => None,
    }
}

fn load_hint(error: &LoadError) -> Option<String> {
    Some(match error {
        LoadError::Config { .. } => {
            "`patchbay plugin inspect FILE.wasm` shows what it takes; give it with --config or --set"
                .to_owned()
        }
        LoadError::Wider { .. } => {
            "`patchbay plugin diff OLD.wasm NEW.wasm` shows what else differs".to_owned()
        }
        _ => return None,
    })
}

fn remove_class(error: &RemoveError) -> (Kind, &'static str) {
    match error {
        RemoveError::Routing => (Kind::Conflict, "slot-stays"),
        RemoveError::Unknown(_) => (Kind::Unknown, "unknown-slot"),
        RemoveError::Commit(error) => commit_class(error),
        RemoveError::Read(_) => (Kind::Internal, "store-unreadable"),
    }
}

fn rollback_class(error: &RollbackError) -> (Kind, &'static str) {
    match error {
        RollbackError::NothingEarlier(_) => (Kind::Conflict, "nothing-earlier"),
        RollbackError::Load { source, .. } => load_class(source),
        RollbackError::Read(_) => (Kind::Internal, "store-unreadable"),
    }
}

fn promote_class(error: &PromoteError) -> (Kind, &'static str) {
    match error {
        PromoteError::NoTrial(_) => (Kind::Conflict, "no-trial"),
        PromoteError::NoGeneration { .. } => (Kind::Unknown, "unknown-generation"),
        PromoteError::Quarantined(..) => (Kind::Conflict, "quarantined"),
        PromoteError::Traps { .. } => (Kind::Conflict, "traps"),
        PromoteError::Differs { .. } => (Kind::Conflict, "differs"),
        PromoteError::Load(error) => load_class(error),
        PromoteError::Read(_) => (Kind::Internal, "store-unreadable"),
    }
}

fn promote_hint(error: &PromoteError) -> Option<String> {
    match error {
        PromoteError::Traps { candidate, .. } => Some(format!(
            "make the calls again with `patchbay call export --slot {} -o x.calls` and `patchbay plugin replay x.calls \
             --with NEW.wasm`, mend the plugin, and load it again",
            candidate.slot
        )),
        _ => None,
    }
}

fn order_class(error: &OrderError) -> (Kind, &'static str) {
    match error {
        OrderError::Incomplete { .. } => (Kind::BadValue, "bad-order"),
        OrderError::NoChain(_) => (Kind::BadValue, "no-chain"),
        OrderError::Commit(error) => commit_class(error),
        OrderError::Encode(_) => (Kind::Internal, "internal"),
    }
}

fn commit_class(error: &CommitError) -> (Kind, &'static str) {
    match error {
        CommitError::Conflict { .. } => (Kind::Conflict, "conflict"),
        CommitError::TooLarge { .. } => (Kind::BadValue, "too-large"),
        CommitError::Corrupt { .. } => (Kind::Internal, "store-unreadable"),
        CommitError::Full => (Kind::Stopped, "store-full"),
        CommitError::Stopped { .. } => (Kind::Stopped, "store-stopped"),
    }
}

/// So many of them that a message stays readable.
fn first(all: &[String]) -> String {
    const SHOWN: usize = 10;
    let shown = all.iter().take(SHOWN).map(String::as_str).collect::<Vec<_>>().join("; ");
    match all.len().saturating_sub(SHOWN) {
        0 => shown,
        more => format!("{shown}; and {more} more"),
    }
}

/// At most ten of them, so that a message stays one line.
pub(crate) fn listed(what: &str, known: &[String]) -> String {
    const SHOWN: usize = 10;
    match known.len() {
        0 => format!("there are no {what} yet"),
        len if len > SHOWN => format!("there are: {} and {} more", known[..SHOWN].join(", "), len - SHOWN),
        _ => format!("there are: {}", known.join(", ")),
    }
}
