//! Letting go of what has become too old: records beyond the history, and components that no record names.

use patchbay_registry::Catalogue;
use patchbay_store::{Batch, StoreExt, Stored};
use patchbay_types::{Audit, Digest};

use crate::error::{LoadError, RemoveError};
use crate::record::{GenerationRecord, SlotRecord};
use crate::slot::{HISTORY_MAX, Inner};

impl Inner {
    /// Forgets records that have become too old. Also says which components no other record needs.
    pub(crate) async fn without_oldest(
        &self,
        mut batch: Batch,
        new: &GenerationRecord,
    ) -> Result<(Batch, Vec<Digest>), LoadError> {
        let Some(limit) = new.number.checked_sub(HISTORY_MAX) else { return Ok((batch, Vec::new())) };
        let history = self.history().await?;
        let old: Vec<_> = history.into_iter().filter(|record| record.number <= limit).collect();
        for record in &old {
            batch = batch.delete::<GenerationRecord>(&GenerationRecord::key_of(&record.slot, record.number));
        }
        let mut unneeded = Vec::new();
        for digest in old.iter().map(|record| record.digest) {
            let gone = |record: &GenerationRecord| record.slot == self.name && record.number <= limit;
            if digest != new.digest && !self.needed_elsewhere(digest, gone).await? {
                unneeded.push(digest);
            }
        }
        Ok((batch, unneeded))
    }

    /// Whether a generation of any slot, but for those that go, is this component.
    async fn needed_elsewhere(
        &self,
        digest: Digest,
        goes: impl Fn(&GenerationRecord) -> bool,
    ) -> Result<bool, LoadError> {
        let all = patchbay_store::Key::new().prefix();
        let limit = usize::try_from(2 * HISTORY_MAX).unwrap_or(usize::MAX) * crate::slots::SLOTS_MAX;
        let rows: Vec<Stored<GenerationRecord>> = self.options.store.list(all, limit).await?;
        Ok(rows.iter().any(|row| row.record.digest == digest && !goes(&row.record)))
    }

    /// Everything that the store has of this slot, and what lives of it.
    pub(crate) async fn forget_all(&self, actor: &str) -> Result<(), RemoveError> {
        let slot = self.turn.lock().await;
        let mut batch = Batch::new().delete::<SlotRecord>(&SlotRecord::key_of(&slot.slot));
        for record in self.history().await? {
            batch = batch.delete::<GenerationRecord>(&GenerationRecord::key_of(&slot.slot, record.number));
        }
        let (at, subject) = (self.clock.wall(), slot.slot.to_string());
        let action = "slot.remove".to_owned();
        let audit = Audit { at, actor: actor.to_owned(), action, subject, detail: String::new() };
        self.options.store.commit(batch.audit(audit)).await?;
        self.drop_trial();
        self.install(None);
        Ok(())
    }

    /// A component that cannot be removed takes room, nothing else.
    pub(crate) async fn remove(&self, digests: Vec<Digest>) {
        if digests.is_empty() {
            return;
        }
        let (components, index) = (self.options.components.clone(), self.options.index.clone());
        let removing = tokio::task::spawn_blocking(move || {
            if let Err(error) = index.change(|catalogue| unlist(catalogue, &digests)) {
                tracing::warn!(%error, "old components could not be taken out of the index");
            }
            for digest in digests {
                if let Err(error) = components.remove(&digest) {
                    tracing::warn!(%digest, %error, "an old component could not be removed");
                }
            }
        });
        if let Err(error) = removing.await {
            tracing::warn!(%error, "old components could not be removed");
        }
    }
}

fn unlist(catalogue: &mut Catalogue, digests: &[Digest]) {
    let gone = catalogue.iter().filter(|(_, _, entry)| digests.contains(&entry.digest));
    let gone: Vec<_> = gone.map(|(name, version, _)| (name.clone(), version.clone())).collect();
    for (name, version) in gone {
        catalogue.remove(&name, &version);
    }
}
