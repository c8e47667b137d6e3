//! The providers as the store has them, with their credentials opened, and how the pools are told.

use std::collections::BTreeMap;
use std::sync::Arc;

use patchbay_pool::{Definition, Provider};
use patchbay_store::{Key, ReadError, Revision, Store, StoreExt, Stored};
use patchbay_types::{ProviderName, Secret};
use patchbay_vault::{Binding, Vault};

use super::{Desk, probe};
use crate::OperatorError;
use crate::record::ProviderRecord;

/// Providers, at most.
pub(super) const PROVIDERS_MAX: usize = 1_000;

#[derive(Clone, Default)]
pub(crate) struct Definitions {
    by_name: BTreeMap<ProviderName, Arc<Defined>>,
}

/// One provider: its row, and what the pool is told of it.
pub(crate) struct Defined {
    pub(crate) record: ProviderRecord,
    pub(crate) revision: Revision,
    pub(crate) credential: Option<Secret<String>>,
    /// Why the credential does not open.
    pub(crate) broken: Option<String>,
}

impl Definitions {
    pub(super) async fn read(store: &dyn Store, vault: &Vault) -> Result<Self, ReadError> {
        let rows: Vec<Stored<ProviderRecord>> = store.list(Key::new().prefix(), PROVIDERS_MAX).await?;
        let mut definitions = Self::default();
        rows.into_iter().for_each(|row| definitions.put(Defined::open(row, vault)));
        Ok(definitions)
    }

    pub(super) fn put(&mut self, defined: Defined) {
        self.by_name.insert(defined.provider().name.clone(), Arc::new(defined));
    }

    pub(super) fn remove(&mut self, name: &ProviderName) {
        self.by_name.remove(name);
    }

    /// Those that have a credential.
    pub(super) fn sealed(&self) -> impl Iterator<Item = &Arc<Defined>> {
        self.all().filter(|defined| defined.record.sealed.is_some())
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &Arc<Defined>> {
        self.by_name.values()
    }

    pub(super) fn len(&self) -> usize {
        self.by_name.len()
    }

    /// By the text that somebody gave.
    pub(super) fn find(&self, name: &str) -> Result<&Arc<Defined>, OperatorError> {
        let found = name.parse::<ProviderName>().ok().and_then(|name| self.by_name.get(&name));
        found.ok_or_else(|| OperatorError::UnknownProvider {
            name: name.to_owned(),
            known: self.by_name.keys().map(ToString::to_string).collect(),
        })
    }
}

impl Defined {
    pub(super) fn open(row: Stored<ProviderRecord>, vault: &Vault) -> Self {
        let Stored { revision, record } = row;
        let opened = record.sealed.as_ref().map(|sealed| vault.unseal(sealed, &binding(&record.provider)));
        let (credential, broken) = match opened.transpose() {
            Ok(credential) => (credential, None),
            Err(error) => {
                tracing::error!(provider = %record.provider.name, %error, "the provider is dead: its credential does not open");
                (None, Some(error.to_string()))
            }
        };
        Self { record, revision, credential, broken }
    }

    pub(super) fn provider(&self) -> &Provider {
        &self.record.provider
    }

    /// The same, sealed again: what it opens to has not changed.
    pub(super) fn resealed(&self, row: Stored<ProviderRecord>) -> Self {
        let Stored { revision, record } = row;
        Self { record, revision, credential: self.credential.clone(), broken: self.broken.clone() }
    }

    fn definition(&self) -> Definition {
        Definition {
            provider: self.provider().clone(),
            credential: self.credential.clone(),
            credential_error: self.broken.clone(),
        }
    }
}

impl Desk {
    /// Those who ask see these rows from now on. The pools are told nothing: only the rows are others.
    pub(super) fn replace(&self, resealed: Vec<Stored<ProviderRecord>>) {
        let mut definitions = (**self.definitions.load()).clone();
        for row in resealed {
            let Ok(old) = definitions.find(row.record.provider.name.as_str()).cloned() else { continue };
            definitions.put(old.resealed(row));
        }
        self.definitions.store(Arc::new(definitions));
    }

    /// The pools, and everyone who asks, see these from now on.
    pub(super) fn define(&self, definitions: Definitions) {
        let defined = || definitions.all().map(|defined| defined.definition());
        self.parts.pool.set(defined().collect(), self.aliases.load().definitions());
        self.probes.set(defined().map(probe::definition).collect(), Vec::new());
        self.definitions.store(Arc::new(definitions));
    }
}

/// What a provider's credential is good for.
pub(super) fn binding(provider: &Provider) -> Binding {
    Binding { provider: provider.id.clone(), origin: provider.base_url.origin().to_owned() }
}
