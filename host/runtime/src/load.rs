//! From bytes to a policy that can be called: compiled (or found compiled), linked, and started once.

use std::sync::Arc;

use patchbay_types::Digest;
use thiserror::Error;
use wasmtime::component::Component;

use crate::call::one_line;
use crate::compile::CompileError;
use crate::contract::ContractVersion;
use crate::engine::{Runtime, Shared};
use crate::guest::Identity;
use crate::limit::Limits;
use crate::routing::RoutingPolicy;

/// A component that has passed the checks that need no engine.
#[derive(Clone, Copy, Debug)]
pub struct LoadRequest<'a> {
    pub component: &'a [u8],
    pub digest: Digest,
    /// `name@version`, for the log.
    pub label: &'a str,
    pub contract: ContractVersion,
    /// The operator's JSON for the slot.
    pub config: &'a str,
    pub limits: Limits,
}

#[derive(Debug, Error)]
pub enum LoadError {
    #[error(transparent)]
    Compile(#[from] CompileError),
    #[error("the compiled component cannot be used by this engine: {0}")]
    Code(String),
    #[error("it does not fit the world routing-policy of contract {contract}: {why}")]
    Link { contract: ContractVersion, why: String },
    #[error("it does not start: {0}")]
    Start(String),
    #[error("it did not start within {0:?}: a policy must be ready at once")]
    SlowStart(std::time::Duration),
}

impl Runtime {
    /// Compiles, links and starts a routing policy; what comes back has a warm instance.
    ///
    /// # Errors
    /// See [`LoadError`]. Nothing of a component that failed stays behind.
    pub async fn load_routing(&self, request: LoadRequest<'_>) -> Result<RoutingPolicy, LoadError> {
        let shared = self.shared();
        let component = component(shared, &request).await?;
        let linked = shared
            .linkers
            .link(request.contract, &component)
            .map_err(|error| LoadError::Link { contract: request.contract, why: format!("{error:#}") })?;
        let identity = Identity {
            label: request.label.into(),
            config: request.config.to_owned(),
            port: shared.log.clone(),
        };
        let policy = RoutingPolicy::new(shared.clone(), linked, Arc::new(identity), request.limits);
        policy.start().await?;
        Ok(policy)
    }
}

/// From the cache, or compiled and then kept there.
async fn component(shared: &Shared, request: &LoadRequest<'_>) -> Result<Component, LoadError> {
    let cached = shared.cache.as_ref().and_then(|cache| cache.get(&request.digest));
    if let Some(component) = cached.and_then(|code| deserialize(shared, &code).ok()) {
        return Ok(component);
    }
    let code = shared.compiler.compile(request.component).await?;
    let component = deserialize(shared, &code)?;
    if let Some(cache) = &shared.cache {
        cache.put(&request.digest, &code);
    }
    Ok(component)
}

fn deserialize(shared: &Shared, code: &[u8]) -> Result<Component, LoadError> {
    // SAFETY: the code comes from our own compiler's process through a pipe, or from a cache entry whose
    // authentication code, under a key that only this host has, was right.
    #[allow(unsafe_code, reason = "the one place that trusts bytes as native code; see above")]
    let component = unsafe { Component::deserialize(&shared.engine, code) };
    component.map_err(|error| LoadError::Code(one_line(&error)))
}
