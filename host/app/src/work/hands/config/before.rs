//! How keys were written before a fix has set them: kept beside the configuration before that is changed, so that a fix
//! which a kill has cut off still knows. It must not know what a key is for.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The file, in the host's folder.
pub(super) const FILE: &str = "patchbay.toml.before-fix";

/// Of one fix: the next one's take their place.
#[derive(Serialize, Deserialize)]
pub(super) struct Before {
    /// `fix-7`.
    fix: String,
    /// By key; null: it was not written.
    was: BTreeMap<String, Value>,
}

impl Before {
    /// What is not there, is not this fix's or makes no sense is nothing.
    pub(super) fn read(folder: &Path, fix: &str) -> Self {
        let known = std::fs::read(folder.join(FILE)).ok().and_then(|text| serde_json::from_slice(&text).ok());
        known
            .filter(|known: &Self| known.fix == fix)
            .unwrap_or_else(|| Self { fix: fix.to_owned(), was: BTreeMap::new() })
    }

    pub(super) fn of(&self, key: &str) -> Option<Value> {
        self.was.get(key).cloned()
    }

    pub(super) fn keep(&mut self, key: &str, was: Value) {
        self.was.insert(key.to_owned(), was);
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
    fn what_one_fix_has_found_the_next_does_not_see() {
        let folder = tempfile::tempdir().unwrap();
        let mut before = Before::read(folder.path(), "fix-7");
        before.keep("routing.wait", json!("30s"));
        std::fs::write(folder.path().join(FILE), before.text()).unwrap();
        assert_eq!(Before::read(folder.path(), "fix-7").of("routing.wait"), Some(json!("30s")));
        assert_eq!(Before::read(folder.path(), "fix-8").of("routing.wait"), None);
    }
}
