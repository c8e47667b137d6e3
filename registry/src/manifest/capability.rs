//! What a plugin may import from the contract, and which of it must be granted. It must not know who grants.

use patchbay_types::Grants;

/// An interface of `patchbay:plugin` that the host implements.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Capability {
    Log,
    Config,
    Blobs,
    Kv,
    Http,
    Secrets,
    Llm,
    Process,
    Files,
    Job,
    Tasks,
}

impl Capability {
    pub const ALL: [Capability; 11] = [
        Self::Log,
        Self::Config,
        Self::Blobs,
        Self::Kv,
        Self::Http,
        Self::Secrets,
        Self::Llm,
        Self::Process,
        Self::Files,
        Self::Job,
        Self::Tasks,
    ];

    /// As the interface and the grant are called.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Log => "log",
            Self::Config => "config",
            Self::Blobs => "blobs",
            Self::Kv => "kv",
            Self::Http => "http",
            Self::Secrets => "secrets",
            Self::Llm => "llm",
            Self::Process => "process",
            Self::Files => "files",
            Self::Job => "job",
            Self::Tasks => "tasks",
        }
    }

    /// Whether it must be granted and `grants` does not.
    #[must_use]
    pub fn is_missing(self, grants: &Grants) -> bool {
        match self {
            Self::Kv => grants.kv.is_none(),
            Self::Http => grants.http.is_none(),
            Self::Secrets => grants.secrets.is_none(),
            Self::Llm => grants.llm.is_none(),
            Self::Process => grants.process.is_none(),
            Self::Files => grants.files.is_none(),
            Self::Log | Self::Config | Self::Blobs | Self::Job | Self::Tasks => false,
        }
    }

    /// How a manifest asks for it, and how an operator gives it; none for what needs no grant.
    pub(crate) fn how_to_grant(self) -> Option<(&'static str, &'static str)> {
        match self {
            Self::Kv => Some(("kv = { max_bytes = 65536 }", "kv=BYTES")),
            Self::Http => Some(("http = [\"HOST\"]", "http=ORIGIN")),
            Self::Secrets => Some(("secrets = [\"NAME\"]", "secrets=NAME")),
            Self::Llm => Some(("llm = { models = [\"MODEL\"], usd_per_day = 1.0 }", "llm=MODEL")),
            Self::Process => Some(("process = [\"PROGRAM\"]", "process=PROGRAM")),
            Self::Files => Some(("files = [{ root = \"/FOLDER\" }]", "files=/FOLDER")),
            Self::Log | Self::Config | Self::Blobs | Self::Job | Self::Tasks => None,
        }
    }
}
