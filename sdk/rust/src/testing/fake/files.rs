//! `files`: real little files, once there is one.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::error;

#[derive(Clone, Debug, Default)]
pub(in crate::testing) struct Tree {
    /// By path: contents, and how often they were written.
    files: BTreeMap<String, (Value, u64)>,
}

impl Tree {
    pub(in crate::testing) fn put(&mut self, path: &str, contents: Value) {
        self.files.insert(path.to_owned(), (contents, 1));
    }

    pub(in crate::testing) fn contents(&self, path: &str) -> Option<&Value> {
        self.files.get(path).map(|(contents, _)| contents)
    }

    pub(super) fn answer(&mut self, operation: &str, call: &Value) -> Option<Value> {
        let path = call.get("path")?.as_str().filter(|_| !self.files.is_empty())?;
        match operation {
            "read" => Some(self.read(path)),
            "entries" => Some(self.entries(path)),
            "replace" => Some(self.replace(path, call.get("contents")?, call.get("version"))),
            _ => None,
        }
    }

    fn read(&self, path: &str) -> Value {
        match self.files.get(path) {
            Some((contents, version)) => {
                json!({ "ok": { "file": { "contents": contents, "version": version.to_string() } } })
            }
            None => error("not-found", &format!("there is no file {path}")),
        }
    }

    fn entries(&self, folder: &str) -> Value {
        let prefix = format!("{}/", folder.trim_end_matches('/'));
        let mut entries: BTreeMap<&str, Value> = BTreeMap::new();
        for (path, (contents, _)) in &self.files {
            let Some(below) = path.strip_prefix(&prefix) else { continue };
            let entry = match below.split_once('/') {
                Some((name, _)) => (name, json!({ "name": name, "kind": "folder", "size": 0 })),
                None => (below, json!({ "name": below, "kind": "file", "size": size(contents) })),
            };
            entries.insert(entry.0, entry.1);
        }
        match entries.is_empty() {
            true => error("not-found", &format!("there is no folder {folder}")),
            false => json!({ "ok": { "entries": entries.into_values().collect::<Vec<_>>() } }),
        }
    }

    fn replace(&mut self, path: &str, contents: &Value, version: Option<&Value>) -> Value {
        let now = self.files.get(path).map(|(_, version)| *version);
        let expected = version.and_then(Value::as_str);
        if expected != now.map(|version| version.to_string()).as_deref() {
            return error("conflict", &format!("somebody else has changed {path}"));
        }
        let next = now.unwrap_or(0) + 1;
        self.files.insert(path.to_owned(), (contents.clone(), next));
        json!({ "ok": { "version": next.to_string() } })
    }
}

fn size(contents: &Value) -> usize {
    contents.as_str().map_or(0, str::len)
}
