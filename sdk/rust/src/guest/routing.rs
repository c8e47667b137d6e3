//! The world `routing-policy`, from the contract's types to the SDK's and back.

use std::marker::PhantomData;

use crate::guest::report_panics;
use crate::{Candidate, Decision, Exhausted, Request, RoutingPolicy};
use bindings::exports::patchbay::plugin::routing as contract;

#[allow(
    missing_docs,
    unsafe_code,
    unreachable_pub,
    unused_imports,
    clippy::all,
    reason = "generated; the ABI is unsafe by nature"
)]
pub mod bindings {
    wit_bindgen::generate!({
        path: "wit",
        world: "routing-policy",
        pub_export_macro: true,
        export_macro_name: "export_routing_policy",
        with: {
            "patchbay:plugin/types@0.2.0": crate::guest::bindings::patchbay::plugin::types,
            "patchbay:plugin/log@0.2.0": crate::guest::bindings::patchbay::plugin::log,
            "patchbay:plugin/config@0.2.0": crate::guest::bindings::patchbay::plugin::config,
        },
    });
}

/// What is exported for a `P`.
pub struct Export<P>(PhantomData<P>);

impl<P: RoutingPolicy + 'static> contract::Guest for Export<P> {
    fn rank(
        request: contract::RequestFacts,
        candidates: Vec<contract::Candidate>,
    ) -> Result<contract::Decision, contract::PluginError> {
        report_panics();
        let candidates: Vec<Candidate> = candidates.into_iter().map(Candidate::from).collect();
        P::rank(&request.into(), &candidates).map(Into::into).map_err(Into::into)
    }
}

impl From<contract::RequestFacts> for Request {
    fn from(facts: contract::RequestFacts) -> Self {
        Self {
            id: facts.id,
            endpoint: facts.endpoint,
            model: facts.model,
            agent: facts.agent,
            stream: facts.stream,
            attempt: facts.attempt,
            body_bytes: facts.body_bytes,
            max_tokens: facts.max_tokens,
            prefix_hash: facts.prefix_hash,
            attributes: facts.attributes.into(),
        }
    }
}

impl From<contract::Candidate> for Candidate {
    fn from(candidate: contract::Candidate) -> Self {
        Self {
            provider: candidate.provider,
            pool: candidate.pool,
            tier: candidate.tier,
            health: candidate.health,
            available: candidate.available,
            in_flight: candidate.in_flight,
            requests_left: candidate.requests_left,
            requests_per_minute: candidate.requests_per_minute,
            cooling_ms: candidate.cooling_ms,
            idle_ms: candidate.idle_ms,
            first_byte_ms: candidate.first_byte_ms,
            input_price: candidate.input_price,
            output_price: candidate.output_price,
            attributes: candidate.attributes.into(),
        }
    }
}

impl From<Decision> for contract::Decision {
    fn from(decision: Decision) -> Self {
        Self {
            order: decision.order.into_iter().map(index).collect(),
            reason: decision.reason,
            otherwise: decision.otherwise.map(Into::into),
        }
    }
}

/// An index that does not fit is out of range here and there.
fn index(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}

impl From<Exhausted> for contract::Exhausted {
    fn from(exhausted: Exhausted) -> Self {
        Self { action: exhausted.action, retry_after_ms: exhausted.retry_after_ms }
    }
}
