//! `kv`: a real little store, without a quota.

use std::collections::BTreeMap;

use serde_json::{Value, json};

const KEYS_MAX: u64 = 1_000;

#[derive(Clone, Debug, Default)]
pub(in crate::testing) struct Store(BTreeMap<String, Value>);

impl Store {
    pub(in crate::testing) fn set(&mut self, key: &str, value: Value) {
        self.0.insert(key.to_owned(), value);
    }

    pub(in crate::testing) fn get(&self, key: &str) -> Option<&Value> {
        self.0.get(key)
    }

    pub(super) fn answer(&mut self, operation: &str, call: &Value) -> Option<Value> {
        let text = |name: &str| call.get(name).and_then(Value::as_str);
        match operation {
            "get" => Some(json!({ "ok": { "value": self.0.get(text("key")?) } })),
            "set" => {
                self.set(text("key")?, call.get("value")?.clone());
                Some(json!({ "ok": "done" }))
            }
            "delete" => Some(json!({ "ok": { "flag": self.0.remove(text("key")?).is_some() } })),
            "keys" => {
                let count = call.get("count")?.as_u64()?.min(KEYS_MAX);
                Some(json!({ "ok": { "keys": self.keys(text("prefix")?, text("after"), count) } }))
            }
            _ => None,
        }
    }

    fn keys(&self, prefix: &str, after: Option<&str>, count: u64) -> Vec<&String> {
        let keys = self.0.keys().filter(|key| key.starts_with(prefix));
        let later = keys.filter(|key| after.is_none_or(|after| key.as_str() > after));
        later.take(usize::try_from(count).unwrap_or(usize::MAX)).collect()
    }
}
