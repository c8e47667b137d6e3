//! The keys of agents: made, listed, revoked. A key is shown once, when it is made; what stays is its hash.

use std::sync::Arc;

use patchbay_proxy::{KeyEntry, KeyHash};
use patchbay_store::{Batch, Key, ReadError, Record, Store, StoreExt, Stored};
use patchbay_types::AgentName;

use super::{Desk, Operator};
use crate::api::{CreateKey, KeyCreated, KeyView};
use crate::record::KeyRecord;
use crate::{OperatorError, token};

/// Keys, at most.
const KEYS_MAX: usize = 100_000;
/// Keys of one agent, at most: two are enough to change them without a pause.
const KEYS_OF_AGENT_MAX: usize = 100;

/// All valid keys, ordered as the store has them.
#[derive(Clone, Default)]
pub(crate) struct Keys(Vec<Arc<KeyRecord>>);

impl Keys {
    pub(super) async fn read(store: &dyn Store) -> Result<Self, ReadError> {
        let rows: Vec<Stored<KeyRecord>> = store.list(Key::new().prefix(), KEYS_MAX).await?;
        Ok(Self(rows.into_iter().map(|row| Arc::new(row.record)).collect()))
    }

    /// The one with this id, or all of the agent.
    fn matching(&self, agent_or_id: &str) -> Vec<Arc<KeyRecord>> {
        let by_id = self.0.iter().find(|record| record.id == agent_or_id);
        match by_id {
            Some(record) => vec![Arc::clone(record)],
            None => self.0.iter().filter(|record| record.agent.as_str() == agent_or_id).cloned().collect(),
        }
    }
}

impl Operator {
    /// Makes a key for an agent, beside those that it has.
    ///
    /// # Errors
    /// A wrong name, too many keys, or a store that does not write.
    pub async fn create_key(&self, request: CreateKey, actor: &str) -> Result<KeyCreated, OperatorError> {
        let actor = actor.to_owned();
        self.change(|desk| async move { desk.create_key(&request, &actor).await }).await
    }

    /// Revokes the key with this id, or all keys of this agent: the next request with one is refused.
    ///
    /// # Errors
    /// Neither is known, or the store does not write.
    pub async fn revoke_key(&self, agent_or_id: &str, actor: &str) -> Result<Vec<KeyView>, OperatorError> {
        let (agent_or_id, actor) = (agent_or_id.to_owned(), actor.to_owned());
        self.change(|desk| async move { desk.revoke_key(&agent_or_id, &actor).await }).await
    }

    /// All keys by agent.
    #[must_use]
    pub fn keys(&self) -> Vec<KeyView> {
        self.desk().keys.load().0.iter().map(|record| view(record)).collect()
    }
}

impl Desk {
    /// The keyring, and everyone who asks, see these from now on.
    pub(super) fn enroll(&self, keys: Keys) {
        let entry = |record: &Arc<KeyRecord>| KeyEntry { hash: record.hash, agent: record.agent.clone() };
        self.parts.keyring.set(keys.0.iter().map(entry).collect());
        self.keys.store(Arc::new(keys));
    }

    async fn create_key(&self, request: &CreateKey, actor: &str) -> Result<KeyCreated, OperatorError> {
        let agent: AgentName = request.agent.parse().map_err(|error| OperatorError::field("agent", error))?;
        let _turn = self.turn.lock().await;
        let mut keys = (**self.keys.load()).clone();
        let too_many = |what, max| Err(OperatorError::TooMany { what, max });
        if keys.0.len() >= KEYS_MAX {
            return too_many("keys", KEYS_MAX);
        }
        if keys.0.iter().filter(|record| record.agent == agent).count() >= KEYS_OF_AGENT_MAX {
            return too_many("keys of this agent", KEYS_OF_AGENT_MAX);
        }
        let key = token::key()?;
        let (id, hash, shown) = (token::key_id()?, KeyHash::of(key.expose()), token::shown(&key));
        let record = KeyRecord { id, agent, hash, shown, created: self.now() };
        let batch = Batch::new().require_absent::<KeyRecord>(&record.key()).put(&record)?;
        self.commit_keys(batch, &[&record], actor, ["key.create", "key.created", "created"]).await?;
        let created = KeyCreated {
            id: record.id.clone(),
            agent: record.agent.clone(),
            key: key.expose().clone(),
            created: record.created,
        };
        let place = keys.0.partition_point(|other| (&other.agent, &other.id) < (&record.agent, &record.id));
        keys.0.insert(place, Arc::new(record));
        self.enroll(keys);
        Ok(created)
    }

    async fn revoke_key(&self, agent_or_id: &str, actor: &str) -> Result<Vec<KeyView>, OperatorError> {
        let _turn = self.turn.lock().await;
        let mut keys = (**self.keys.load()).clone();
        let gone = keys.matching(agent_or_id);
        if gone.is_empty() {
            return Err(OperatorError::UnknownKey(agent_or_id.to_owned()));
        }
        let batch = gone.iter().fold(Batch::new(), |batch, record| batch.delete::<KeyRecord>(&record.key()));
        let records: Vec<&KeyRecord> = gone.iter().map(|record| &**record).collect();
        self.commit_keys(batch, &records, actor, ["key.revoke", "key.revoked", "revoked"]).await?;
        keys.0.retain(|record| gone.iter().all(|gone| gone.id != record.id));
        self.enroll(keys);
        Ok(gone.iter().map(|record| view(record)).collect())
    }

    /// Writes the batch with what is told of each key.
    async fn commit_keys(
        &self,
        batch: Batch,
        records: &[&KeyRecord],
        actor: &str,
        [action, kind, verb]: [&str; 3],
    ) -> Result<(), OperatorError> {
        let batch =
            records.iter().fold(batch, |batch, record| {
                let (subject, KeyRecord { agent, shown, .. }) = (format!("key/{}", record.id), record);
                batch
                    .event(self.event(kind, &subject, format!("a key of {agent} was {verb}")))
                    .audit(self.audit(actor, action, &subject, format!("agent={agent} key={shown}")))
            });
        self.parts.store.commit(batch).await?;
        Ok(())
    }
}

fn view(record: &KeyRecord) -> KeyView {
    let KeyRecord { id, agent, shown, created, .. } = record.clone();
    KeyView { id, agent, key: shown, created }
}
