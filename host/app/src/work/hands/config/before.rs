//! How keys were written before a fix has set them: kept beside the configuration before that is changed, so that a fix
//! which a kill has cut off still knows. It must not know what a key is for.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The file, in the host's folder.
pub(super) const FILE: &str = "patchbay.toml.before-fix";
/// Fixes whose keys are kept, the newest: more than set one at one time.
const FIXES_MAX: usize = 16;

/// The oldest fix first.
#[derive(Serialize, Deserialize, Default)]
pub(super) struct Before {
    fixes: Vec<Set>,
}

/// What one fix has set.
#[derive(Serialize, Deserialize)]
struct Set {
    /// `fix-7`.
    fix: String,
    /// By key; null: it was not written.
    was: BTreeMap<String, Value>,
}

impl Before {
    /// What is not there or makes no sense is nothing.
    pub(super) fn read(folder: &Path) -> Self {
        let text = std::fs::read(folder.join(FILE)).ok();
        text.and_then(|text| serde_json::from_slice(&text).ok()).unwrap_or_default()
    }

    pub(super) fn of(&self, fix: &str, key: &str) -> Option<Value> {
        self.fixes.iter().find(|set| set.fix == fix)?.was.get(key).cloned()
    }

    pub(super) fn keep(&mut self, fix: &str, key: &str, was: Value) {
        let place = self.fixes.iter().position(|set| set.fix == fix);
        let known = place.map(|place| self.fixes.remove(place));
        let mut set = known.unwrap_or_else(|| Set { fix: fix.to_owned(), was: BTreeMap::new() });
        set.was.insert(key.to_owned(), was);
        self.fixes.push(set);
        let old = self.fixes.len().saturating_sub(FIXES_MAX);
        self.fixes.drain(..old);
    }

    /// As it is written.
    pub(super) fn text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_fix_knows_what_it_has_found_until_many_others_have_set_keys() {
        let folder = tempfile::tempdir().unwrap();
        let mut before = Before::read(folder.path());
        before.keep("fix-7", "routing.wait", json!("30s"));
        before.keep("fix-8", "routing.wait", json!("1s"));
        std::fs::write(folder.path().join(FILE), before.text()).unwrap();
        let mut before = Before::read(folder.path());
        assert_eq!(before.of("fix-7", "routing.wait"), Some(json!("30s")));
        assert_eq!(before.of("fix-8", "routing.wait"), Some(json!("1s")));
        assert_eq!(before.of("fix-9", "routing.wait"), None);
        (100..100 + FIXES_MAX - 1).for_each(|n| before.keep(&format!("fix-{n}"), "a.b", json!(1)));
        assert_eq!(before.of("fix-7", "routing.wait"), None);
        assert_eq!(before.of("fix-8", "routing.wait"), Some(json!("1s")));
    }
}
