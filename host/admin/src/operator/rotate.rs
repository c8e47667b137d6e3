//! A new identity for the host: everything is sealed for it in one transaction, while requests go on with what is in
//! memory. The order of the steps, and what a kill between them comes to, is said in `patchbay-vault`; this is where they
//! are taken.

use std::sync::Arc;

use patchbay_store::{Batch, CommitError, Revision, Stored};
use patchbay_types::Timestamp;
use patchbay_vault::{SecretBinding, Successor, Vault};

use super::definition::binding;
use super::vault::{SUBJECT, row};
use super::{Desk, Operator};
use crate::OperatorError;
use crate::api::Rotated;
use crate::record::{ProviderRecord, SecretRecord, VaultRecord};

/// All that is sealed, with the revisions that it was read at.
struct Rows {
    providers: Vec<Stored<ProviderRecord>>,
    secrets: Vec<Stored<SecretRecord>>,
}

impl Operator {
    /// Makes a new identity, seals every credential and every secret for it, and keeps the one before.
    ///
    /// # Errors
    /// Something does not open, is too much for one transaction, or the store or the file system refuses. Then the
    /// identity before is in charge.
    pub async fn rotate(&self, actor: &str) -> Result<Rotated, OperatorError> {
        let actor = actor.to_owned();
        self.change(|desk| async move { desk.rotate(&actor).await }).await
    }
}

impl Desk {
    async fn rotate(&self, actor: &str) -> Result<Rotated, OperatorError> {
        let _turn = self.turn.lock().await;
        let vault = Arc::clone(&self.parts.vault);
        // Of a rotation whose last step failed.
        vault.finish()?;
        let now = self.now();
        let (successor, rows) = self.resealed_rows(now).await?;
        let recipient = successor.recipient().to_string();
        let batch = self.rotation(&rows, &successor, now, actor).await?;
        fits(&batch)?;
        let successor = self.written(successor, now).await?;
        let (successor, revision) = self.commit_rotation(batch, successor).await?;
        vault.take_charge(successor);
        let (credentials, secrets) = (rows.providers.len(), rows.secrets.len());
        self.adopt(rows, revision);
        let (old, note) = match vault.finish() {
            Ok(old) => (old.map(|path| path.display().to_string()), None),
            Err(error) => {
                tracing::warn!(%error, "the identity's files follow at the next start or rotation");
                (None, Some(error.to_string()))
            }
        };
        Ok(Rotated { recipient, credentials, secrets, old, note })
    }

    /// Unseals and seals on a thread that may block: a thousand keys take a while.
    async fn resealed_rows(&self, now: Timestamp) -> Result<(Successor, Rows), OperatorError> {
        let rows = self.sealed_rows();
        let vault = Arc::clone(&self.parts.vault);
        let sealing = tokio::task::spawn_blocking(move || {
            let successor = vault.successor();
            rows.resealed(&vault, &successor, now).map(|rows| (successor, rows))
        });
        let sealed = sealing.await.map_err(|_| OperatorError::ShuttingDown)?;
        sealed.map_err(|broken| OperatorError::Unopenable { broken })
    }

    fn sealed_rows(&self) -> Rows {
        let definitions = self.definitions.load();
        let providers = definitions
            .sealed()
            .map(|defined| Stored { revision: defined.revision, record: defined.record.clone() });
        let secrets = self.secrets.all();
        let secrets =
            secrets.values().map(|kept| Stored { revision: kept.revision(), record: kept.record().clone() });
        Rows { providers: providers.collect(), secrets: secrets.collect() }
    }

    async fn rotation(
        &self,
        rows: &Rows,
        successor: &Successor,
        now: Timestamp,
        actor: &str,
    ) -> Result<Batch, OperatorError> {
        let (vault, recipient) = (&self.parts.vault, successor.recipient().to_string());
        let message = format!("everything was sealed for {recipient}, which is in charge");
        let detail = format!(
            "recipient={recipient} credentials={} secrets={}",
            rows.providers.len(),
            rows.secrets.len()
        );
        let record =
            VaultRecord { recipient, fingerprints: vault.fingerprints_for(successor)?, rotated: now };
        let key = patchbay_store::Key::new();
        let batch = match row(&*self.parts.store).await? {
            Some(row) => Batch::new().require_revision::<VaultRecord>(&key, row.revision),
            None => Batch::new().require_absent::<VaultRecord>(&key),
        };
        Ok(rows
            .put(batch.put(&record)?)?
            .event(self.event("identity.rotated", SUBJECT, message))
            .audit(self.audit(actor, "identity.rotate", SUBJECT, detail)))
    }

    /// On a thread that may block: to lock a file with a passphrase takes a second.
    async fn written(&self, successor: Successor, now: Timestamp) -> Result<Successor, OperatorError> {
        let vault = Arc::clone(&self.parts.vault);
        let writing =
            tokio::task::spawn_blocking(move || vault.write_pending(&successor, now).map(|()| successor));
        Ok(writing.await.map_err(|_| OperatorError::ShuttingDown)??)
    }

    /// A store that stopped may have kept the batch: then the pending identity stays, and the next start looks.
    async fn commit_rotation(
        &self,
        batch: Batch,
        successor: Successor,
    ) -> Result<(Successor, Revision), OperatorError> {
        match self.parts.store.commit(batch).await {
            Ok(revision) => Ok((successor, revision)),
            Err(error @ CommitError::Stopped { .. }) => Err(error.into()),
            Err(error) => {
                if let Err(left) = self.parts.vault.remove_pending(successor) {
                    tracing::warn!(error = %left, "an identity that nothing is sealed for was left");
                }
                Err(error.into())
            }
        }
    }

    /// Only the rows are others: what they open to has not changed, so nobody is told.
    fn adopt(&self, rows: Rows, revision: Revision) {
        let Rows { mut providers, mut secrets } = rows;
        providers.iter_mut().for_each(|row| row.revision = revision);
        secrets.iter_mut().for_each(|row| row.revision = revision);
        self.replace(providers);
        self.secrets.replace(secrets);
    }
}

impl Rows {
    /// The same sealed for the successor, or all that does not open.
    fn resealed(mut self, vault: &Vault, successor: &Successor, now: Timestamp) -> Result<Self, Vec<String>> {
        let mut broken = Vec::new();
        for ProviderRecord { provider, sealed, sealed_at } in
            self.providers.iter_mut().map(|row| &mut row.record)
        {
            let Some(before) = sealed else { continue };
            match vault.reseal(before, &binding(provider), successor) {
                Ok(after) => (*sealed, *sealed_at) = (Some(after), Some(now)),
                Err(error) => broken.push(format!("the key of {}: {error}", provider.name)),
            }
        }
        for SecretRecord { name, origins, sealed, .. } in self.secrets.iter_mut().map(|row| &mut row.record) {
            match vault.reseal_secret(sealed, &SecretBinding { name, origins }, successor) {
                Ok(after) => *sealed = after,
                Err(error) => broken.push(format!("secret {name}: {error}")),
            }
        }
        if broken.is_empty() { Ok(self) } else { Err(broken) }
    }

    fn put(&self, batch: Batch) -> Result<Batch, OperatorError> {
        let mut batch = batch;
        for Stored { revision, record } in &self.providers {
            let key = ProviderRecord::key_of(&record.provider.name);
            batch = batch.require_revision::<ProviderRecord>(&key, *revision).put(record)?;
        }
        for Stored { revision, record } in &self.secrets {
            let key = SecretRecord::key_of(&record.name);
            batch = batch.require_revision::<SecretRecord>(&key, *revision).put(record)?;
        }
        Ok(batch)
    }
}

/// Whether the store takes it at once.
pub(super) fn fits(batch: &Batch) -> Result<(), OperatorError> {
    match batch.measure() {
        Err(CommitError::TooLarge { found, max, .. }) => Err(OperatorError::TooMuchAtOnce { found, max }),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests;
