//! The load pipeline up to a policy that can be called: each step has its own error, and nothing before the last step
//! runs a byte of the component.

use std::num::NonZeroU64;
use std::time::Duration;

use patchbay_registry::contract::{self, ContractVersion as Declared};
use patchbay_registry::{Manifest, ScanLimits, scan};
use patchbay_runtime::routing::RoutingPolicy;
use patchbay_runtime::{ContractVersion, Limits, LoadRequest, Runtime};
use patchbay_types::Digest;

use crate::error::LoadError;

/// A component that has passed every check that needs no engine.
#[derive(Clone, Debug)]
pub struct Checked {
    pub digest: Digest,
    pub manifest: Manifest,
    pub contract: ContractVersion,
}

/// Size, validation of the whole binary, manifest, contract version, imports.
///
/// # Errors
/// The first check that failed, naming what was found, what was expected and what to do.
pub fn check(component: &[u8], limits: ScanLimits) -> Result<Checked, LoadError> {
    let scanned = scan(component, limits)?;
    let contract = contract::check(&scanned)?;
    let version = match contract.version {
        Declared::V0_1_0 => ContractVersion::V0_1,
        Declared::V0_2_0 => ContractVersion::V0_2,
    };
    Ok(Checked { digest: scanned.digest, manifest: contract.manifest, contract: version })
}

impl Checked {
    /// `name@version`.
    #[must_use]
    pub fn label(&self) -> String {
        format!("{}@{}", self.manifest.plugin.name, self.manifest.plugin.version)
    }

    /// Compiles, links and starts it.
    ///
    /// # Errors
    /// [`LoadError::Runtime`], with the plugin and its digest.
    pub async fn start(
        &self,
        runtime: &Runtime,
        component: &[u8],
        config: &str,
        limits: Limits,
    ) -> Result<RoutingPolicy, LoadError> {
        let label = self.label();
        let asked = &self.manifest.limits;
        let request = LoadRequest {
            component,
            digest: self.digest,
            label: &label,
            contract: self.contract,
            config,
            limits: limits.lowered(
                asked.memory_bytes.map(NonZeroU64::get),
                asked.deadline_ms.map(|deadline| Duration::from_millis(deadline.get())),
            ),
        };
        let started = runtime.load_routing(request).await;
        started.map_err(|source| LoadError::Runtime {
            plugin: label,
            digest: self.digest.to_string(),
            source,
        })
    }
}
