//! What a plugin may do beyond deciding: asked for in its manifest, allowed by the operator, checked at every call.
//! Data alone; who enforces it is the runtime and the capabilities themselves.

use serde::{Deserialize, Serialize};

/// The table `[grants]` of a manifest, and what the operator has allowed. A capability that is not named is not there:
/// a component that imports it is refused. An empty list names it, and leaves what to reach to the operator.
#[derive(Clone, PartialEq, Default, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grants {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kv: Option<KvGrant>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub http: Option<Vec<HttpGrant>>,
    /// Names of secrets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secrets: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub llm: Option<LlmGrant>,
    /// Programs: names that are looked for in `PATH`, or absolute paths.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub process: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub files: Option<Vec<FilesGrant>>,
    /// The parts of WASI that a language's runtime imports and must not use: a file system with nothing in it, sockets
    /// that are denied.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wasi: Option<Wasi>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KvGrant {
    /// All keys and values together.
    pub max_bytes: u64,
}

/// Where requests may go.
///
/// As a text: `api.example.com` (https, port 443), `api.example.com:8443` (https), `*.example.com` (each name below
/// it, not itself), `http://10.0.0.7:9000` (an origin, in clear). As a table the same text, and whether private
/// addresses may be reached by it: `{ origin = "http://127.0.0.1:9000", private = true }`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
pub enum HttpGrant {
    Origin(String),
    Detailed {
        origin: String,
        /// Private, loopback and link-local addresses too.
        #[serde(default)]
        private: bool,
    },
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LlmGrant {
    /// By the names that agents use.
    pub models: Vec<String>,
    pub usd_per_day: f64,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FilesGrant {
    /// An absolute folder.
    pub root: String,
    #[serde(default)]
    pub write: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Wasi {
    Inert,
}

impl HttpGrant {
    #[must_use]
    pub fn origin(&self) -> &str {
        match self {
            Self::Origin(origin) | Self::Detailed { origin, .. } => origin,
        }
    }

    #[must_use]
    pub fn private(&self) -> bool {
        matches!(self, Self::Detailed { private: true, .. })
    }
}

impl Grants {
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// These grants and those of `more`; where both set an amount, `more` does.
    #[must_use]
    pub fn with(&self, more: &Grants) -> Grants {
        Grants {
            kv: more.kv.or(self.kv),
            http: joined(&self.http, &more.http),
            secrets: joined(&self.secrets, &more.secrets),
            llm: more.llm.clone().or_else(|| self.llm.clone()),
            process: joined(&self.process, &more.process),
            files: joined(&self.files, &more.files),
            wasi: more.wasi.or(self.wasi),
        }
    }

    /// Each grant as a line for people: `http api.example.com`. The same grants give the same lines, in one order.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        lines.extend(self.kv.map(|kv| format!("kv up to {} bytes", kv.max_bytes)));
        lines.extend(named("http", self.http.as_deref(), |grant| match grant.private() {
            true => format!("{} (private addresses too)", grant.origin()),
            false => grant.origin().to_owned(),
        }));
        lines.extend(named("secret", self.secrets.as_deref(), String::clone));
        if let Some(llm) = &self.llm {
            lines.extend(named("llm", Some(&llm.models), |model| {
                format!("{model} up to {} USD a day", llm.usd_per_day)
            }));
        }
        lines.extend(named("process", self.process.as_deref(), String::clone));
        lines.extend(named("files", self.files.as_deref(), |files| match files.write {
            true => format!("{} (read and write)", files.root),
            false => format!("{} (read)", files.root),
        }));
        lines.extend(self.wasi.map(|Wasi::Inert| "wasi inert".to_owned()));
        lines
    }

    /// The lines that are here and are not in `before`: what would become wider.
    #[must_use]
    pub fn beyond(&self, before: &Grants) -> Vec<String> {
        let known = before.lines();
        let mut lines = self.lines();
        lines.retain(|line| !known.contains(line) && !self.is_lower(line, before));
        lines
    }

    /// Whether a line that is new only lowers what was there.
    fn is_lower(&self, line: &str, before: &Grants) -> bool {
        let (what, rest) = line.split_once(' ').unwrap_or((line, ""));
        match what {
            "kv" => matches!((self.kv, before.kv), (Some(new), Some(old)) if new.max_bytes <= old.max_bytes),
            "llm" => matches!((&self.llm, &before.llm), (Some(new), Some(old))
                if new.usd_per_day <= old.usd_per_day && new.models.iter().all(|model| old.models.contains(model))),
            "files" => rest
                .strip_suffix(" (read)")
                .is_some_and(|root| before.files.iter().flatten().any(|old| old.root == root)),
            _ => {
                rest == NOTHING
                    && before
                        .lines()
                        .iter()
                        .any(|old| old.split_once(' ').is_some_and(|(old, _)| old == what))
            }
        }
    }
}

const NOTHING: &str = "(nothing in particular)";

fn joined<T: Clone + PartialEq>(some: &Option<Vec<T>>, more: &Option<Vec<T>>) -> Option<Vec<T>> {
    let mut all = some.clone().or_else(|| more.as_ref().map(|_| Vec::new()))?;
    all.extend(
        more.iter().flatten().filter(|grant| !some.iter().flatten().any(|known| known == *grant)).cloned(),
    );
    Some(all)
}

fn named<T>(what: &str, grants: Option<&[T]>, show: impl Fn(&T) -> String) -> Vec<String> {
    match grants {
        None => Vec::new(),
        Some([]) => vec![format!("{what} {NOTHING}")],
        Some(grants) => grants.iter().map(|grant| format!("{what} {}", show(grant))).collect(),
    }
}

#[cfg(test)]
mod tests;
