//! A manifest as it is written: each value can be read, and unknown keys are refused. [`Raw::resolve`] says whether it
//! makes sense as a whole, and fills in what follows from the world.

use patchbay_types::Grants;
use serde::Deserialize;

use super::field::{self, PluginName};
use super::limits::Limits;
use super::world::{Class, Determinism, FailureKind, FailureMode, World};
use super::wrong::Wrong;
use super::{ConfigSection, Manifest, Plugin, Provides, Recording};
use super::{grant, redact, schema};
use crate::Version;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Raw {
    plugin: RawPlugin,
    #[serde(default)]
    limits: Limits,
    #[serde(default)]
    grants: Grants,
    #[serde(default)]
    provides: Provides,
    #[serde(default)]
    recording: Recording,
    #[serde(default)]
    config: ConfigSection,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawPlugin {
    name: PluginName,
    version: Version,
    #[serde(default, deserialize_with = "field::line")]
    description: String,
    #[serde(default, deserialize_with = "field::line")]
    license: String,
    #[serde(default, deserialize_with = "field::lines")]
    authors: Vec<String>,
    world: World,
    contract: Version,
    #[serde(default)]
    class: Class,
    failure_mode: Option<FailureMode>,
    determinism: Option<Determinism>,
}

impl Raw {
    pub(super) fn resolve(self) -> Result<Manifest, Wrong> {
        let world = self.plugin.world;
        grant::check(&self.grants, world)?;
        let failure_mode = failure_mode(self.plugin.failure_mode, world)?;
        let determinism = determinism(self.plugin.determinism, world, &self.grants)?;
        provides(&self.provides, world, determinism)?;
        redact::check(&self.recording.redact)?;
        self.config.schema.as_ref().map_or(Ok(()), schema::check)?;
        Ok(Manifest {
            plugin: self.plugin.resolve(failure_mode, determinism),
            limits: self.limits,
            grants: self.grants,
            provides: self.provides,
            recording: self.recording,
            config: self.config,
        })
    }
}

impl RawPlugin {
    fn resolve(self, failure_mode: FailureMode, determinism: Determinism) -> Plugin {
        Plugin {
            name: self.name,
            version: self.version,
            description: self.description,
            license: self.license,
            authors: self.authors,
            world: self.world,
            contract: self.contract,
            class: self.class,
            failure_mode,
            determinism,
        }
    }
}

impl TryFrom<Raw> for Manifest {
    type Error = Wrong;

    fn try_from(raw: Raw) -> Result<Self, Wrong> {
        raw.resolve()
    }
}

fn failure_mode(said: Option<FailureMode>, world: World) -> Result<FailureMode, Wrong> {
    let own = world.failure_mode();
    match said {
        Some(said) if said != own => Err(Wrong::at(
            "plugin.failure_mode",
            format!(
                "{:?} is not for a {}: expected {:?}, or remove it",
                said.as_str(),
                world.as_str(),
                own.as_str()
            ),
        )),
        _ => Ok(own),
    }
}

fn determinism(said: Option<Determinism>, world: World, grants: &Grants) -> Result<Determinism, Wrong> {
    let wrong = |message: &str| Err(Wrong::at("plugin.determinism", message));
    let powerless = is_powerless(grants);
    match (world, said) {
        (World::RoutingPolicy, Some(Determinism::Recorded)) => {
            wrong("a routing-policy is pure: expected \"pure\", or remove it")
        }
        (World::RoutingPolicy, _) => Ok(Determinism::Pure),
        (World::ErrorAnalyzer, Some(Determinism::Pure)) if !powerless => {
            wrong("a pure analyzer has no [grants]: remove them, or write \"recorded\"")
        }
        (World::ErrorAnalyzer, None) if powerless => Ok(Determinism::Pure),
        (World::ErrorAnalyzer, said) => Ok(said.unwrap_or(Determinism::Recorded)),
        (_, Some(Determinism::Pure)) => wrong(
            "only a routing-policy or an error-analyzer can be pure: expected \"recorded\", or remove it",
        ),
        _ => Ok(Determinism::Recorded),
    }
}

/// Inert WASI is no power: nothing comes in by it.
fn is_powerless(grants: &Grants) -> bool {
    Grants { wasi: None, ..grants.clone() }.is_empty()
}

fn provides(provides: &Provides, world: World, determinism: Determinism) -> Result<(), Wrong> {
    let failures = &provides.failures;
    let is_twice = |kind: &FailureKind| failures.iter().filter(|other| *other == kind).count() > 1;
    let wrong = |place, message: &str| Err(Wrong::at(place, message));
    match world {
        World::ErrorAnalyzer if failures.is_empty() => wrong(
            "provides.failures",
            "an error-analyzer says which failures it takes: write [provides] failures = [...] with some of \
             \"upstream\", \"task\", \"stuck\", \"agent\"",
        ),
        World::ErrorAnalyzer if failures.iter().any(is_twice) => {
            wrong("provides.failures", "a kind of failure stands there twice: remove one")
        }
        World::ErrorAnalyzer if determinism != Determinism::Pure && provides.takes(FailureKind::Upstream) => {
            wrong(
                "provides.failures",
                "only a pure analyzer takes \"upstream\": remove it, or the [grants] (and determinism = \"recorded\")",
            )
        }
        World::ErrorAnalyzer => Ok(()),
        _ if failures.is_empty() => Ok(()),
        _ => wrong("provides.failures", "only an error-analyzer takes failures: remove it"),
    }
}
