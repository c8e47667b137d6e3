//! The store's file, as somebody who can read and write it sees it while no host runs.

use patchbay_store::{Batch, Key, Record, RedbOptions, RedbStore, Store, StoreExt, Stored, Table};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::harness::Host;

/// A row of which nothing is known but where it lies.
pub(super) trait Place: Record + From<Value> + AsMut<Value> {}

macro_rules! place {
    ($name:ident, $table:literal, $key:literal) => {
        #[derive(Clone, Serialize, Deserialize)]
        #[serde(transparent)]
        pub(super) struct $name(Value);

        impl Record for $name {
            const TABLE: Table = Table($table);
            const VERSION: u8 = 1;

            fn key(&self) -> Key {
                Key::new().text($key)
            }
        }

        impl From<Value> for $name {
            fn from(value: Value) -> Self {
                Self(value)
            }
        }

        impl AsMut<Value> for $name {
            fn as_mut(&mut self) -> &mut Value {
                &mut self.0
            }
        }

        impl Place for $name {}
    };
}

// The secret `telegram`, and the provider `alpha`.
place!(Secrets, "plugin-secrets", "telegram");
place!(Providers, "providers", "alpha");

pub(super) async fn read<R: Place>(host: &Host) -> Value {
    let store = open(host);
    let row: Stored<R> = store.read(&R::from(Value::Null).key()).await.unwrap().unwrap();
    store.close().await.unwrap();
    let mut row = row.record;
    row.as_mut().take()
}

pub(super) async fn edit<R: Place>(host: &Host, change: impl FnOnce(&mut Value)) {
    let mut value = read::<R>(host).await;
    change(&mut value);
    let store = open(host);
    store.commit(Batch::new().put(&R::from(value)).unwrap()).await.unwrap();
    store.close().await.unwrap();
}

fn open(host: &Host) -> RedbStore {
    RedbStore::open(&host.dir().join("patchbay.redb"), RedbOptions::default()).unwrap()
}
