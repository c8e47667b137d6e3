//! A difference, told to people.

use std::fmt::Display;

use serde::Serialize;
use serde_json::Value;

use super::{Change, Diff, Names};
use crate::contract::ContractVersion;
use crate::text::shown;
use crate::{Limits, Provides};

impl Diff {
    /// A line for each thing that differs; what can do harm comes first. None for the same bytes.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        names(&mut lines, "grant", &self.grants);
        if self.downgrade {
            lines.push("a downgrade: the new version is older".to_owned());
        }
        optional(&mut lines, "name", self.name.as_ref(), |name| said(name.as_ref()));
        optional(&mut lines, "version", self.version.as_ref(), |version| said(version.as_ref()));
        optional(&mut lines, "world", self.world.as_ref(), |world| said(world.map(|world| world.as_str())));
        optional(&mut lines, "contract", self.contract.as_ref(), |one| {
            said(one.map(ContractVersion::as_str))
        });
        names(&mut lines, "import", &self.imports);
        names(&mut lines, "export", &self.exports);
        optional(&mut lines, "class", self.class.as_ref(), word);
        optional(&mut lines, "limits", self.limits.as_ref(), limits);
        optional(&mut lines, "determinism", self.determinism.as_ref(), |one| {
            one.as_ref().map_or_else(|| said(None::<&str>), word)
        });
        optional(&mut lines, "failures", self.provides.as_ref(), failures);
        names(&mut lines, "redaction", &self.redact);
        if self.config_schema.is_some() {
            lines.push("config schema: changed".to_owned());
        }
        optional(&mut lines, "size", self.size.as_ref(), |size| format!("{} bytes", size.0));
        optional(&mut lines, "digest", self.digest.as_ref(), ToString::to_string);
        lines
    }
}

fn optional<T>(lines: &mut Vec<String>, what: &str, change: Option<&Change<T>>, show: impl Fn(&T) -> String) {
    lines.extend(change.map(|change| format!("{what}: {} -> {}", show(&change.old), show(&change.new))));
}

fn names(lines: &mut Vec<String>, what: &str, names: &Names) {
    lines.extend(names.added.iter().map(|name| format!("+ {what} {}", shown(name))));
    lines.extend(names.removed.iter().map(|name| format!("- {what} {}", shown(name))));
}

fn said(value: Option<impl Display>) -> String {
    value.map_or_else(|| "(none)".to_owned(), |value| value.to_string())
}

/// As it is written in a manifest.
fn word<T: Serialize>(value: &T) -> String {
    match serde_json::to_value(value) {
        Ok(Value::String(word)) => word,
        other => said(other.ok()),
    }
}

fn limits(limits: &Limits) -> String {
    let memory = limits.memory_bytes.map(|bytes| format!("memory {bytes} bytes"));
    let deadline = limits.deadline_ms.map(|ms| format!("deadline {ms} ms"));
    let concurrency = limits.concurrency.map(|calls| format!("{calls} calls at one time"));
    let all: Vec<String> = [memory, deadline, concurrency].into_iter().flatten().collect();
    if all.is_empty() { "the host's".to_owned() } else { all.join(", ") }
}

fn failures(provides: &Provides) -> String {
    let kinds: Vec<&str> = provides.failures.iter().map(|kind| kind.as_str()).collect();
    if kinds.is_empty() { said(None::<&str>) } else { kinds.join(", ") }
}
