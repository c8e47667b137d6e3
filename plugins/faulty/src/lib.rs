//! A policy that fails at every call: what the demo and the tests load to see a rollback.

use patchbay_sdk::{Candidate, Decision, PluginError, Request, RoutingPolicy, routing_policy};

struct Faulty;

impl RoutingPolicy for Faulty {
    #[allow(clippy::panic, reason = "to trap is all that it is for")]
    fn rank(request: &Request, _: &[Candidate]) -> Result<Decision, PluginError> {
        panic!("no idea how to route {:?}", request.model);
    }
}

routing_policy!(Faulty);
