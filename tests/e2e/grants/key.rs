//! Keys of its store, a model, an artifact: more than was granted, another's, too large, without a place.

use serde_json::json;

use super::attempt::Attempt;
use super::world::World;

pub(super) fn attempts(_: &World) -> Vec<Attempt> {
    let get =
        |name: &str, expected, key: &str| Attempt::new(name, expected, json!({"call": "kv-get", "key": key}));
    let fill = |name: &str, expected, key: &str, bytes: usize| {
        Attempt::new(name, expected, json!({"call": "kv-fill", "key": key, "bytes": bytes}))
    };
    vec![
        get("a key of another slot", "=null", "theirs"),
        get("a key of another slot, by its slot", "=null", "skills/other/theirs"),
        get("a key of another slot, by dots", "=null", "../other/theirs"),
        get("a key of another slot, by zero bytes", "=null", "\0skills/other\0asker\0theirs"),
        get("no key at all", "invalid", ""),
        Attempt::new("all keys that there are", "=[]", json!({"call": "kv-keys", "prefix": ""})),
        Attempt::new(
            "another's value, under its own key",
            "=null",
            json!({"call": "kv-set", "key": "theirs", "value": "mine"}),
        ),
        fill("a key of 257 bytes", "invalid", &"k".repeat(257), 1),
        fill("a value over the quota", "quota", "large", 5_000),
        fill("a value of 65 KiB", "invalid|quota", "huge", 65 << 10),
        fill("half of the quota", "=null", "half", 2_048),
        fill("the other half, and a byte more", "quota", "other", 2_049),
        fill("the first half, once more", "=null", "half", 2_048),
        Attempt::new("a model that was not granted", "refused", json!({"call": "llm", "model": "dear"})),
        Attempt::new("a result without a place", "no-job", json!({"call": "artifact", "name": "a.txt"})),
    ]
}
