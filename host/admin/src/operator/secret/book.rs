//! The secrets as the store has them, opened, in memory: what whoever fills them in looks at. It must not know who
//! asks, nor whether he may: that is a matter of grants.

use std::collections::BTreeMap;
use std::sync::Arc;

use arc_swap::ArcSwap;
use patchbay_store::{Key, ReadError, Revision, Store, StoreExt, Stored};
use patchbay_types::{Digest, Secret};
use patchbay_vault::{Fingerprint, SecretBinding, Vault};

use crate::OperatorError;
use crate::api::SecretView;
use crate::operator::vault;
use crate::record::SecretRecord;

/// Secrets, at most.
pub(crate) const SECRETS_MAX: usize = 1_000;
/// Secrets that do not open which one look at the host's health names, at most.
const REASONS_MAX: usize = 5;

/// All secrets of a host. Cheap to clone; every clone sees each change.
#[derive(Clone, Default)]
pub struct SecretBook {
    /// Replaced whole by the change whose turn it is.
    by_name: Arc<ArcSwap<Secrets>>,
}

pub(crate) type Secrets = BTreeMap<String, Arc<Kept>>;

/// A secret and the only origins that it may be sent to.
#[derive(Clone, Debug)]
pub struct BoundSecret {
    pub value: Secret<String>,
    /// Each `https://api.example.com:443`: scheme, host and port, always written; sorted.
    pub origins: Vec<String>,
}

/// One secret: its row, and what it opened to.
pub(crate) struct Kept {
    record: SecretRecord,
    revision: Revision,
    opened: Result<Opened, Broken>,
}

#[derive(Clone)]
struct Opened {
    value: Secret<String>,
    fingerprint: Fingerprint,
}

/// Why a row does not open.
#[derive(Clone)]
struct Broken {
    reason: String,
    /// The same for those who may not see names of files or origins.
    in_short: &'static str,
}

impl SecretBook {
    /// Settles which identity is in charge, and opens every secret in the store. One that does not open is there, and
    /// cannot be used.
    ///
    /// # Errors
    /// Only when the store cannot be read.
    pub async fn open(store: &dyn Store, vault: &Vault) -> Result<Self, ReadError> {
        vault::settle(store, vault).await?;
        let rows: Vec<Stored<SecretRecord>> = store.list(Key::new().prefix(), SECRETS_MAX).await?;
        let kept = rows.into_iter().map(|row| Kept::open(row, vault));
        let secrets: Secrets = kept.map(|kept| (kept.record.name.clone(), Arc::new(kept))).collect();
        Ok(Self { by_name: Arc::new(ArcSwap::from_pointee(secrets)) })
    }

    /// The secret of this name, if it is set and opens.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<BoundSecret> {
        let secrets = self.by_name.load();
        let kept = secrets.get(name)?;
        let opened = kept.opened.as_ref().ok()?;
        Some(BoundSecret { value: opened.value.clone(), origins: kept.record.origins.clone() })
    }

    /// Whether the operator has set it; it may be one that does not open.
    #[must_use]
    pub fn exists(&self, name: &str) -> bool {
        self.by_name.load().contains_key(name)
    }

    /// One text for the state of these secrets, whatever their order: another as soon as one is set, removed, gets
    /// another value or other origins, or no longer opens. It says nothing of their values.
    #[must_use]
    pub fn fingerprints<S: AsRef<str>>(&self, names: &[S]) -> String {
        let secrets = self.by_name.load();
        let states: BTreeMap<&str, Option<State<'_>>> = names
            .iter()
            .map(AsRef::as_ref)
            .map(|name| (name, secrets.get(name).map(|kept| kept.state())))
            .collect();
        // Text keys and texts only: there is nothing that could fail, and a value of its own if it did.
        Digest::of(&serde_json::to_vec(&states).unwrap_or_default()).hex()
    }

    pub(crate) fn all(&self) -> arc_swap::Guard<Arc<Secrets>> {
        self.by_name.load()
    }

    /// By the text that somebody gave.
    pub(crate) fn require(&self, name: &str) -> Result<Arc<Kept>, OperatorError> {
        let secrets = self.by_name.load();
        secrets.get(name).cloned().ok_or_else(|| OperatorError::UnknownSecret {
            name: name.chars().take(100).collect(),
            known: secrets.keys().cloned().collect(),
        })
    }

    /// Only the change whose turn it is calls this, so nothing comes between the look and the replacement.
    pub(crate) fn put(&self, kept: Kept) {
        let mut secrets = Secrets::clone(&self.by_name.load());
        secrets.insert(kept.record.name.clone(), Arc::new(kept));
        self.by_name.store(Arc::new(secrets));
    }

    /// Only the rows are others. As [`put`](Self::put).
    pub(crate) fn replace(&self, resealed: Vec<Stored<SecretRecord>>) {
        let mut secrets = Secrets::clone(&self.by_name.load());
        for row in resealed {
            let Some(old) = secrets.get(&row.record.name) else { continue };
            let kept = Kept { opened: old.opened.clone(), revision: row.revision, record: row.record };
            secrets.insert(kept.record.name.clone(), Arc::new(kept));
        }
        self.by_name.store(Arc::new(secrets));
    }

    /// As [`put`](Self::put).
    pub(crate) fn remove(&self, name: &str) {
        let mut secrets = Secrets::clone(&self.by_name.load());
        secrets.remove(name);
        self.by_name.store(Arc::new(secrets));
    }

    /// For the host's health: the secrets that cannot be used, and why.
    pub(crate) fn reasons(&self) -> Vec<String> {
        let secrets = self.by_name.load();
        let broken =
            || secrets.values().filter_map(|kept| Some((&kept.record.name, kept.opened.as_ref().err()?)));
        let reason = |(name, broken): (&String, &Broken)| {
            let name: String = name.chars().take(100).collect();
            format!("secret {name} cannot be used: {}", broken.in_short)
        };
        let mut reasons: Vec<String> = broken().take(REASONS_MAX).map(reason).collect();
        let more = broken().count().saturating_sub(REASONS_MAX);
        if more > 0 {
            reasons.push(format!("{more} more secrets cannot be used: see `patchbay secrets list`"));
        }
        reasons
    }
}

/// The whole fingerprint, if it opens, and the origins.
type State<'a> = (Option<String>, &'a [String]);

impl Kept {
    pub(crate) fn open(row: Stored<SecretRecord>, vault: &Vault) -> Self {
        let Stored { revision, record } = row;
        let binding = SecretBinding { name: &record.name, origins: &record.origins };
        let opened = match vault.unseal_secret(&record.sealed, &binding) {
            Ok(value) => Ok(Opened { fingerprint: vault.fingerprint(&value), value }),
            Err(error) => {
                tracing::error!(secret = %record.name, %error, "a plugin's secret cannot be used");
                Err(Broken { reason: error.to_string(), in_short: error.in_short() })
            }
        };
        Self { record, revision, opened }
    }

    pub(crate) fn record(&self) -> &SecretRecord {
        &self.record
    }

    /// What it opened to, or why it did not.
    pub(crate) fn value(&self) -> Result<&Secret<String>, &str> {
        self.opened.as_ref().map(|opened| &opened.value).map_err(|broken| &*broken.reason)
    }

    pub(crate) fn revision(&self) -> Revision {
        self.revision
    }

    pub(crate) fn view(&self) -> SecretView {
        let SecretRecord { name, origins, created, updated, .. } = &self.record;
        SecretView {
            name: name.clone(),
            origins: origins.clone(),
            fingerprint: self.opened.as_ref().ok().map(|opened| opened.fingerprint.to_string()),
            reason: self.opened.as_ref().err().map(|broken| broken.reason.clone()),
            created: *created,
            updated: *updated,
        }
    }

    fn state(&self) -> State<'_> {
        (self.opened.as_ref().ok().map(|opened| opened.fingerprint.hex()), &self.record.origins)
    }
}
