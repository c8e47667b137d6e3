//! How a change of a key is made: looked at, stored, and then told to the keyring.

use std::sync::Arc;

use patchbay_proxy::KeyHash;
use patchbay_quota::{Account, Limits, Now};
use patchbay_store::{Batch, Record};
use patchbay_types::AgentName;

use super::{Held, KEYS_MAX, Keys, told, unserved};
use crate::api::{CreateKey, KeyCreated, KeyView, SetKey};
use crate::operator::Desk;
use crate::record::KeyRecord;
use crate::{OperatorError, patch, token};

/// Keys of one agent, at most: two are enough to change them without a pause.
const KEYS_OF_AGENT_MAX: usize = 100;

impl Desk {
    pub(super) async fn create_key(
        &self,
        request: &CreateKey,
        actor: &str,
    ) -> Result<KeyCreated, OperatorError> {
        let agent: AgentName = request.agent.parse().map_err(|error| OperatorError::field("agent", error))?;
        let (models, limits) =
            (patch::models(&request.models)?, patch::limits(Limits::default(), &request.limits)?);
        let _turn = self.turn.lock().await;
        let mut keys = (**self.keys.load()).clone();
        room(&keys, &agent)?;
        let key = token::key()?;
        let (id, hash, shown) = (token::key_id()?, KeyHash::of(key.expose()), token::shown(&key));
        let record = KeyRecord { id, agent, hash, shown, created: self.now(), models, limits };
        let batch = Batch::new().require_absent::<KeyRecord>(&record.key()).put(&record)?;
        self.commit_keys(batch, &[&record], actor, ["key.create", "key.created", "created"]).await?;
        let created = KeyCreated {
            id: record.id.clone(),
            agent: record.agent.clone(),
            key: key.expose().clone(),
            created: record.created,
            models: record.models.clone(),
            limits: patch::limits_view(record.limits),
            warnings: unserved(&record.models, &self.parts.pool.models()),
        };
        let before = |held: &Held| (&held.record.agent, &held.record.id) < (&record.agent, &record.id);
        let place = keys.0.partition_point(before);
        keys.0.insert(place, Held::new(record));
        self.enroll(keys);
        Ok(created)
    }

    pub(super) async fn set_key(
        &self,
        id: &str,
        request: &SetKey,
        actor: &str,
    ) -> Result<KeyView, OperatorError> {
        let _turn = self.turn.lock().await;
        let mut keys = (**self.keys.load()).clone();
        let old = keys.find(id)?.clone();
        let mut record = (*old.record).clone();
        record.limits = patch::limits(record.limits, &request.limits)?;
        if let Some(models) = &request.models {
            record.models = patch::models(models)?;
        }
        let batch = Batch::new().put(&record)?;
        self.commit_keys(batch, &[&record], actor, ["key.set", "key.changed", "changed"]).await?;
        let first = old.record.limits.is_none() && !record.limits.is_none();
        old.account.set_limits(record.limits, self.parts.clock.monotonic());
        if first {
            self.restore_one(id, &old.account).await?;
        }
        let held = Held { record: Arc::new(record), account: old.account };
        let view = self.view(&held, &self.parts.pool.models());
        keys.0.iter_mut().filter(|other| other.record.id == id).for_each(|other| *other = held.clone());
        self.enroll(keys);
        Ok(view)
    }

    /// A key without limits is not counted: with its first ones, what it spent this month comes from the ledger.
    async fn restore_one(&self, id: &str, account: &Account) -> Result<(), OperatorError> {
        if let Err(error) = self.parts.meter.flush().await {
            tracing::warn!(%error, key = id, "what the key spent in the last moments is missing from its budget");
        }
        let now = Now::of(&*self.parts.clock);
        let spent = crate::spent_since(&*self.parts.store, now.wall.month()).await?;
        let own = spent.into_iter().filter(|spent| spent.key == id);
        own.for_each(|spent| account.restore(spent.day, spent.cost, now));
        Ok(())
    }

    pub(super) async fn revoke_key(
        &self,
        agent_or_id: &str,
        actor: &str,
    ) -> Result<Vec<KeyView>, OperatorError> {
        let _turn = self.turn.lock().await;
        let mut keys = (**self.keys.load()).clone();
        let gone = keys.matching(agent_or_id);
        if gone.is_empty() {
            return Err(OperatorError::UnknownKey(agent_or_id.to_owned()));
        }
        let batch =
            gone.iter().fold(Batch::new(), |batch, held| batch.delete::<KeyRecord>(&held.record.key()));
        let records: Vec<&KeyRecord> = gone.iter().map(|held| &*held.record).collect();
        self.commit_keys(batch, &records, actor, ["key.revoke", "key.revoked", "revoked"]).await?;
        keys.0.retain(|held| gone.iter().all(|gone| gone.record.id != held.record.id));
        self.enroll(keys);
        Ok(self.views(&gone))
    }

    /// Writes the batch with what is told of each key.
    async fn commit_keys(
        &self,
        batch: Batch,
        records: &[&KeyRecord],
        actor: &str,
        [action, kind, verb]: [&str; 3],
    ) -> Result<(), OperatorError> {
        let batch = records.iter().fold(batch, |batch, record| {
            let (subject, KeyRecord { agent, shown, models, limits, .. }) =
                (format!("key/{}", record.id), record);
            let detail = format!("agent={agent} key={shown}{}", told(models, *limits));
            batch
                .event(self.event(kind, &subject, format!("a key of {agent} was {verb}")))
                .audit(self.audit(actor, action, &subject, detail))
        });
        self.parts.store.commit(batch).await?;
        Ok(())
    }
}

/// Whether there is room for one more.
fn room(keys: &Keys, agent: &AgentName) -> Result<(), OperatorError> {
    let too_many = |what, max| Err(OperatorError::TooMany { what, max });
    if keys.0.len() >= KEYS_MAX {
        return too_many("keys", KEYS_MAX);
    }
    if keys.0.iter().filter(|held| held.record.agent == *agent).count() >= KEYS_OF_AGENT_MAX {
        return too_many("keys of this agent", KEYS_OF_AGENT_MAX);
    }
    Ok(())
}
