//! Which identity is in charge: settled at the start, shown, and freed of those before it.

use std::sync::Arc;

use patchbay_store::{Batch, Key, ReadError, Store, StoreExt, Stored};
use patchbay_types::Secret;
use patchbay_vault::{FileError, Sealed, Vault};

use super::definition::Defined;
use super::{Desk, Operator};
use crate::OperatorError;
use crate::api::{CredentialView, IdentityView, OldDropped, VaultView};
use crate::record::VaultRecord;

pub(super) const SUBJECT: &str = "identity";

/// Ends a rotation that broke off, the way that the store says. What the files refuse is tried again at the next start
/// or the next rotation: everything opens all the same.
pub(super) async fn settle(store: &dyn Store, vault: &Vault) -> Result<(), ReadError> {
    let row = row(store).await?;
    let in_charge = row.as_ref().map(|row| &row.record.recipient);
    let moved = match vault.pending() {
        None => Ok(()),
        Some(pending) if in_charge == Some(&pending.to_string()) => {
            vault.accept_pending();
            vault.finish().map(drop)
        }
        Some(_) => vault.set_aside_pending().map(drop),
    };
    if let Err(error) = moved {
        tracing::warn!(%error, "a rotation of the identity is not finished");
    }
    if let Some(Err(error)) = row.map(|row| vault.use_fingerprints(&row.record.fingerprints)) {
        tracing::warn!(%error, "fingerprints of secrets differ from earlier ones");
    }
    Ok(())
}

pub(super) async fn row(store: &dyn Store) -> Result<Option<Stored<VaultRecord>>, ReadError> {
    store.read(&Key::new()).await
}

impl Operator {
    /// The identity, all credentials and all secrets, without their values.
    ///
    /// # Errors
    /// The store or the identity's folder cannot be read.
    pub async fn vault(&self) -> Result<VaultView, OperatorError> {
        let desk = self.desk();
        let credentials = desk.definitions.load().sealed().map(|defined| credential(defined)).collect();
        Ok(VaultView { identity: desk.identity().await?, credentials, secrets: self.secrets() })
    }

    /// Deletes the identities of earlier times.
    ///
    /// # Errors
    /// Something opens with one of them alone; or what the store or the file system says.
    pub async fn drop_old_identities(&self, actor: &str) -> Result<OldDropped, OperatorError> {
        let actor = actor.to_owned();
        self.change(|desk| async move { desk.drop_old(&actor).await }).await
    }
}

impl Desk {
    async fn identity(&self) -> Result<IdentityView, OperatorError> {
        let vault = &self.parts.vault;
        let row = row(&*self.parts.store).await?;
        Ok(IdentityView {
            recipient: vault.recipient().to_string(),
            file: vault.path().display().to_string(),
            locked: vault.is_locked(),
            recipients: vault.recipients().iter().map(ToString::to_string).collect(),
            old: self.old_files()?,
            rotated: row.map(|row| row.record.rotated),
        })
    }

    async fn drop_old(&self, actor: &str) -> Result<OldDropped, OperatorError> {
        let _turn = self.turn.lock().await;
        let needed = self.sealed_before().await?;
        if !needed.is_empty() {
            return Err(OperatorError::OldNeeded { needed });
        }
        let dropped = self.old_files()?;
        let message = format!("{} earlier identities were deleted", dropped.len());
        let batch = Batch::new().event(self.event("identity.dropped", SUBJECT, message)).audit(self.audit(
            actor,
            "identity.drop",
            SUBJECT,
            dropped.join(" "),
        ));
        self.parts.store.commit(batch).await?;
        self.parts.vault.drop_old()?;
        Ok(OldDropped { dropped })
    }

    /// What the identity in charge does not open.
    async fn sealed_before(&self) -> Result<Vec<String>, OperatorError> {
        let definitions = self.definitions.load_full();
        let secrets = self.secrets.all().clone();
        let vault = Arc::clone(&self.parts.vault);
        let looking = tokio::task::spawn_blocking(move || {
            let of_provider = |defined: &Arc<Defined>| {
                let sealed = defined.record.sealed.clone()?;
                Some((format!("the key of {}", defined.provider().name), sealed))
            };
            let of_secret = |(name, kept): (&String, &Arc<super::secret::Kept>)| {
                (format!("secret {name}"), kept.record().sealed.clone())
            };
            let all = definitions.sealed().filter_map(of_provider).chain(secrets.iter().map(of_secret));
            all.filter(|(_, sealed): &(String, Sealed)| !vault.is_current(sealed))
                .map(|(name, _)| name)
                .collect()
        });
        looking.await.map_err(|_| OperatorError::ShuttingDown)
    }

    fn old_files(&self) -> Result<Vec<String>, FileError> {
        let files = self.parts.vault.old_files()?;
        Ok(files.iter().map(|path| path.display().to_string()).collect())
    }
}

fn credential(defined: &Defined) -> CredentialView {
    let provider = defined.provider();
    CredentialView {
        provider: provider.name.clone(),
        id: provider.id.clone(),
        origin: provider.base_url.origin().to_owned(),
        credential: defined.credential.as_ref().map(Secret::masked),
        sealed: defined.record.sealed_at,
        reason: defined.broken.clone(),
    }
}
