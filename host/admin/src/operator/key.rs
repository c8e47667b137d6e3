//! The keys of agents: who has one, what it may use and has used. A key is shown once, when it is made; what stays is its
//! hash, and an account that outlives every change of its limits.

mod change;

use std::collections::HashMap;
use std::sync::Arc;

use patchbay_proxy::KeyEntry;
use patchbay_quota::{Account, AccountStatus, Limits, Now};
use patchbay_store::{Key, ReadError, Store, StoreExt, Stored};

use super::{Desk, Operator};
use crate::OperatorError;
use crate::api::{CreateKey, KeyCreated, KeyUse, KeyView, SetKey};
use crate::patch::{limits_view, usd_text};
use crate::record::KeyRecord;

/// Keys, at most.
const KEYS_MAX: usize = 100_000;

/// All valid keys, ordered as the store has them.
#[derive(Clone, Default)]
pub(crate) struct Keys(Vec<Held>);

/// A key's row, and what counts against its limits.
#[derive(Clone)]
struct Held {
    record: Arc<KeyRecord>,
    /// Requests hold it too, and it stays the same when the row changes.
    account: Arc<Account>,
}

impl Held {
    fn new(record: KeyRecord) -> Self {
        let account = Arc::new(Account::new(record.limits));
        Self { record: Arc::new(record), account }
    }

    fn entry(&self) -> KeyEntry {
        KeyEntry {
            id: self.record.id.as_str().into(),
            hash: self.record.hash,
            agent: self.record.agent.clone(),
            models: self.record.models.clone().into(),
            account: Arc::clone(&self.account),
        }
    }
}

impl Keys {
    pub(super) async fn read(store: &dyn Store) -> Result<Self, ReadError> {
        let rows: Vec<Stored<KeyRecord>> = store.list(Key::new().prefix(), KEYS_MAX).await?;
        Ok(Self(rows.into_iter().map(|row| Held::new(row.record)).collect()))
    }

    fn find(&self, id: &str) -> Result<&Held, OperatorError> {
        let found = self.0.iter().find(|held| held.record.id == id);
        found.ok_or_else(|| OperatorError::UnknownKey(id.to_owned()))
    }

    /// The one with this id, or all of the agent.
    fn matching(&self, agent_or_id: &str) -> Vec<Held> {
        match self.find(agent_or_id) {
            Ok(held) => vec![held.clone()],
            Err(_) => {
                self.0.iter().filter(|held| held.record.agent.as_str() == agent_or_id).cloned().collect()
            }
        }
    }
}

impl Operator {
    /// Makes a key for an agent, beside those that it has.
    ///
    /// # Errors
    /// A wrong name, model or limit, too many keys, or a store that does not write.
    pub async fn create_key(&self, request: CreateKey, actor: &str) -> Result<KeyCreated, OperatorError> {
        let actor = actor.to_owned();
        self.change(|desk| async move { desk.create_key(&request, &actor).await }).await
    }

    /// Changes what the key with this id may use: the next request obeys, and what is counted stays counted.
    ///
    /// # Errors
    /// An unknown id, a wrong model or limit, or a store that does not write.
    pub async fn set_key(&self, id: &str, request: SetKey, actor: &str) -> Result<KeyView, OperatorError> {
        let (id, actor) = (id.to_owned(), actor.to_owned());
        self.change(|desk| async move { desk.set_key(&id, &request, &actor).await }).await
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
        let desk = self.desk();
        desk.views(&desk.keys.load().0)
    }

    /// # Errors
    /// An unknown id.
    pub fn key(&self, id: &str) -> Result<KeyView, OperatorError> {
        let desk = self.desk();
        let keys = desk.keys.load();
        let held = keys.find(id)?;
        Ok(desk.view(held, &desk.parts.pool.models()))
    }
}

impl Desk {
    /// The keyring, and everyone who asks, see these from now on.
    pub(super) fn enroll(&self, keys: Keys) {
        self.parts.keyring.set(keys.0.iter().map(Held::entry).collect());
        self.keys.store(Arc::new(keys));
    }

    /// At start, before requests come: a restart hands out no fresh day.
    pub(super) async fn restore_spent(&self) -> Result<(), ReadError> {
        let (keys, now) = (self.keys.load(), Now::of(&*self.parts.clock));
        let limited = keys.0.iter().filter(|held| !held.record.limits.is_none());
        let accounts: HashMap<&str, &Account> =
            limited.map(|held| (&*held.record.id, &*held.account)).collect();
        if accounts.is_empty() {
            return Ok(());
        }
        for spent in crate::spent_since(&*self.parts.store, now.wall.month()).await? {
            accounts
                .get(&*spent.key)
                .into_iter()
                .for_each(|account| account.restore(spent.day, spent.cost, now));
        }
        Ok(())
    }

    fn views(&self, keys: &[Held]) -> Vec<KeyView> {
        let models = self.parts.pool.models();
        keys.iter().map(|held| self.view(held, &models)).collect()
    }

    /// `models`: all that can be asked for now.
    fn view(&self, held: &Held, models: &[String]) -> KeyView {
        let KeyRecord { id, agent, shown, created, models: allowed, limits, .. } = (*held.record).clone();
        let used = held.account.status(Now::of(&*self.parts.clock));
        let (limits, used, warnings) = (limits_view(limits), used_view(used), unserved(&allowed, models));
        KeyView { id, agent, key: shown, created, models: allowed, limits, used, warnings }
    }
}

fn used_view(used: AccountStatus) -> KeyUse {
    let AccountStatus { requests, tokens, in_flight, spent_today, spent_this_month, reserved } = used;
    let (usd_today, usd_this_month) = (usd_text(spent_today), usd_text(spent_this_month));
    KeyUse { requests, tokens, in_flight, usd_today, usd_this_month, usd_reserved: usd_text(reserved) }
}

/// One sentence for each entry that fits no model.
fn unserved(allowed: &[String], models: &[String]) -> Vec<String> {
    let fits = |pattern: &str, model: &String| match pattern.strip_suffix('*') {
        Some(beginning) => model.starts_with(beginning),
        None => model == pattern,
    };
    let unserved = allowed.iter().filter(|pattern| !models.iter().any(|model| fits(pattern, model)));
    unserved.map(|pattern| format!("no provider that is switched on serves {pattern}")).collect()
}

/// `models=a,b* rpm=40`, for the audit; empty if it may use everything.
fn told(models: &[String], limits: Limits) -> String {
    let limits = limits_view(limits);
    let (tpm, rpm) = (limits.tpm.map(|tpm| tpm.to_string()), limits.rpm.map(|rpm| rpm.to_string()));
    let concurrency = limits.concurrency.map(|most| most.to_string());
    let models = (!models.is_empty()).then(|| models.join(","));
    let named = [
        ("models", models),
        ("rpm", rpm),
        ("tpm", tpm),
        ("concurrency", concurrency),
        ("usd_per_day", limits.usd_per_day),
        ("usd_per_month", limits.usd_per_month),
    ];
    named.into_iter().filter_map(|(name, value)| Some(format!(" {name}={}", value?))).collect()
}

#[cfg(test)]
mod tests;
