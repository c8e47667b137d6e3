//! Whether a component may be loaded at all: whose signature it bears, and for which names and grants that key is
//! trusted. It must not know where a component comes from, or what it does.

mod file;
mod scope;

use std::collections::BTreeSet;
use std::fmt;
use std::path::Path;
use std::sync::Arc;

use patchbay_types::{Digest, Grants};

use crate::{KeyId, Manifest, Plugin, PublicKey, Signature, SignatureError};
use scope::{GrantScope, NameScope};

pub use file::{TRUST_FILE, TrustFileError};

/// More signatures than this are not looked at: each costs a hash over the component.
pub const SIGNATURES_MAX: usize = 16;

/// The policy of a host.
#[derive(Clone, Debug)]
pub struct Trust {
    keys: Vec<TrustedKey>,
    requires_signatures: bool,
    bundled: Bundled,
}

/// What came with the host itself: a component's digest by its plugin's name. It is looked for only when a plugin of that
/// name is judged, for it costs a hash over the component.
#[derive(Clone)]
struct Bundled(Arc<DigestOf>);

type DigestOf = dyn Fn(&str) -> Option<Digest> + Send + Sync;

#[derive(Clone, Debug)]
struct TrustedKey {
    /// What the operator calls it.
    name: String,
    key: PublicKey,
    names: NameScope,
    grants: GrantScope,
}

/// What is to be loaded, and with which grants.
#[derive(Clone, Copy, Debug)]
pub struct Candidate<'a> {
    pub component: &'a [u8],
    pub plugin: &'a Plugin,
    /// What it will get; this, not what its manifest asks for, must lie within the key's scope.
    pub grants: &'a Grants,
}

/// Why a component may be loaded: made by [`Trust::check`] alone.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Trusted {
    /// It came with the host.
    Bundled,
    /// Signed by the key of this name.
    Signed { key: String },
    /// By nobody that the host knows, and the policy allows that.
    Unsigned,
}

/// Why a component may not be loaded.
#[derive(thiserror::Error, Clone, PartialEq, Eq, Debug)]
pub enum TrustError {
    #[error(
        "{plugin} is not signed, and trust.toml requires a signature by one of its keys: sign it with `patchbay plugin \
         sign`, or set require_signatures = false there"
    )]
    Unsigned { plugin: String },
    #[error(
        "{plugin} is signed by {found}, and trust.toml has no such key: get it from someone you trust, or add the key"
    )]
    UnknownKey { plugin: String, found: String },
    #[error("{plugin}, key {key:?}: {source}")]
    Signature { plugin: String, key: String, source: SignatureError },
    #[error(
        "{plugin} is signed by key {key:?}, which is trusted for {allowed}, not for this name: widen `names` of the \
         key in trust.toml if it should be"
    )]
    Name { plugin: String, key: String, allowed: String },
    #[error(
        "{plugin} is signed by key {key:?}, which may sign plugins with {allowed}, and this one gets {beyond}: load it \
         without, or widen `grants` of the key in trust.toml"
    )]
    Grants { plugin: String, key: String, allowed: String, beyond: String },
    #[error("{plugin} has {count} signatures, expected at most {SIGNATURES_MAX}: leave out the others")]
    TooMany { plugin: String, count: usize },
}

impl Bundled {
    fn none() -> Self {
        Self(Arc::new(|_| None))
    }
}

impl fmt::Debug for Bundled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Bundled")
    }
}

impl Trust {
    /// The policy of a host that has no `trust.toml`: nobody is trusted, and what is not signed may be loaded.
    #[must_use]
    pub fn absent() -> Self {
        Self { keys: Vec::new(), requires_signatures: false, bundled: Bundled::none() }
    }

    /// Reads `trust.toml` in the host's folder; [`Trust::absent`] if there is none.
    ///
    /// # Errors
    /// The file cannot be read, or is wrong.
    pub fn load(dir: &Path) -> Result<Self, TrustFileError> {
        Ok(file::load(&dir.join(TRUST_FILE))?.unwrap_or_else(Self::absent))
    }

    /// Trusts the components with these digests as they are, whatever they get: each by its plugin's name, none if there
    /// is no such.
    #[must_use]
    pub fn with_bundled(self, digest: impl Fn(&str) -> Option<Digest> + Send + Sync + 'static) -> Self {
        Self { bundled: Bundled(Arc::new(digest)), ..self }
    }

    #[must_use]
    pub fn requires_signatures(&self) -> bool {
        self.requires_signatures
    }

    /// Whether it knows any key.
    #[must_use]
    pub fn has_keys(&self) -> bool {
        !self.keys.is_empty()
    }

    /// Judges a component. One signature by a key that is trusted for it is enough. A signature by a key that the
    /// policy knows must hold, also where none is required; one by a stranger counts as none.
    ///
    /// # Errors
    /// The component may not be loaded.
    pub fn check(&self, candidate: &Candidate<'_>, signatures: &[Signature]) -> Result<Trusted, TrustError> {
        let bundled = (self.bundled.0)(candidate.plugin.name.as_str());
        if bundled.is_some_and(|digest| digest == Digest::of(candidate.component)) {
            return Ok(Trusted::Bundled);
        }
        if signatures.len() > SIGNATURES_MAX {
            return Err(TrustError::TooMany { plugin: candidate.shown(), count: signatures.len() });
        }
        let mut refused = None;
        for (signature, key) in signatures.iter().flat_map(|signature| self.by(signature)) {
            match key.check(candidate, signature) {
                Ok(()) => return Ok(Trusted::Signed { key: key.name.clone() }),
                Err(error) => refused = refused.or(Some(error)),
            }
        }
        match refused {
            Some(error) => Err(error),
            None if self.requires_signatures => Err(unknown(candidate, signatures)),
            None => Ok(Trusted::Unsigned),
        }
    }

    /// The keys that `signature` may be by: a key may stand there several times, with other scopes.
    fn by<'a>(&'a self, signature: &'a Signature) -> impl Iterator<Item = (&'a Signature, &'a TrustedKey)> {
        let by = self.keys.iter().filter(|key| key.key.id() == signature.key());
        by.map(move |key| (signature, key))
    }
}

impl TrustedKey {
    fn check(&self, candidate: &Candidate<'_>, signature: &Signature) -> Result<(), TrustError> {
        let (plugin, key) = (candidate.shown(), self.name.clone());
        if let Err(source) = signature.check(&self.key, candidate.component, candidate.plugin) {
            return Err(TrustError::Signature { plugin, key, source });
        }
        if !self.names.has(candidate.plugin.name.as_str()) {
            return Err(TrustError::Name { plugin, key, allowed: self.names.to_string() });
        }
        match self.grants.beyond(candidate.grants) {
            beyond if beyond.is_empty() => Ok(()),
            beyond => {
                let allowed = self.grants.to_string();
                Err(TrustError::Grants { plugin, key, allowed, beyond: beyond.join(", ") })
            }
        }
    }
}

impl<'a> Candidate<'a> {
    #[must_use]
    pub fn of(component: &'a [u8], manifest: &'a Manifest, grants: &'a Grants) -> Self {
        Self { component, plugin: &manifest.plugin, grants }
    }

    fn shown(&self) -> String {
        format!("{}@{}", self.plugin.name, self.plugin.version)
    }
}

impl Trusted {
    /// The name of the key, if it was one.
    #[must_use]
    pub fn key(&self) -> Option<&str> {
        match self {
            Self::Signed { key } => Some(key),
            Self::Bundled | Self::Unsigned => None,
        }
    }
}

fn unknown(candidate: &Candidate<'_>, signatures: &[Signature]) -> TrustError {
    let plugin = candidate.shown();
    let ids: BTreeSet<KeyId> = signatures.iter().map(Signature::key).collect();
    match ids.is_empty() {
        true => TrustError::Unsigned { plugin },
        false => {
            let found: Vec<String> = ids.iter().map(KeyId::to_string).collect();
            TrustError::UnknownKey { plugin, found: found.join(", ") }
        }
    }
}

#[cfg(test)]
mod tests;
