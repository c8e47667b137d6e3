//! Plugins' secrets: set, listed, removed. A value goes from the operator into the vault, and from there to whoever
//! sends a plugin's requests; nobody is ever shown it.

mod book;
pub(super) mod check;

use patchbay_store::{Batch, Key, Revision, Stored};
use patchbay_types::Secret;
use patchbay_vault::SecretBinding;

use super::{Desk, Operator};
use crate::OperatorError;
use crate::api::{Credential, Removed, SecretView, SetSecret};
use crate::record::SecretRecord;
pub use book::{BoundSecret, SecretBook};
pub(super) use book::{Kept, SECRETS_MAX};

impl Operator {
    /// The secrets that plugins may use, as they are from now on: each change is seen in it at once.
    #[must_use]
    pub fn secret_book(&self) -> SecretBook {
        self.desk().secrets.clone()
    }

    /// All secrets by name, without their values.
    #[must_use]
    pub fn secrets(&self) -> Vec<SecretView> {
        self.desk().secrets.all().values().map(|kept| kept.view()).collect()
    }

    /// Sets a secret and where it may be sent; one of that name is replaced whole. Generations that may use it become
    /// new ones.
    ///
    /// # Errors
    /// A name, an origin or a value that is wrong, too many secrets, or a store that does not write.
    pub async fn set_secret(
        &self,
        name: &str,
        request: SetSecret,
        actor: &str,
    ) -> Result<SecretView, OperatorError> {
        let (name, actor) = (name.to_owned(), actor.to_owned());
        self.change(|desk| async move {
            let view = desk.set_secret(&name, request, &actor).await?;
            desk.parts.slots.secrets_changed(&name).await;
            Ok(view)
        })
        .await
    }

    /// Forgets a secret.
    ///
    /// # Errors
    /// An unknown secret, or a store that does not write.
    pub async fn remove_secret(&self, name: &str, actor: &str) -> Result<Removed, OperatorError> {
        let (name, actor) = (name.to_owned(), actor.to_owned());
        self.change(|desk| async move {
            let removed = desk.remove_secret(&name, &actor).await?;
            desk.parts.slots.secrets_changed(&name).await;
            Ok(removed)
        })
        .await
    }
}

impl Desk {
    async fn set_secret(
        &self,
        name: &str,
        SetSecret { origins, value: Credential(value) }: SetSecret,
        actor: &str,
    ) -> Result<SecretView, OperatorError> {
        let name = check::name(name)?.to_string();
        check::value(&value)?;
        let origins = check::origins(&origins)?;
        let _turn = self.turn.lock().await;
        let old = self.secrets.all().get(&name).cloned();
        if old.is_none() && self.secrets.all().len() >= SECRETS_MAX {
            return Err(OperatorError::TooMany { what: "secrets", max: SECRETS_MAX });
        }
        let record = self.sealed(name, origins, &value, old.as_deref())?;
        let revision = self.commit_secret(&record, old.as_deref(), actor, &value).await?;
        let kept = Kept::open(Stored { revision, record }, &self.parts.vault);
        let view = kept.view();
        self.secrets.put(kept);
        Ok(view)
    }

    pub(super) fn sealed(
        &self,
        name: String,
        origins: Vec<String>,
        value: &Secret<String>,
        old: Option<&Kept>,
    ) -> Result<SecretRecord, OperatorError> {
        let binding = SecretBinding { name: &name, origins: &origins };
        let sealed = self.parts.vault.seal_secret(value, &binding)?;
        let updated = self.now();
        let created = old.map_or(updated, |old| old.record().created);
        Ok(SecretRecord { name, origins, sealed, created, updated })
    }

    async fn commit_secret(
        &self,
        record: &SecretRecord,
        old: Option<&Kept>,
        actor: &str,
        value: &Secret<String>,
    ) -> Result<Revision, OperatorError> {
        let batch = over(&SecretRecord::key_of(&record.name), old);
        let batch = self.with_secret(batch, record, actor, value)?;
        Ok(self.parts.store.commit(batch).await?)
    }

    /// The row, and what is told of it.
    pub(super) fn with_secret(
        &self,
        batch: Batch,
        record: &SecretRecord,
        actor: &str,
        value: &Secret<String>,
    ) -> Result<Batch, OperatorError> {
        let SecretRecord { name, origins, .. } = record;
        let (subject, origins) = (subject(name), origins.join(" "));
        let detail = format!("origins={origins} fingerprint={}", self.parts.vault.fingerprint(value));
        Ok(batch
            .put(record)?
            .event(self.event("secret.set", &subject, format!("secret {name} was set for {origins}")))
            .audit(self.audit(actor, "secret.set", &subject, detail)))
    }

    async fn remove_secret(&self, name: &str, actor: &str) -> Result<Removed, OperatorError> {
        let _turn = self.turn.lock().await;
        let old = self.secrets.require(name)?;
        let (key, subject) = (SecretRecord::key_of(name), subject(name));
        let batch = over(&key, Some(&old))
            .delete::<SecretRecord>(&key)
            .event(self.event("secret.removed", &subject, format!("secret {name} was removed")))
            .audit(self.audit(actor, "secret.remove", &subject, String::new()));
        self.parts.store.commit(batch).await?;
        self.secrets.remove(name);
        Ok(Removed { removed: name.to_owned() })
    }
}

/// A batch that is refused if the row is another than the one that was looked at. Where none was seen there may be one
/// that says another name of itself: that is written over.
pub(super) fn over(key: &Key, old: Option<&Kept>) -> Batch {
    match old {
        Some(old) => Batch::new().require_revision::<SecretRecord>(key, old.revision()),
        None => Batch::new(),
    }
}

pub(super) fn subject(name: &str) -> String {
    format!("secret/{name}")
}

#[cfg(test)]
mod tests;
