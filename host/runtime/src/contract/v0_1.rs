//! `patchbay:plugin@0.1.0`, and how the latest types become its own and back.

use wasmtime::Store;
use wasmtime::component::{HasSelf, Linker};

use super::{Answer, latest, lent};
use crate::call::Refusal;
use crate::guest::Guest;

wasmtime::component::bindgen!({
    path: "../../wit/since-v0.1.0",
    world: "routing-policy",
    exports: { default: async },
});

use exports::patchbay::plugin::routing as old;

pub(super) fn add_to_linker(linker: &mut Linker<Guest>) -> wasmtime::Result<()> {
    patchbay::plugin::log::add_to_linker::<Guest, HasSelf<Guest>>(linker, |guest| guest)?;
    patchbay::plugin::config::add_to_linker::<Guest, HasSelf<Guest>>(linker, |guest| guest)
}

pub(super) async fn rank(
    instance: &RoutingPolicy,
    store: &mut Store<Guest>,
    request: &lent::RequestFacts<'_>,
    candidates: &[lent::Candidate<'_>],
) -> Answer<latest::Decision> {
    let candidates: Vec<old::Candidate> = candidates.iter().map(Into::into).collect();
    let answer = instance.patchbay_plugin_routing().call_rank(store, &request.into(), &candidates).await?;
    Ok(answer.map(Into::into).map_err(Into::into))
}

impl patchbay::plugin::types::Host for Guest {}

impl patchbay::plugin::log::Host for Guest {
    fn write(&mut self, level: String, message: String) {
        self.log.write(&level, &message);
    }
}

impl patchbay::plugin::config::Host for Guest {
    fn get(&mut self) -> String {
        self.identity.config.clone()
    }
}

impl From<&lent::RequestFacts<'_>> for old::RequestFacts {
    fn from(request: &lent::RequestFacts<'_>) -> Self {
        Self {
            id: request.id.to_owned(),
            endpoint: request.endpoint.to_owned(),
            model: request.model.to_owned(),
            agent: request.agent.to_owned(),
            stream: request.stream,
            attempt: request.attempt,
            body_bytes: request.body_bytes,
            max_tokens: request.max_tokens,
        }
    }
}

impl From<&lent::Candidate<'_>> for old::Candidate {
    fn from(candidate: &lent::Candidate<'_>) -> Self {
        Self {
            provider: candidate.provider.to_owned(),
            pool: candidate.pool.to_owned(),
            tier: candidate.tier,
            available: candidate.available,
            in_flight: candidate.in_flight,
            requests_left: candidate.requests_left,
            idle_ms: candidate.idle_ms,
            first_byte_ms: candidate.first_byte_ms,
        }
    }
}

impl From<old::Decision> for latest::Decision {
    fn from(decision: old::Decision) -> Self {
        Self { order: decision.order, reason: decision.reason, otherwise: None }
    }
}

impl From<old::PluginError> for Refusal {
    fn from(error: old::PluginError) -> Self {
        let retryable = error.retry_after_ms.is_some();
        Self { code: error.code, message: error.message, retryable, retry_after_ms: error.retry_after_ms }
    }
}
