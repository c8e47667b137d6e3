//! The host's identity, and what is sealed for it: shown, exported, imported.

use patchbay_types::{ProviderId, ProviderName, Timestamp};
use serde::{Deserialize, Serialize};

use super::{Credential, SecretView};

/// `GET /api/vault`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct VaultView {
    pub identity: IdentityView,
    /// Of providers, by name.
    pub credentials: Vec<CredentialView>,
    /// Of plugins, by name.
    pub secrets: Vec<SecretView>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct IdentityView {
    /// Its public half: `age1…`.
    pub recipient: String,
    pub file: String,
    /// With a passphrase.
    pub locked: bool,
    /// Who can open everything as well.
    pub recipients: Vec<String>,
    /// The files of earlier identities that were not dropped.
    pub old: Vec<String>,
    /// When this one took charge, if by a rotation.
    pub rotated: Option<Timestamp>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CredentialView {
    pub provider: ProviderName,
    pub id: ProviderId,
    /// Where it may be sent.
    pub origin: String,
    /// `sk-pro…9f3a`; none of one that does not open.
    pub credential: Option<String>,
    /// Not known of one that an earlier version sealed.
    pub sealed: Option<Timestamp>,
    /// Why it does not open.
    pub reason: Option<String>,
}

/// `POST /api/vault/rotate`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Rotated {
    /// The public half of the identity that is in charge now.
    pub recipient: String,
    pub credentials: usize,
    pub secrets: usize,
    /// Where the one before is kept.
    pub old: Option<String>,
    /// Why the files were not moved. The next start or rotation does it.
    pub note: Option<String>,
}

/// `POST /api/vault/drop-old`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct OldDropped {
    pub dropped: Vec<String>,
}

/// `POST /api/vault/export`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExportSecrets {
    /// Each `age1…`.
    pub recipients: Vec<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Exported {
    /// An armored age file; in it is a [`SecretsFile`].
    pub file: String,
    pub credentials: usize,
    pub secrets: usize,
}

/// `POST /api/vault/import`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImportSecrets {
    pub file: SecretsFile,
    /// Looks, and sets nothing.
    #[serde(default)]
    pub dry_run: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Imported {
    pub dry_run: bool,
    /// Names of providers.
    pub credentials: Vec<String>,
    pub secrets: Vec<String>,
}

/// What an export holds, in clear: never stored, never logged.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecretsFile {
    pub version: u32,
    pub exported: Timestamp,
    pub providers: Vec<ExportedCredential>,
    pub secrets: Vec<ExportedSecret>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExportedCredential {
    pub name: String,
    /// On the host that it comes from.
    pub id: String,
    pub origin: String,
    pub key: Credential,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExportedSecret {
    pub name: String,
    pub origins: Vec<String>,
    pub value: Credential,
}

impl SecretsFile {
    /// Of its JSON.
    pub const BYTES_MAX: usize = 32 << 20;
    pub const VERSION: u32 = 1;

    #[must_use]
    pub fn of(exported: Timestamp) -> Self {
        Self { version: Self::VERSION, exported, providers: Vec::new(), secrets: Vec::new() }
    }
}
