//! Which contract a component keeps: the world it fills, the version, and that it wants nothing beyond. It must not
//! know what the functions of an interface look like: the bindings check that.

mod import;

use std::fmt;

use patchbay_types::Grants;
use serde::{Serialize, Serializer};

use crate::text::shown;
use crate::{FailureKind, Manifest, Scanned, Version, World};

pub use import::RefusedImport;

const PACKAGE: &str = "patchbay:plugin";
const NAMES_MAX: usize = 10;

/// A version of the contract that this host speaks.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum ContractVersion {
    V0_1_0,
    V0_2_0,
}

/// What the host may rely on: made by [`check`] alone.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Contract {
    pub world: World,
    pub version: ContractVersion,
    pub manifest: Manifest,
}

/// Why a valid component is no plugin for this host.
#[derive(thiserror::Error, Debug)]
pub enum ContractError {
    #[error(
        "a foreign component: it exports nothing of {PACKAGE}, but {exports}; a plugin exports {}",
        expected_exports()
    )]
    Foreign { exports: String },
    #[error(
        "the component exports {exports}, which fills no slot of this host; expected {}",
        expected_exports()
    )]
    OtherWorld { exports: String },
    #[error(
        "the component was built against version {found} of the contract; this host knows {}: build it against one of \
         these, or update the host",
        known_versions()
    )]
    UnknownVersion { found: String },
    #[error(
        "the component exports {export}, but version {found} of the contract has no world {}: it has been there since \
         {}, so build the component against that",
        .world.as_str(), .world.since()
    )]
    WorldTooNew { export: String, world: World, found: ContractVersion },
    #[error("the component exports {exports}, expected one of them: build it for a single world and version")]
    Several { exports: String },
    #[error("{}", lines(.0))]
    Imports(Vec<RefusedImport>),
    #[error("the component has no manifest: build it with `patchbay plugin build`, which embeds plugin.toml")]
    NoManifest,
    #[error(
        "the manifest says {what} = \"{manifest}\", but the component exports {export}: correct plugin.toml or build \
         it again"
    )]
    Disagrees { what: &'static str, manifest: String, export: String },
}

/// `patchbay:plugin/routing@0.2.0`, taken apart.
#[derive(Clone, Copy)]
struct Interface<'a> {
    whole: &'a str,
    package: &'a str,
    name: &'a str,
    version: Option<&'a str>,
}

impl ContractVersion {
    pub const KNOWN: [ContractVersion; 2] = [ContractVersion::V0_1_0, ContractVersion::V0_2_0];

    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            ContractVersion::V0_1_0 => "0.1.0",
            ContractVersion::V0_2_0 => "0.2.0",
        }
    }
}

impl Serialize for ContractVersion {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl fmt::Display for ContractVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Checks exports, version, imports and manifest, in this order. `granted` is what the component may import beyond
/// what its world always has: what its manifest asks for, or what the operator has allowed.
///
/// # Errors
/// The first thing that is wrong; of imports, all that are refused.
pub fn check(component: &Scanned, granted: &Grants) -> Result<Contract, ContractError> {
    let (world, export) = filled_world(&component.exports)?;
    let version = known_version(export)?;
    if version < world.since() {
        return Err(ContractError::WorldTooNew { export: shown(export.whole), world, found: version });
    }
    let upstream = component.manifest.as_ref().is_some_and(|manifest| manifest.takes(FailureKind::Upstream));
    let offer = import::Offer { world, version, granted, upstream };
    let refused = offer.refused(&component.imports);
    if !refused.is_empty() {
        return Err(ContractError::Imports(refused));
    }
    let manifest = component.manifest.clone().ok_or(ContractError::NoManifest)?;
    agree(&manifest, world, version, export)?;
    Ok(Contract { world, version, manifest })
}

/// The world and version that the exports alone say, if the version is known.
pub(crate) fn filled(exports: &[String]) -> Result<(World, Option<ContractVersion>), ContractError> {
    let (world, export) = filled_world(exports)?;
    Ok((world, known_version(export).ok()))
}

fn filled_world(exports: &[String]) -> Result<(World, Interface<'_>), ContractError> {
    let interfaces = exports.iter().filter_map(|export| Interface::parse(export));
    let ours: Vec<Interface<'_>> = interfaces.filter(|interface| interface.package == PACKAGE).collect();
    if ours.is_empty() {
        return Err(ContractError::Foreign { exports: listed(exports.iter().map(String::as_str)) });
    }
    let worlds = ours.iter().filter_map(|interface| Some((world_of(interface.name)?, *interface)));
    match worlds.collect::<Vec<_>>()[..] {
        [one] => Ok(one),
        [] => Err(ContractError::OtherWorld { exports: listed(ours.iter().map(|export| export.whole)) }),
        _ => Err(ContractError::Several { exports: listed(ours.iter().map(|export| export.whole)) }),
    }
}

fn world_of(interface: &str) -> Option<World> {
    World::ALL.into_iter().find(|world| world.interface() == interface)
}

fn known_version(export: Interface<'_>) -> Result<ContractVersion, ContractError> {
    let found = export.version.unwrap_or("(none)");
    let known = ContractVersion::KNOWN.into_iter().find(|version| version.as_str() == found);
    known.ok_or_else(|| ContractError::UnknownVersion { found: shown(found) })
}

fn agree(
    manifest: &Manifest,
    world: World,
    version: ContractVersion,
    export: Interface<'_>,
) -> Result<(), ContractError> {
    let disagrees = |what, manifest: &str| ContractError::Disagrees {
        what,
        manifest: manifest.to_owned(),
        export: shown(export.whole),
    };
    let said: &Version = &manifest.plugin.contract;
    if manifest.plugin.world != world {
        return Err(disagrees("world", manifest.plugin.world.as_str()));
    }
    if said.as_str() != version.as_str() {
        return Err(disagrees("contract", said.as_str()));
    }
    Ok(())
}

impl<'a> Interface<'a> {
    fn parse(whole: &'a str) -> Option<Self> {
        let (path, version) =
            whole.split_once('@').map_or((whole, None), |(path, version)| (path, Some(version)));
        let (package, name) = path.split_once('/')?;
        Some(Self { whole, package, name, version })
    }
}

fn expected_exports() -> String {
    let exports =
        World::ALL.map(|world| format!("{PACKAGE}/{}@VERSION ({})", world.interface(), world.as_str()));
    exports.join(" or ")
}

fn known_versions() -> String {
    ContractVersion::KNOWN.map(ContractVersion::as_str).join(" and ")
}

fn lines(refused: &[RefusedImport]) -> String {
    refused.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

fn listed<'a>(names: impl ExactSizeIterator<Item = &'a str>) -> String {
    let more = names.len().saturating_sub(NAMES_MAX);
    let names: Vec<String> = names.take(NAMES_MAX).map(shown).collect();
    match (names.is_empty(), more) {
        (true, _) => "nothing at all".to_owned(),
        (_, 0) => names.join(", "),
        _ => format!("{} and {more} more", names.join(", ")),
    }
}
