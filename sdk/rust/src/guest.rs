//! The plugin's side of the contract: the generated bindings, what translates them to plain types, and the panic
//! hook. Public for the macros only; not part of the surface.

use std::panic::PanicHookInfo;
use std::sync::Once;

use crate::log::{self, Level};
use crate::{Candidate, Decision, Exhausted, PluginError, Request, RoutingPolicy};

#[allow(
    missing_docs,
    unsafe_code,
    unreachable_pub,
    clippy::all,
    reason = "generated; the ABI is unsafe by nature"
)]
pub mod bindings {
    wit_bindgen::generate!({
        path: "wit",
        world: "routing-policy",
        pub_export_macro: true,
        export_macro_name: "export_routing_policy",
    });
}

pub use bindings::exports::patchbay::plugin::routing;

/// What the exported `rank` does.
pub fn rank<P: RoutingPolicy>(
    request: routing::RequestFacts,
    candidates: Vec<routing::Candidate>,
) -> Result<routing::Decision, routing::PluginError> {
    report_panics();
    let candidates: Vec<Candidate> = candidates.into_iter().map(Candidate::from).collect();
    P::rank(&request.into(), &candidates).map(Into::into).map_err(Into::into)
}

/// The trap says only `unreachable`, so the message must reach the host before it.
fn report_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| std::panic::set_hook(Box::new(report_panic)));
}

fn report_panic(panic: &PanicHookInfo<'_>) {
    let message = panic.payload_as_str().unwrap_or("no message");
    let line = match panic.location() {
        Some(place) => format!("panicked at {}:{}: {message}", place.file(), place.line()),
        None => format!("panicked: {message}"),
    };
    log::write(Level::Error, &line, &[]);
}

impl From<routing::RequestFacts> for Request {
    fn from(facts: routing::RequestFacts) -> Self {
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

impl From<routing::Candidate> for Candidate {
    fn from(candidate: routing::Candidate) -> Self {
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

impl From<Decision> for routing::Decision {
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

impl From<Exhausted> for routing::Exhausted {
    fn from(exhausted: Exhausted) -> Self {
        Self { action: exhausted.action, retry_after_ms: exhausted.retry_after_ms }
    }
}

impl From<PluginError> for routing::PluginError {
    fn from(error: PluginError) -> Self {
        Self { code: error.code, message: error.message, retry_after_ms: error.retry_after_ms }
    }
}
