//! On a real store.

use std::future::Future;
use std::task::{Context, Waker};

use patchbay_types::{Grants, KvGrant};
use tempfile::TempDir;

use super::*;
use crate::capability::tests::{scope, store};

struct Desk {
    kv: Kv,
    scope: Scope,
    _folder: TempDir,
}

fn desk(max_bytes: u64) -> Desk {
    let (folder, store) = store();
    let scope = scope(Grants { kv: Some(KvGrant { max_bytes }), ..Grants::default() });
    Desk { kv: Kv::new(store), scope, _folder: folder }
}

impl Desk {
    async fn set(&self, key: &str, value: &str) -> Result<(), String> {
        let set = self.kv.set(&self.scope, key, &Payload::from(value.to_owned())).await;
        set.map(drop).map_err(|error| error.code)
    }

    async fn get(&self, key: &str) -> Option<String> {
        let Ok(HostReply::Value(value)) = self.kv.get(&self.scope, key).await else { panic!("no value") };
        value.map(|value| String::from_utf8(value.0.to_vec()).unwrap())
    }

    async fn delete(&self, key: &str) -> bool {
        self.kv.delete(&self.scope, key).await.unwrap() == HostReply::Flag(true)
    }

    async fn keys(&self, prefix: &str, after: Option<&str>, count: u32) -> Vec<String> {
        let Ok(HostReply::Keys(keys)) = self.kv.keys(&self.scope, prefix, after, count).await else {
            panic!("no keys")
        };
        keys
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_set_is_there_until_it_is_deleted() {
    let desk = desk(1000);
    assert_eq!(desk.get("a").await, None);
    desk.set("a", "one").await.unwrap();
    desk.set("a", "two").await.unwrap();
    assert_eq!(desk.get("a").await.as_deref(), Some("two"));
    assert!(desk.delete("a").await && !desk.delete("a").await);
    assert_eq!(desk.get("a").await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_quota_counts_keys_and_values_exactly() {
    let desk = desk(10);
    desk.set("ab", "1234").await.unwrap();
    desk.set("cd", "12").await.unwrap();
    assert_eq!(desk.set("e", "").await, Err("quota".to_owned()));
    assert_eq!(desk.set("ab", "12345").await, Err("quota".to_owned()));
    desk.set("ab", "123").await.unwrap();
    desk.set("e", "").await.unwrap();
    assert!(desk.delete("cd").await);
    desk.set("cd", "12").await.unwrap();
    // Another count comes to the same.
    let anew = Desk { kv: Kv::new(desk.kv.store.clone()), ..desk };
    assert_eq!(anew.set("f", "").await, Err("quota".to_owned()));
    assert_eq!(anew.kv.count(&anew.scope).await.unwrap(), 10);
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_at_once_do_not_lose_the_count() {
    let desk = desk(1_000);
    let sets = (0..200).map(|number| {
        let desk = &desk;
        async move { desk.set(&format!("{number:04}"), "123456").await }
    });
    let done = futures_util::future::join_all(sets).await;
    assert_eq!(done.iter().filter(|done| done.is_ok()).count(), 100);
    assert_eq!(desk.kv.count(&desk.scope).await.unwrap(), 1_000);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_abandoned_write_is_counted_if_it_was_written() {
    let desk = desk(30);
    desk.set("a", "1").await.unwrap();
    for number in 0..20 {
        let key = format!("key{number}");
        let mut set = Box::pin(desk.set(&key, "12345"));
        let mut polls = number;
        while polls > 0 && set.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending() {
            tokio::task::yield_now().await;
            polls -= 1;
        }
        drop(set);
        let counted = desk.kv.count(&desk.scope).await.unwrap();
        assert!(counted <= 30, "{counted}");
    }
    let counted = desk.kv.count(&desk.scope).await.unwrap();
    let _ = desk.set("a", "1").await;
    assert_eq!(*desk.kv.drawer(&desk.scope).bytes.lock().await, Some(counted));
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_come_in_order_by_prefix_and_page() {
    let desk = desk(100_000);
    for key in ["b", "b/2", "b/1", "a", "c", "b\0", "b/"] {
        desk.set(key, "x").await.unwrap();
    }
    assert_eq!(desk.keys("", None, 100).await, ["a", "b", "b\0", "b/", "b/1", "b/2", "c"]);
    assert_eq!(desk.keys("b", None, 100).await, ["b", "b\0", "b/", "b/1", "b/2"]);
    assert_eq!(desk.keys("b/", None, 2).await, ["b/", "b/1"]);
    assert_eq!(desk.keys("b/", Some("b/1"), 2).await, ["b/2"]);
    assert_eq!(desk.keys("b/", Some("a"), 1).await, ["b/"]);
    assert!(desk.keys("b", Some("c"), 5).await.is_empty() && desk.keys("", None, 0).await.is_empty());
    for number in 0..300 {
        desk.set(&format!("n{number:03}"), "").await.unwrap();
    }
    let all = desk.keys("n", None, 5_000).await;
    assert_eq!((all.len(), all[299].as_str()), (300, "n299"));
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_and_values_have_bounds() {
    let desk = desk(1_000_000);
    for key in [String::new(), "k".repeat(257)] {
        assert_eq!(desk.set(&key, "").await, Err("invalid".to_owned()), "{}", key.len());
    }
    desk.set(&"\0".repeat(256), &"\0".repeat(64 * 1024)).await.unwrap();
    assert_eq!(desk.set("a", &"v".repeat(64 * 1024 + 1)).await, Err("invalid".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn another_slot_and_another_plugin_have_keys_of_their_own() {
    let desk = desk(100);
    desk.set("a", "mine").await.unwrap();
    let mut other =
        Desk { kv: Kv::new(desk.kv.store.clone()), scope: desk.scope.clone(), _folder: desk._folder };
    other.scope.plugin = "other".to_owned();
    assert_eq!(other.get("a").await, None);
    other.scope = desk.scope.clone();
    other.scope.generation = "skills/second/1".parse().unwrap();
    assert!(other.keys("", None, 10).await.is_empty());
    other.scope = desk.scope;
    assert_eq!(other.get("a").await.as_deref(), Some("mine"));
}
