//! `plugin.toml`: what a plugin says of itself, what it asks for. It travels inside the component as JSON, in the
//! custom section `patchbay:manifest`.

mod field;
mod limits;

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use wasm_encoder::{ComponentSection, CustomSection};

use crate::Version;
use crate::section::{PREAMBLE_BYTES, Section, SectionError, sections};
use field::NoGrants;

pub use field::PluginName;
pub use limits::{Ceiling, LimitError, Limits};

const SECTION: &str = "patchbay:manifest";

/// What a plugin says of itself.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Manifest {
    pub plugin: Plugin,
    #[serde(default)]
    pub limits: Limits,
    #[serde(default)]
    pub config: ConfigSection,
    #[serde(default)]
    grants: NoGrants,
}

/// The table `[plugin]`. No text in it has control characters.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Plugin {
    pub name: PluginName,
    /// The plugin's own.
    pub version: Version,
    #[serde(default, deserialize_with = "field::line")]
    pub description: String,
    /// An SPDX expression.
    #[serde(default, deserialize_with = "field::line")]
    pub license: String,
    #[serde(default, deserialize_with = "field::lines")]
    pub authors: Vec<String>,
    pub world: World,
    /// The version of the contract (`wit/`) that it was built against.
    pub contract: Version,
    #[serde(default)]
    pub failure_mode: FailureMode,
    #[serde(default)]
    pub determinism: Determinism,
}

/// The table `[config]`.
#[derive(Clone, PartialEq, Default, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConfigSection {
    /// A JSON Schema for what the operator sets; none takes anything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<Map<String, Value>>,
}

/// The kind of policy that a plugin is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum World {
    RoutingPolicy,
}

/// What the host does when the plugin has failed a call.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FailureMode {
    /// The host's own policy answers that call.
    #[default]
    Native,
}

/// What makes a call repeatable.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Determinism {
    /// Its input alone.
    #[default]
    Pure,
    /// Its input, and what the host answered to it.
    Recorded,
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
    #[error(transparent)]
    Section(#[from] SectionError),
}

impl Manifest {
    /// Reads the text of a `plugin.toml`, which messages call `file`.
    ///
    /// # Errors
    /// [`ManifestError::Text`], with the place of the first thing that is wrong.
    pub fn parse(text: &str, file: &str) -> Result<Self, ManifestError> {
        toml::from_str(text).map_err(|error| {
            let start = error.span().map_or(0, |span| span.start);
            let before = text.get(..start).unwrap_or_default();
            let line_start = before.rfind('\n').map_or(0, |at| at + 1);
            ManifestError::Text {
                file: file.to_owned(),
                line: before.matches('\n').count() + 1,
                column: before[line_start..].chars().count() + 1,
                message: error.message().replace('\n', ", "),
            }
        })
    }
}

impl World {
    pub(crate) const ALL: [World; 1] = [World::RoutingPolicy];

    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            World::RoutingPolicy => "routing-policy",
        }
    }

    /// The interface of `patchbay:plugin` that a plugin of this world exports.
    #[must_use]
    pub fn interface(self) -> &'static str {
        match self {
            World::RoutingPolicy => "routing",
        }
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
        [json] => serde_json::from_slice(json)
            .map(Some)
            .map_err(|error| ManifestError::Embedded { message: error.to_string() }),
        _ => Err(ManifestError::Several { count: found.len() }),
    }
}
