//! `kv`: what a plugin remembers in its slot, over calls, swaps and restarts. Grant: `kv = { max_bytes = … }`, for all
//! its keys and values together. A plugin sees its own keys alone, and another slot's never.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use patchbay_runtime::Scope;
use patchbay_runtime::ask::{HostReply, Payload};
use patchbay_store::{Batch, Key, KeyRange, Record, Store, StoreExt, Stored, Table};
use patchbay_types::SlotName;
use serde::{Deserialize, Serialize};

use super::{Answer, PluginError, error};

const KEY_BYTES_MAX: usize = 256;
const VALUE_BYTES_MAX: usize = 64 * 1024;
/// Keys in one answer.
const KEYS_MAX: usize = 1_000;
/// Rows that are read at a time.
const PAGE_ROWS: usize = 128;
/// Plugins in their slots whose total is kept in memory; what is in use is kept in any case.
const DRAWERS_MAX: usize = 1_000;

pub(super) struct Kv {
    store: Arc<dyn Store>,
    drawers: Mutex<HashMap<Owner, Arc<Drawer>>>,
}

type Owner = (SlotName, String);

/// What one plugin has in one slot.
#[derive(Default)]
struct Drawer {
    /// Bytes of all keys and values. None until they are counted, and while a write is on its way: if that is
    /// abandoned, nobody knows whether it was written, and they are counted again.
    ///
    /// This is also the turn of whoever writes, so it is held over a commit. Only calls of the same plugin wait for it.
    bytes: tokio::sync::Mutex<Option<u64>>,
}

/// One key and its value.
#[derive(Serialize, Deserialize)]
struct KvRecord {
    slot: SlotName,
    plugin: String,
    key: String,
    value: Payload,
}

impl Kv {
    pub(super) fn new(store: Arc<dyn Store>) -> Self {
        Self { store, drawers: Mutex::default() }
    }

    pub(super) async fn get(&self, scope: &Scope, key: &str) -> Answer {
        check_key(key)?;
        let found = self.read(scope, key).await?;
        Ok(HostReply::Value(found.map(|record| record.value)))
    }

    pub(super) async fn set(&self, scope: &Scope, key: &str, value: &Payload) -> Answer {
        check_key(key)?;
        if value.0.len() > VALUE_BYTES_MAX {
            let size = value.0.len();
            return Err(error(
                "invalid",
                format!("the value has {size} bytes: at most {VALUE_BYTES_MAX} are kept"),
            ));
        }
        let record = KvRecord::new(scope, key, value.clone());
        let batch = Batch::new().put(&record).map_err(unkept)?;
        self.write(scope, key, record.bytes(), batch).await?;
        Ok(HostReply::Done)
    }

    pub(super) async fn delete(&self, scope: &Scope, key: &str) -> Answer {
        check_key(key)?;
        let batch = Batch::new().delete::<KvRecord>(&KvRecord::key_of(scope, key));
        self.write(scope, key, 0, batch).await.map(HostReply::Flag)
    }

    pub(super) async fn keys(&self, scope: &Scope, prefix: &str, after: Option<&str>, count: u32) -> Answer {
        let count = usize::try_from(count).unwrap_or(usize::MAX).min(KEYS_MAX);
        let mut keys = Vec::new();
        if prefix.len() > KEY_BYTES_MAX {
            return Ok(HostReply::Keys(keys));
        }
        // The prefix itself may be a key; all others that have it come behind it.
        if !prefix.is_empty()
            && after.is_none_or(|after| after < prefix)
            && self.read(scope, prefix).await?.is_some()
        {
            keys.push(prefix.to_owned());
        }
        let mut last = after.unwrap_or_default().max(prefix).to_owned();
        while keys.len() < count {
            let rows = self.page(scope, &last, PAGE_ROWS.min(count - keys.len())).await?;
            let Some(end) = rows.last() else { break };
            last.clone_from(&end.key);
            let more = last.starts_with(prefix);
            keys.extend(rows.into_iter().map(|row| row.key).take_while(|key| key.starts_with(prefix)));
            if !more {
                break;
            }
        }
        keys.truncate(count);
        Ok(HostReply::Keys(keys))
    }

    /// Commits a key's new state, of so many bytes; whether the key was there.
    async fn write(&self, scope: &Scope, key: &str, bytes: u64, batch: Batch) -> Result<bool, PluginError> {
        let drawer = self.drawer(scope);
        let mut total = drawer.bytes.lock().await;
        let used = match *total {
            Some(used) => used,
            None => self.count(scope).await?,
        };
        *total = Some(used);
        let before = self.read(scope, key).await?.map(|record| record.bytes());
        let after = used.saturating_sub(before.unwrap_or_default()).saturating_add(bytes);
        let max = scope.grants.kv.map_or(0, |kv| kv.max_bytes);
        if bytes > 0 && after > max {
            let message = format!(
                "{after} bytes of keys and values would pass the {max} that were granted: delete some"
            );
            return Err(error("quota", message));
        }
        if bytes == 0 && before.is_none() {
            return Ok(false);
        }
        *total = None;
        self.store.commit(batch).await.map_err(unkept)?;
        *total = Some(after);
        Ok(before.is_some())
    }

    /// By reading everything. A write that was abandoned may still be on its way: an empty batch goes behind it.
    async fn count(&self, scope: &Scope) -> Result<u64, PluginError> {
        self.store.commit(Batch::new()).await.map_err(unkept)?;
        let (mut bytes, mut last) = (0_u64, String::new());
        loop {
            let rows = self.page(scope, &last, PAGE_ROWS).await?;
            let Some(end) = rows.last() else { return Ok(bytes) };
            last.clone_from(&end.key);
            bytes = rows.iter().fold(bytes, |sum, row| sum.saturating_add(row.bytes()));
        }
    }

    async fn read(&self, scope: &Scope, key: &str) -> Result<Option<KvRecord>, PluginError> {
        let row = self.store.read::<KvRecord>(&KvRecord::key_of(scope, key)).await;
        Ok(row.map_err(unread)?.map(|row| row.record))
    }

    /// The next rows behind a key.
    async fn page(&self, scope: &Scope, after: &str, limit: usize) -> Result<Vec<KvRecord>, PluginError> {
        let range = KvRecord::of(scope).after(&KvRecord::key_of(scope, after));
        let rows: Vec<Stored<KvRecord>> = self.store.list(range, limit).await.map_err(unread)?;
        Ok(rows.into_iter().map(|row| row.record).collect())
    }

    fn drawer(&self, scope: &Scope) -> Arc<Drawer> {
        let mut drawers = self.drawers.lock().unwrap_or_else(PoisonError::into_inner);
        if drawers.len() >= DRAWERS_MAX {
            drawers.retain(|_, drawer| Arc::strong_count(drawer) > 1);
        }
        let owner = (scope.generation.slot.clone(), scope.plugin.clone());
        drawers.entry(owner).or_default().clone()
    }
}

impl KvRecord {
    fn new(scope: &Scope, key: &str, value: Payload) -> Self {
        let (slot, plugin) = (scope.generation.slot.clone(), scope.plugin.clone());
        Self { slot, plugin, key: key.to_owned(), value }
    }

    fn key_of(scope: &Scope, key: &str) -> Key {
        Key::new().text(scope.generation.slot.as_str()).text(&scope.plugin).text(key)
    }

    /// All rows of a plugin in its slot.
    fn of(scope: &Scope) -> KeyRange {
        Key::new().text(scope.generation.slot.as_str()).text(&scope.plugin).prefix()
    }

    fn bytes(&self) -> u64 {
        (self.key.len() + self.value.0.len()) as u64
    }
}

impl Record for KvRecord {
    const TABLE: Table = Table("plugin-kv");
    const VERSION: u8 = 1;

    fn key(&self) -> Key {
        Key::new().text(self.slot.as_str()).text(&self.plugin).text(&self.key)
    }
}

fn check_key(key: &str) -> Result<(), PluginError> {
    match (1..=KEY_BYTES_MAX).contains(&key.len()) {
        true => Ok(()),
        false => {
            Err(error("invalid", format!("the key has {} bytes: expected 1 to {KEY_BYTES_MAX}", key.len())))
        }
    }
}

fn unkept(cause: impl std::fmt::Display) -> PluginError {
    error("store", format!("it was not kept: {cause}"))
}

fn unread(cause: impl std::fmt::Display) -> PluginError {
    error("store", format!("it cannot be read: {cause}"))
}

#[cfg(test)]
mod tests;
