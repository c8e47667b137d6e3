//! Pools in their order, then the most requests left, then the longest unused: what the host's native policy does.

use std::cmp::Reverse;

use patchbay_sdk::{Candidate, Decision, PluginError, Request, RoutingPolicy, routing_policy};

struct PrimaryFallback;

impl RoutingPolicy for PrimaryFallback {
    fn rank(_request: &Request, candidates: &[Candidate]) -> Result<Decision, PluginError> {
        let mut order: Vec<usize> =
            (0..candidates.len()).filter(|&index| candidates[index].available).collect();
        order.sort_by_key(|&index| preference(&candidates[index]));
        let reason = reason(order.first().map(|&index| &candidates[index]));
        Ok(Decision::new(order, reason))
    }
}

routing_policy!(PrimaryFallback);

/// The lowest comes first.
fn preference(candidate: &Candidate) -> impl Ord {
    (candidate.tier, Reverse(candidate.requests_left), Reverse(idle_ms(candidate)))
}

/// One that was never chosen has been unused for longest.
fn idle_ms(candidate: &Candidate) -> u64 {
    candidate.idle_ms.unwrap_or(u64::MAX)
}

fn reason(first: Option<&Candidate>) -> String {
    match first {
        Some(first) => format!("pool {}, {} requests left", first.pool, first.requests_left),
        None => "no candidate is available".to_owned(),
    }
}

#[cfg(test)]
mod tests;
