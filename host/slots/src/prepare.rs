//! The load pipeline up to a plugin that can be asked: each step has its own error, and nothing before the last step
//! runs a byte of the component.

use std::collections::VecDeque;
use std::num::{NonZeroU32, NonZeroU64};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use patchbay_registry::contract::{self, ContractVersion as Declared};
use patchbay_registry::{Class, Determinism, Manifest, ScanLimits, Scanned, World, scan};
use patchbay_runtime::{ContractVersion, Limits, LoadRequest, Plugin, Runtime};
use patchbay_types::{Digest, Grants, SlotKind};

use crate::error::LoadError;
use crate::limit::{HostLimits, ceiling};

/// A component that has passed every check that needs no engine.
#[derive(Clone, Debug)]
pub struct Checked {
    pub digest: Digest,
    pub manifest: Manifest,
    pub contract: ContractVersion,
    /// What its manifest asks for, and what the operator gives beyond.
    pub grants: Grants,
}

/// Size, validation of the whole binary, manifest, contract version, imports. `granted` is what the operator gives
/// beyond what the manifest asks for.
///
/// # Errors
/// The first check that failed, naming what was found, what was expected and what to do.
pub fn check(component: &[u8], limits: ScanLimits, granted: &Grants) -> Result<Checked, LoadError> {
    judge(&scan(component, limits)?, granted)
}

/// What a slot's last components were found to be. The same bytes are validated once: going back to one, which is done
/// when calls fail, takes half the time.
#[derive(Default)]
pub(crate) struct Known(Mutex<VecDeque<Scanned>>);

/// Components that are known at one time; the oldest is forgotten.
const KNOWN_MAX: usize = 8;

impl Known {
    /// As [`check`]. `limits` are the same each time.
    pub(crate) fn check(
        &self,
        component: &[u8],
        limits: ScanLimits,
        granted: &Grants,
    ) -> Result<Checked, LoadError> {
        let digest = Digest::of(component);
        if let Some(scanned) = self.all().iter().find(|known| known.digest == digest).cloned() {
            return judge(&scanned, granted);
        }
        let scanned = scan(component, limits)?;
        let checked = judge(&scanned, granted)?;
        let mut all = self.all();
        if all.len() == KNOWN_MAX {
            all.pop_front();
        }
        all.push_back(scanned);
        Ok(checked)
    }

    fn all(&self) -> MutexGuard<'_, VecDeque<Scanned>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn judge(scanned: &Scanned, granted: &Grants) -> Result<Checked, LoadError> {
    let asked = scanned.manifest.as_ref().map(|manifest| manifest.grants.clone()).unwrap_or_default();
    let grants = asked.with(granted);
    let contract = contract::check(scanned, &grants)?;
    let version = match contract.version {
        Declared::V0_1_0 => ContractVersion::V0_1,
        Declared::V0_2_0 => ContractVersion::V0_2,
    };
    Ok(Checked { digest: scanned.digest, manifest: contract.manifest, contract: version, grants })
}

impl Checked {
    /// `name@version`.
    #[must_use]
    pub fn label(&self) -> String {
        format!("{}@{}", self.manifest.plugin.name, self.manifest.plugin.version)
    }

    #[must_use]
    pub fn kind(&self) -> SlotKind {
        self.manifest.plugin.world.slot_kind()
    }

    #[must_use]
    pub fn world(&self) -> World {
        self.manifest.plugin.world
    }

    /// Whether it decides by its input alone.
    #[must_use]
    pub fn is_pure(&self) -> bool {
        self.manifest.plugin.determinism == Determinism::Pure
    }

    /// Whether the configuration is what the plugin's schema asks for.
    ///
    /// # Errors
    /// [`LoadError::Config`], with every fault.
    pub fn check_config(&self, config: &str) -> Result<(), LoadError> {
        let wrong =
            |faults: Vec<String>| LoadError::Config { plugin: self.label(), faults: faults.join("; ") };
        let value = serde_json::from_str(config).map_err(|error| wrong(vec![error.to_string()]))?;
        let checked = self.manifest.check_config(&value);
        checked.map_err(|faults| wrong(faults.iter().map(ToString::to_string).collect()))
    }

    /// Compiles, links and starts it.
    ///
    /// # Errors
    /// It asks for more than the host gives, or [`LoadError::Runtime`], with the plugin and its digest.
    pub async fn start(
        &self,
        runtime: &Runtime,
        component: &[u8],
        config: &str,
        host: &HostLimits,
    ) -> Result<Plugin, LoadError> {
        let label = self.label();
        let request = LoadRequest {
            component,
            digest: self.digest,
            label: &label,
            contract: self.contract,
            kind: self.kind(),
            pure: self.is_pure(),
            fat: self.is_fat(),
            config,
            grants: &self.grants,
            limits: self.limits(host)?,
        };
        let started = runtime.load(request).await;
        started.map_err(|source| LoadError::Runtime {
            plugin: label,
            digest: self.digest.to_string(),
            source,
        })
    }

    fn is_fat(&self) -> bool {
        self.manifest.plugin.class == Class::Fat
    }

    fn limits(&self, host: &HostLimits) -> Result<Limits, LoadError> {
        let (asked, most) = (self.manifest.limits, host.of(self.kind(), self.is_pure(), self.is_fat()));
        asked.within(ceiling(&most)).map_err(|source| LoadError::Limits { plugin: self.label(), source })?;
        Ok(most.lowered(
            asked.memory_bytes.map(NonZeroU64::get),
            asked.deadline_ms.map(|deadline| Duration::from_millis(deadline.get())),
            asked.concurrency.map(|calls| NonZeroU32::get(calls) as usize),
        ))
    }
}

#[cfg(test)]
mod tests {
    use patchbay_registry::{Manifest, embed};
    use patchbay_types::Bytes;

    use super::*;

    const MOST: Bytes = Bytes(8 << 20);
    const LIMITS: ScanLimits = ScanLimits { component_bytes_max: MOST, component_bytes_max_fat: MOST };

    /// A plugin, and as many others as wanted that differ in a section that nobody reads.
    fn component(other: Option<u8>) -> Vec<u8> {
        let bundled = patchbay_bundled::all().iter().find(|plugin| plugin.name == "retry-backoff").unwrap();
        let manifest = Manifest::parse(bundled.manifest, "plugin.toml").unwrap();
        let mut component = embed(bundled.component, &manifest).unwrap();
        component.extend(other.map(|other| [0, 2, 1, b'a' + other]).into_iter().flatten());
        component
    }

    #[test]
    fn what_is_known_is_judged_by_what_it_is_granted_now() {
        let (known, component) = (Known::default(), component(None));
        for secret in ["one", "two"] {
            let granted = Grants { secrets: Some(vec![secret.to_owned()]), ..Grants::default() };
            let anew = check(&component, LIMITS, &granted).unwrap();
            let again = known.check(&component, LIMITS, &granted).unwrap();
            assert_eq!(format!("{again:?}"), format!("{anew:?}"));
            assert_eq!(known.all().len(), 1);
        }
    }

    #[test]
    fn the_oldest_is_forgotten_and_what_is_no_component_is_not_kept() {
        let known = Known::default();
        let digests = || known.all().iter().map(|known| known.digest).collect::<Vec<_>>();
        for other in 0..10 {
            known.check(&component(Some(other)), LIMITS, &Grants::default()).unwrap();
        }
        let last: Vec<Digest> = (2..10).map(|other| Digest::of(&component(Some(other)))).collect();
        assert_eq!(digests(), last);
        let broken = [component(None), vec![0]].concat();
        for _ in 0..2 {
            known.check(&broken, LIMITS, &Grants::default()).unwrap_err();
        }
        assert_eq!(digests(), last);
    }
}
