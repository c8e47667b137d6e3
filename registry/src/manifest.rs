//! `plugin.toml`: what a plugin says of itself, what it asks for. It travels inside the component as JSON, in the
//! custom section `patchbay:manifest`.

mod capability;
mod field;
mod grant;
mod limits;
mod origin;
mod raw;
mod redact;
mod schema;
mod world;
mod wrong;

use std::borrow::Cow;

use patchbay_types::Grants;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use wasm_encoder::{ComponentSection, CustomSection};

use crate::Version;
use crate::section::{PREAMBLE_BYTES, Section, SectionError, sections};
use raw::Raw;

pub use capability::Capability;
pub use field::PluginName;
pub use limits::{Ceiling, LimitError, LimitKey, Limits};
pub use schema::ConfigFault;
pub use world::{Class, Determinism, FailureKind, FailureMode, World};

const SECTION: &str = "patchbay:manifest";
const TEXT_BYTES_MAX: usize = 64 << 10;
/// The same as JSON, and with what was left to the defaults.
const SECTION_BYTES_MAX: usize = 4 * TEXT_BYTES_MAX;

/// What a plugin says of itself. Each value fits the others: a world's grants, failure mode and so on.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(try_from = "Raw")]
#[non_exhaustive]
pub struct Manifest {
    pub plugin: Plugin,
    pub limits: Limits,
    /// What it asks for; the operator may give less.
    pub grants: Grants,
    pub provides: Provides,
    pub recording: Recording,
    pub config: ConfigSection,
}

/// The table `[plugin]`. No text in it has control characters.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[non_exhaustive]
pub struct Plugin {
    pub name: PluginName,
    /// The plugin's own.
    pub version: Version,
    pub description: String,
    /// An SPDX expression.
    pub license: String,
    pub authors: Vec<String>,
    pub world: World,
    /// The version of the contract (`wit/`) that it was built against.
    pub contract: Version,
    pub class: Class,
    pub failure_mode: FailureMode,
    pub determinism: Determinism,
}

/// The table `[provides]`. What skills and notifiers provide, they say themselves when they are asked to describe it.
#[derive(Clone, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Provides {
    /// The failures that an analyzer takes; no other world has any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub failures: Vec<FailureKind>,
}

/// The table `[recording]`.
#[derive(Clone, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recording {
    /// JSON pointers to values of a recorded call that are not kept.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub redact: Vec<String>,
}

/// The table `[config]`.
#[derive(Clone, PartialEq, Default, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConfigSection {
    /// A JSON Schema (draft 2020-12) for what the operator sets; none takes anything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<Map<String, Value>>,
}

/// Why there is no manifest.
#[derive(thiserror::Error, Clone, PartialEq, Eq, Debug)]
pub enum ManifestError {
    #[error("{file}:{line}:{column}: {message}")]
    Text { file: String, line: usize, column: usize, message: String },
    #[error("the component has no manifest: build it with `patchbay plugin build`, which embeds plugin.toml")]
    Missing,
    #[error("the component has {count} manifests, expected one: build it again with `patchbay plugin build`")]
    Several { count: usize },
    #[error(
        "the component's manifest cannot be read ({message}): build it again with the `patchbay plugin build` of this \
         host's version"
    )]
    Embedded { message: String },
    #[error(
        "the component's manifest has {size} bytes, expected at most {SECTION_BYTES_MAX}: shorten plugin.toml"
    )]
    TooLarge { size: usize },
    #[error(transparent)]
    Section(#[from] SectionError),
}

impl Manifest {
    /// Reads the text of a `plugin.toml`, which messages call `file`.
    ///
    /// # Errors
    /// [`ManifestError::Text`], with the place of the first thing that is wrong.
    pub fn parse(text: &str, file: &str) -> Result<Self, ManifestError> {
        let wrong = |start: usize, message: &str| Err(text_error(text, file, start, message));
        if text.len() > TEXT_BYTES_MAX {
            return wrong(0, &format!("{} bytes, expected at most {TEXT_BYTES_MAX}", text.len()));
        }
        match toml::from_str(text).map(Raw::resolve) {
            Err(error) => wrong(error.span().map_or(0, |span| span.start), error.message()),
            Ok(Err(error)) => wrong(error.offset(text), error.message()),
            Ok(Ok(manifest)) => Ok(manifest),
        }
    }

    /// Whether `config` keeps to the plugin's schema. It blocks for as long as that takes: milliseconds.
    ///
    /// # Errors
    /// What does not; of very much, the first.
    pub fn check_config(&self, config: &Value) -> Result<(), Vec<ConfigFault>> {
        let faults = self.config.schema.as_ref().map(|schema| schema::faults(schema, config));
        faults.filter(|faults| !faults.is_empty()).map_or(Ok(()), Err)
    }

    /// Whether an analyzer takes failures of this kind.
    #[must_use]
    pub fn takes(&self, failure: FailureKind) -> bool {
        self.provides.takes(failure)
    }
}

impl Provides {
    pub(crate) fn takes(&self, failure: FailureKind) -> bool {
        self.failures.contains(&failure)
    }
}

fn text_error(text: &str, file: &str, start: usize, message: &str) -> ManifestError {
    let before = text.get(..start).unwrap_or_default();
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    ManifestError::Text {
        file: file.to_owned(),
        line: before.matches('\n').count() + 1,
        column: before[line_start..].chars().count() + 1,
        message: message.replace('\n', ", "),
    }
}

/// The component with `manifest` in it, in place of any that it had.
///
/// # Errors
/// `component` is not a component; only its outline is looked at, [`crate::scan`] checks the rest.
pub fn embed(component: &[u8], manifest: &Manifest) -> Result<Vec<u8>, SectionError> {
    let sections = sections(component)?;
    let kept = sections.iter().filter(|section| section.custom(SECTION).is_none());
    let mut embedded = component[..PREAMBLE_BYTES].to_vec();
    kept.for_each(|section| embedded.extend_from_slice(&component[section.range.clone()]));
    let json = serde_json::to_vec(manifest).expect("a manifest has text keys only, and no writer can fail");
    CustomSection { name: Cow::Borrowed(SECTION), data: Cow::Owned(json) }.append_to_component(&mut embedded);
    Ok(embedded)
}

/// The manifest that `component` holds.
///
/// # Errors
/// It is not a component, or holds no manifest, or several, or one that cannot be read.
pub fn extract(component: &[u8]) -> Result<Manifest, ManifestError> {
    find(&sections(component)?)?.ok_or(ManifestError::Missing)
}

pub(crate) fn find(sections: &[Section<'_>]) -> Result<Option<Manifest>, ManifestError> {
    let found: Vec<&[u8]> = sections.iter().filter_map(|section| section.custom(SECTION)).collect();
    match found[..] {
        [] => Ok(None),
        [json] if json.len() > SECTION_BYTES_MAX => Err(ManifestError::TooLarge { size: json.len() }),
        [json] => serde_json::from_slice(json)
            .map(Some)
            .map_err(|error| ManifestError::Embedded { message: error.to_string() }),
        _ => Err(ManifestError::Several { count: found.len() }),
    }
}
