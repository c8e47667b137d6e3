//! From bytes to a policy that can be called: compiled (or found compiled), linked, and started once.

use std::sync::Arc;

use patchbay_types::{Digest, Grants, SlotKind, Wasi};
use thiserror::Error;
use wasmtime::component::Component;

use crate::call::one_line;
use crate::compile::CompileError;
use crate::contract::{ContractVersion, Fit};
use crate::engine::{EngineError, Lane, Runtime, Shared};
use crate::guest::Identity;
use crate::limit::Limits;
use crate::plugin::{Nature, Plugin};

/// A component that has passed the checks that need no engine.
#[derive(Clone, Copy, Debug)]
pub struct LoadRequest<'a> {
    pub component: &'a [u8],
    pub digest: Digest,
    /// `name@version`, for the log.
    pub label: &'a str,
    pub contract: ContractVersion,
    pub kind: SlotKind,
    /// Whether it decides by its input alone: then it asks its host nothing, and its instances are kept.
    pub pure: bool,
    /// Whether it carries a language's whole runtime.
    pub fat: bool,
    /// The operator's JSON for the slot.
    pub config: &'a str,
    /// What it may. The caller has checked the component's imports against it.
    pub grants: &'a Grants,
    pub limits: Limits,
}

#[derive(Debug, Error)]
pub enum LoadError {
    #[error(transparent)]
    Compile(#[from] CompileError),
    #[error(transparent)]
    Engine(#[from] EngineError),
    #[error("the compiled component cannot be used by this engine: {0}")]
    Code(String),
    #[error("it does not fit the world that it exports, of contract {contract}: {why}")]
    Link { contract: ContractVersion, why: String },
    #[error("it does not start: {0}")]
    Start(String),
    #[error("it did not start within {0:?}: a plugin must be ready at once")]
    SlowStart(std::time::Duration),
    #[error("it starts, but cannot say what it offers: {0}")]
    Describe(String),
}

impl Runtime {
    /// Compiles, links and starts a plugin. What offers something is asked for it.
    ///
    /// # Errors
    /// See [`LoadError`]. Nothing of a component that failed stays behind.
    pub async fn load(&self, request: LoadRequest<'_>) -> Result<Plugin, LoadError> {
        let shared = self.shared();
        let lane = shared.lane(request.fat)?;
        let component = component(shared, &lane, &request).await?;
        let fit = Fit {
            version: request.contract,
            kind: request.kind,
            inert: request.grants.wasi == Some(Wasi::Inert),
        };
        let linked = lane
            .linkers
            .link(fit, &component)
            .map_err(|error| LoadError::Link { contract: request.contract, why: format!("{error:#}") })?;
        let identity = Identity::new(request.label, request.config, shared.log.clone());
        let nature = Nature { kind: request.kind, pure: request.pure };
        let plugin = Plugin::new(lane, linked, nature, Arc::new(identity), request.limits);
        plugin.start().await
    }

    /// Who answers what plugins ask while they run.
    #[must_use]
    pub fn host(&self) -> &Arc<dyn crate::port::HostPort> {
        &self.shared().host
    }
}

/// From the cache, or compiled and then kept there. Reading, checking and taking in the code of a language's runtime
/// takes a tenth of a second: not on the caller's thread.
async fn component(
    shared: &Arc<Shared>,
    lane: &Arc<Lane>,
    request: &LoadRequest<'_>,
) -> Result<Component, LoadError> {
    let digest = request.digest;
    let (cache, engine) = (shared.clone(), lane.clone());
    let looking = tokio::task::spawn_blocking(move || {
        let code = cache.cache.as_ref()?.get(&digest)?;
        deserialize(&engine, &code).ok()
    });
    if let Ok(Some(component)) = looking.await {
        return Ok(component);
    }
    let code = shared.compiler.compile(request.component, request.fat).await?;
    let (cache, engine) = (shared.clone(), lane.clone());
    let taking = tokio::task::spawn_blocking(move || {
        let component = deserialize(&engine, &code)?;
        if let Some(cache) = &cache.cache {
            cache.put(&digest, &code);
        }
        Ok(component)
    });
    taking.await.map_err(|error| LoadError::Code(error.to_string()))?
}

fn deserialize(lane: &Lane, code: &[u8]) -> Result<Component, LoadError> {
    // SAFETY: the code comes from our own compiler's process through a pipe, or from a cache entry whose
    // authentication code, under a key that only this host has, was right.
    #[allow(unsafe_code, reason = "the one place that trusts bytes as native code; see above")]
    let component = unsafe { Component::deserialize(&lane.engine, code) };
    component.map_err(|error| LoadError::Code(one_line(&error)))
}
