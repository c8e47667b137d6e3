//! Providers: added, changed, removed, switched on and off, shown.

mod change;

use std::collections::HashMap;

use patchbay_pool::{EndpointStatus, Health, ProbeStatus};
use patchbay_types::{ProviderName, Secret};

use super::definition::Defined;
use super::{Desk, Operator};
use crate::OperatorError;
use crate::api::{AddProvider, PatchProvider, ProbeView, ProviderCooling, ProviderView, Removed};
use crate::patch;

impl Operator {
    /// Adds a provider. The next request may be sent to it.
    ///
    /// # Errors
    /// A field that is wrong, a name that is taken, too many providers, or a store that does not write.
    pub async fn add_provider(
        &self,
        request: AddProvider,
        actor: &str,
    ) -> Result<ProviderView, OperatorError> {
        let actor = actor.to_owned();
        self.change(|desk| async move { desk.add_provider(request, &actor).await }).await
    }

    /// Changes what the patch names.
    ///
    /// # Errors
    /// A field that is wrong, an unknown provider or model, another origin without its credential, or a provider that
    /// was changed meanwhile.
    pub async fn set_provider(
        &self,
        name: &str,
        patch: PatchProvider,
        actor: &str,
    ) -> Result<ProviderView, OperatorError> {
        let (name, actor) = (name.to_owned(), actor.to_owned());
        self.change(|desk| async move { desk.set_provider(&name, patch, &actor).await }).await
    }

    /// Removes a provider with its credential and its cooldowns. Its usage stays.
    ///
    /// # Errors
    /// An unknown provider, or a store that does not write.
    pub async fn remove_provider(&self, name: &str, actor: &str) -> Result<Removed, OperatorError> {
        let (name, actor) = (name.to_owned(), actor.to_owned());
        self.change(|desk| async move { desk.remove_provider(&name, &actor).await }).await
    }

    /// Switches a provider on, or lets a dead one prove itself; or switches it off: requests in flight end on it.
    ///
    /// # Errors
    /// An unknown provider, or a store that does not write.
    pub async fn enable_provider(
        &self,
        name: &str,
        on: bool,
        actor: &str,
    ) -> Result<ProviderView, OperatorError> {
        let (name, actor) = (name.to_owned(), actor.to_owned());
        self.change(|desk| async move { desk.enable_provider(&name, on, &actor).await }).await
    }

    /// All providers by name.
    #[must_use]
    pub fn providers(&self) -> Vec<ProviderView> {
        let desk = self.desk();
        let mut statuses: HashMap<_, _> =
            desk.parts.pool.status().into_iter().map(|status| (status.id.clone(), status)).collect();
        let definitions = desk.definitions.load();
        // One that was added between the two looks is shown by the next.
        definitions
            .all()
            .filter_map(|defined| Some(view(defined, statuses.remove(&defined.provider().id)?)))
            .collect()
    }

    /// # Errors
    /// An unknown provider.
    pub fn provider(&self, name: &str) -> Result<ProviderView, OperatorError> {
        let found = self.desk().definitions.load().find(name)?.provider().name.clone();
        self.desk().show(&found)
    }
}

impl Desk {
    fn show(&self, name: &ProviderName) -> Result<ProviderView, OperatorError> {
        let definitions = self.definitions.load();
        let defined = definitions.find(name.as_str())?;
        let status = self.parts.pool.status().into_iter().find(|status| status.id == defined.provider().id);
        // Removed between the two looks.
        let gone = || OperatorError::UnknownProvider { name: name.to_string(), known: Vec::new() };
        Ok(view(defined, status.ok_or_else(gone)?))
    }
}

pub(super) fn subject(name: &ProviderName) -> String {
    format!("provider/{name}")
}

fn view(defined: &Defined, status: EndpointStatus) -> ProviderView {
    let provider = defined.provider();
    ProviderView {
        name: provider.name.clone(),
        id: provider.id.clone(),
        label: provider.label.clone(),
        api: provider.api,
        url: provider.base_url.to_string(),
        credential: defined.credential.as_ref().map(Secret::masked),
        pool: provider.pool.clone(),
        rpm: provider.rpm,
        tpm: provider.tpm,
        max_in_flight: provider.max_in_flight,
        timeouts: provider.timeouts,
        health_path: provider.probed_path().map(str::to_owned),
        keep_native_model: provider.keep_native_model,
        no_usage_option: provider.no_usage_option,
        metadata: provider.metadata.clone(),
        enabled: provider.enabled,
        source: provider.source,
        models: provider
            .models
            .iter()
            .map(|(name, model)| (name.clone(), patch::model_view(model)))
            .collect(),
        created: provider.created,
        updated: provider.updated,
        revision: defined.revision.0,
        health: health(&status).to_owned(),
        reason: status.reason,
        in_flight: status.in_flight,
        requests_left: status.requests_left,
        requests_used: status.requests_used,
        tokens_used: status.tokens_used,
        ramp: status.ramp,
        probe: probe(&status.probe),
        cooling: status.cooling.into_iter().map(cooling).collect(),
        ejected_ms: status.ejected_ms,
        idle_ms: status.idle_ms,
        first_byte_ms: status.first_byte_ms,
    }
}

fn probe(found: &ProbeStatus) -> ProbeView {
    ProbeView {
        state: found.state.as_str().to_owned(),
        success_rate: found.success_rate,
        failures_in_a_row: found.failures_in_a_row,
        latency_ms: found.latency_ms,
    }
}

fn cooling(status: patchbay_pool::CoolingStatus) -> ProviderCooling {
    let patchbay_pool::CoolingStatus { model, count, until, left_ms, reason } = status;
    ProviderCooling { model, count, until, left_ms, reason }
}

/// One word; a provider that is switched off has no health.
pub(crate) fn health(status: &EndpointStatus) -> &'static str {
    if status.enabled { status.health.as_str() } else { "disabled" }
}

/// Whether requests go to it: also if its probes, or requests, fail now and then.
pub(crate) fn serves(status: &EndpointStatus) -> bool {
    status.enabled && matches!(status.health, Health::Healthy | Health::Degraded)
}
