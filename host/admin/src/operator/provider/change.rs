//! How a change of a provider is made: looked at, sealed, stored, and then told to the pool.

use patchbay_pool::Provider;
use patchbay_store::{Batch, CommitError, Expected, Key, Revision, StoreExt, Stored};
use patchbay_types::Secret;
use patchbay_vault::Sealed;

use super::subject;
use crate::OperatorError;
use crate::api::{AddProvider, Credential, PatchProvider, ProviderView, Removed};
use crate::operator::Desk;
use crate::operator::definition::{Defined, PROVIDERS_MAX, binding};
use crate::patch;
use crate::record::{BucketRecord, CooldownRecord, ProviderRecord};

/// Cooldowns of one provider that are forgotten with it: as many as it has models, and one.
const COOLDOWNS_MAX: usize = 10_001;

impl Desk {
    pub(super) async fn add_provider(
        &self,
        request: AddProvider,
        actor: &str,
    ) -> Result<ProviderView, OperatorError> {
        let credential = request.credential.clone();
        let provider = patch::provider(request, self.now())?;
        let _turn = self.turn.lock().await;
        let definitions = self.definitions.load_full();
        if definitions.find(provider.name.as_str()).is_ok() {
            return Err(OperatorError::ProviderExists(provider.name));
        }
        if definitions.len() >= PROVIDERS_MAX {
            return Err(OperatorError::TooMany { what: "providers", max: PROVIDERS_MAX });
        }
        self.aliases.load().check(&provider)?;
        let sealed =
            credential.as_ref().map(|Credential(secret)| self.seal(secret, &provider)).transpose()?;
        let sealed_at = sealed.as_ref().map(|_| provider.updated);
        let record = ProviderRecord { provider, sealed, sealed_at };
        let batch =
            Batch::new().require_absent::<ProviderRecord>(&ProviderRecord::key_of(&record.provider.name));
        let detail = summary(&record.provider, credential.as_ref());
        self.write(batch, record, Told { actor, action: "provider.add", kind: "provider.added", detail })
            .await
    }

    pub(super) async fn set_provider(
        &self,
        name: &str,
        patch: PatchProvider,
        actor: &str,
    ) -> Result<ProviderView, OperatorError> {
        let _turn = self.turn.lock().await;
        let old = self.definitions.load().find(name)?.clone();
        let found = old.revision.0;
        if let Some(expected) = patch.revision.filter(|expected| *expected != found) {
            return Err(OperatorError::Changed { name: old.provider().name.clone(), expected, found });
        }
        let mut provider = patch::patched(old.provider().clone(), &patch)?;
        self.aliases.load().check(&provider)?;
        let sealed = self.resealed(&old, &provider, patch.credential.as_ref())?;
        provider.updated = self.now();
        let detail = summary(&provider, patch.credential.as_ref().and_then(Option::as_ref));
        let told = Told { actor, action: "provider.set", kind: "provider.changed", detail };
        let sealed_at = match patch.credential {
            Some(_) => sealed.as_ref().map(|_| provider.updated),
            None => old.record.sealed_at,
        };
        self.write(over(&old), ProviderRecord { provider, sealed, sealed_at }, told).await
    }

    pub(super) async fn enable_provider(
        &self,
        name: &str,
        on: bool,
        actor: &str,
    ) -> Result<ProviderView, OperatorError> {
        let _turn = self.turn.lock().await;
        let old = self.definitions.load().find(name)?.clone();
        let mut record = old.record.clone();
        (record.provider.enabled, record.provider.updated) = (on, self.now());
        let name = record.provider.name.clone();
        let told = match on {
            true => {
                Told { actor, action: "provider.enable", kind: "provider.enabled", detail: String::new() }
            }
            false => {
                Told { actor, action: "provider.disable", kind: "provider.disabled", detail: String::new() }
            }
        };
        self.write(over(&old), record, told).await?;
        if on {
            self.parts.pool.revive(&name);
        }
        self.show(&name)
    }

    pub(super) async fn remove_provider(&self, name: &str, actor: &str) -> Result<Removed, OperatorError> {
        let _turn = self.turn.lock().await;
        let old = self.definitions.load().find(name)?.clone();
        let Provider { name, id, .. } = old.provider();
        let cooldowns: Vec<Stored<CooldownRecord>> =
            self.parts.store.list(CooldownRecord::of_provider(id), COOLDOWNS_MAX).await?;
        let keys = cooldowns.iter().map(|row| CooldownRecord::key_of(&row.record.cooldown));
        let subject = subject(name);
        let batch = keys.fold(over(&old), |batch: Batch, key: Key| batch.delete::<CooldownRecord>(&key));
        let batch = batch
            .delete::<ProviderRecord>(&ProviderRecord::key_of(name))
            .delete::<BucketRecord>(&BucketRecord::key_of(id))
            .event(self.event("provider.removed", &subject, format!("{name} was removed; its usage is kept")))
            .audit(self.audit(actor, "provider.remove", &subject, String::new()));
        self.commit_provider(batch, old.provider()).await?;
        let mut definitions = (**self.definitions.load()).clone();
        definitions.remove(name);
        self.define(definitions);
        Ok(Removed { removed: name.to_string() })
    }

    /// The store first, then the pool.
    async fn write(
        &self,
        batch: Batch,
        record: ProviderRecord,
        told: Told<'_>,
    ) -> Result<ProviderView, OperatorError> {
        let name = record.provider.name.clone();
        let subject = subject(&name);
        let verb = told.kind.trim_start_matches("provider.");
        let batch = batch
            .put(&record)?
            .event(self.event(told.kind, &subject, format!("{name} was {verb}")))
            .audit(self.audit(told.actor, told.action, &subject, told.detail));
        let revision = self.commit_provider(batch, &record.provider).await?;
        let mut definitions = (**self.definitions.load()).clone();
        definitions.put(Defined::open(Stored { revision, record }, &self.parts.vault));
        self.define(definitions);
        self.show(&name)
    }

    async fn commit_provider(&self, batch: Batch, provider: &Provider) -> Result<Revision, OperatorError> {
        self.parts.store.commit(batch).await.map_err(|error| match error {
            CommitError::Conflict { expected: Expected::Absent, .. } => {
                OperatorError::ProviderExists(provider.name.clone())
            }
            error => error.into(),
        })
    }

    fn seal(&self, secret: &Secret<String>, provider: &Provider) -> Result<Sealed, OperatorError> {
        patch::credential(secret)?;
        Ok(self.parts.vault.seal(secret, &binding(provider))?)
    }

    /// A credential goes where it was given for, and nowhere else.
    fn resealed(
        &self,
        old: &Defined,
        new: &Provider,
        given: Option<&Option<Credential>>,
    ) -> Result<Option<Sealed>, OperatorError> {
        match given {
            Some(Some(Credential(secret))) => self.seal(secret, new).map(Some),
            Some(None) => Ok(None),
            None => {
                let (origin, moved) = (old.provider().base_url.origin(), new.base_url.origin());
                if old.record.sealed.is_some() && origin != moved {
                    let (name, origin, new) = (new.name.clone(), origin.to_owned(), moved.to_owned());
                    return Err(OperatorError::CredentialBound { name, origin, new });
                }
                Ok(old.record.sealed.clone())
            }
        }
    }
}

/// Who did what, for the two logs.
struct Told<'a> {
    actor: &'a str,
    action: &'a str,
    /// `provider.` and a past participle.
    kind: &'a str,
    detail: String,
}

/// A batch that is refused if the row is another than the one that was looked at.
fn over(old: &Defined) -> Batch {
    Batch::new()
        .require_revision::<ProviderRecord>(&ProviderRecord::key_of(&old.provider().name), old.revision)
}

/// What a later reader wants to know of a change, without the secret.
fn summary(provider: &Provider, credential: Option<&Credential>) -> String {
    let Provider { base_url, api, pool, rpm, models, .. } = provider;
    let credential = credential.map(|Credential(secret)| format!(" credential={}", secret.masked()));
    let names: Vec<&str> = models.keys().take(50).map(String::as_str).collect();
    let (models, credential) = (names.join(","), credential.unwrap_or_default());
    format!("url={base_url} api={api} pool={pool} rpm={rpm}{credential} models={models}")
}
