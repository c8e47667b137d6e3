//! What differs between two components: what an operator looks at before the new one takes the old one's place. It must
//! not know which of the two is in charge.

mod lines;

use patchbay_types::{Bytes, Digest, Grants};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::contract::{self, ContractVersion};
use crate::{
    Class, Determinism, Limits, Manifest, PluginName, Provides, ScanError, ScanLimits, Version, World, scan,
};

/// A component that was looked over, though it may be no plugin of this host.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[non_exhaustive]
pub struct Inspection {
    pub digest: Digest,
    pub size: Bytes,
    pub imports: Vec<String>,
    pub exports: Vec<String>,
    /// What its exports say, not its manifest.
    pub world: Option<World>,
    pub contract: Option<ContractVersion>,
    pub manifest: Option<Manifest>,
}

/// Each field is empty where the two are alike.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[non_exhaustive]
pub struct Diff {
    pub digest: Option<Change<Digest>>,
    pub size: Option<Change<Bytes>>,
    pub name: Option<Change<Option<PluginName>>>,
    pub version: Option<Change<Option<Version>>>,
    /// The new one's version is lower.
    pub downgrade: bool,
    pub world: Option<Change<Option<World>>>,
    pub contract: Option<Change<Option<ContractVersion>>>,
    pub imports: Names,
    pub exports: Names,
    /// Lines of `Grants::lines`; what was added is what the new one may do and the old one may not.
    pub grants: Names,
    pub class: Option<Change<Class>>,
    pub limits: Option<Change<Limits>>,
    pub determinism: Option<Change<Option<Determinism>>>,
    pub provides: Option<Change<Provides>>,
    pub redact: Names,
    pub config_schema: Option<Change<Option<Map<String, Value>>>>,
}

#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Change<T> {
    pub old: T,
    pub new: T,
}

/// What is in one of the two only.
#[derive(Clone, PartialEq, Eq, Default, Debug, Serialize)]
pub struct Names {
    pub added: Vec<String>,
    pub removed: Vec<String>,
}

impl Inspection {
    /// Looks a component over.
    ///
    /// # Errors
    /// It is no component, or too large for the limits.
    pub fn of(component: &[u8], limits: ScanLimits) -> Result<Self, ScanError> {
        let scanned = scan(component, limits)?;
        let filled = contract::filled(&scanned.exports).ok();
        Ok(Self {
            digest: scanned.digest,
            size: scanned.size,
            imports: scanned.imports,
            exports: scanned.exports,
            world: filled.map(|(world, _)| world),
            contract: filled.and_then(|(_, contract)| contract),
            manifest: scanned.manifest,
        })
    }

    fn said<T>(&self, what: impl FnOnce(&Manifest) -> T) -> Option<T> {
        self.manifest.as_ref().map(what)
    }

    fn grants(&self) -> Grants {
        self.said(|manifest| manifest.grants.clone()).unwrap_or_default()
    }
}

/// What differs from `old` to `new`.
#[must_use]
pub fn diff(old: &Inspection, new: &Inspection) -> Diff {
    let version = |one: &Inspection| one.said(|manifest| manifest.plugin.version.clone());
    let versions = version(old).zip(version(new));
    let (old_grants, new_grants) = (old.grants(), new.grants());
    let redact =
        |one: &Inspection| one.said(|manifest| manifest.recording.redact.clone()).unwrap_or_default();
    Diff {
        digest: changed(old, new, |one| one.digest),
        size: changed(old, new, |one| one.size),
        name: changed(old, new, |one| one.said(|manifest| manifest.plugin.name.clone())),
        version: changed(old, new, version),
        downgrade: versions.is_some_and(|(old, new)| new.is_older_than(&old)),
        world: changed(old, new, |one| one.world),
        contract: changed(old, new, |one| one.contract),
        imports: Names::between(&old.imports, &new.imports),
        exports: Names::between(&old.exports, &new.exports),
        grants: Names { added: new_grants.beyond(&old_grants), removed: old_grants.beyond(&new_grants) },
        class: changed(old, new, |one| one.said(|manifest| manifest.plugin.class).unwrap_or_default()),
        limits: changed(old, new, |one| one.said(|manifest| manifest.limits).unwrap_or_default()),
        determinism: changed(old, new, |one| one.said(|manifest| manifest.plugin.determinism)),
        provides: changed(old, new, |one| one.said(|manifest| manifest.provides.clone()).unwrap_or_default()),
        redact: Names::between(&redact(old), &redact(new)),
        config_schema: changed(old, new, |one| one.said(|manifest| manifest.config.schema.clone()).flatten()),
    }
}

impl Diff {
    /// The same bytes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.digest.is_none()
    }
}

impl Names {
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty()
    }

    fn between(old: &[String], new: &[String]) -> Self {
        let only = |here: &[String], there: &[String]| {
            let there: std::collections::HashSet<&String> = there.iter().collect();
            here.iter().filter(|name| !there.contains(name)).cloned().collect()
        };
        Self { added: only(new, old), removed: only(old, new) }
    }
}

fn changed<T: PartialEq>(
    old: &Inspection,
    new: &Inspection,
    what: impl Fn(&Inspection) -> T,
) -> Option<Change<T>> {
    let (old, new) = (what(old), what(new));
    (old != new).then_some(Change { old, new })
}
