//! What must be mended, in the host's words. It must not know why.

use patchbay_sdk::{llm, log};
use serde::Deserialize;
use serde_json::Value;

/// Of each text in it, in characters.
const TEXT_MAX: usize = 300;

/// Read to see that it is one; what is handed on is the model's own JSON.
#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
#[allow(dead_code, reason = "it is read to see that it can be")]
enum Target {
    TaskInput { task: String },
    Plugin { name: String, digest: String },
    Config { key: String },
    Provider { provider: String },
    Agent { agent: String },
    Program { program: String },
    Environment { missing: String },
}

/// The attribute `target`. One that is none is left out, because the rest of the answer is good without it.
pub(crate) fn read(written: &Value) -> Option<String> {
    if written.is_null() {
        return None;
    }
    let texts = written.as_object().into_iter().flatten().filter_map(|(_, value)| value.as_str());
    let mut unfit = texts.filter(|text| text.is_empty() || llm::line(text, TEXT_MAX) != **text);
    match (Target::deserialize(written), unfit.next()) {
        (Ok(Target::Plugin { digest, .. }), _) if !is_digest(&digest) => left_out("its digest is none"),
        (Ok(_), None) => Some(written.to_string()),
        (Ok(_), Some(_)) => left_out("a text in it is empty, too long or of several lines"),
        (Err(error), _) => left_out(&error.to_string()),
    }
}

fn left_out(reason: &str) -> Option<String> {
    log::info!("the model's target is left out: {}", llm::line(reason, TEXT_MAX));
    None
}

fn is_digest(text: &str) -> bool {
    let hex = text.strip_prefix("sha256:").unwrap_or_default();
    hex.len() == 64 && hex.bytes().all(|byte| byte.is_ascii_hexdigit())
}
