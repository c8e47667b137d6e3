//! The model's JSON, read in one place: its words become bounded texts, and what is none is named for the model. It must
//! not know what was asked or what is granted.

use patchbay_sdk::llm::{block, line};
use patchbay_sdk::{Check, log};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::{check, scan};

const SOURCE_BYTES_MAX: usize = 64 * 1024;
const CONFIDENCE: f64 = 0.5;
/// In characters.
const TITLE_MAX: usize = 200;
const REASON_MAX: usize = 2_000;

/// What a model writes beside this is passed over.
#[derive(Deserialize)]
struct Written {
    source: Option<String>,
    #[serde(default)]
    title: String,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    grants: Option<Map<String, Value>>,
    #[serde(default)]
    checks: Vec<Value>,
    confidence: Option<f64>,
}

/// A script, fit to be put into a plan if its grants are.
#[derive(Debug)]
pub(crate) struct Script {
    pub(crate) source: String,
    pub(crate) title: String,
    pub(crate) reason: String,
    /// What the model says that it needs.
    pub(crate) grants: Map<String, Value>,
    pub(crate) checks: Vec<Check>,
    pub(crate) confidence: f64,
}

/// None if the model says that no script can mend it.
pub(crate) fn read(found: &Value, failed: &[String]) -> Result<Option<Script>, String> {
    if found.get("source").is_none() {
        return Err("`source` is missing".to_owned());
    }
    let written = Written::deserialize(found).map_err(|error| error.to_string())?;
    let Some(source) = written.source.filter(|source| !source.trim().is_empty()) else {
        log::info!("the model says that no script can mend this");
        return Ok(None);
    };
    check_source(&source, failed)?;
    let confidence = written.confidence.unwrap_or(CONFIDENCE);
    if !(0.0..=1.0).contains(&confidence) {
        return Err(format!("`confidence` is {confidence}, expected 0 to 1"));
    }
    let title = line(&written.title, TITLE_MAX);
    Ok(Some(Script {
        source,
        title: if title.is_empty() { "a script that a model wrote".to_owned() } else { title },
        reason: block(&written.reason, REASON_MAX),
        grants: written.grants.unwrap_or_default(),
        checks: check::read(&written.checks)?,
        confidence,
    }))
}

fn check_source(source: &str, failed: &[String]) -> Result<(), String> {
    if source.len() > SOURCE_BYTES_MAX {
        return Err(format!("`source` has {} bytes, expected at most {SOURCE_BYTES_MAX}", source.len()));
    }
    scan::check(source)?;
    match failed.iter().any(|failed| failed.trim() == source.trim()) {
        true => Err("this very script was tried before and did not help".to_owned()),
        false => Ok(()),
    }
}
