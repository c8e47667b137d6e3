//! Decides which provider a request goes to next: the one with the fewest requests in flight.

use patchbay_sdk::{
    Candidate, Decision, PluginError, Request, RoutingPolicy, config, log, routing_policy,
};
use serde::Deserialize;

/// What the operator may set. Every field has a default, because nothing set reads as `{}`.
#[derive(Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
struct Settings {
    /// A provider that is asked only when every other has failed.
    last_resort: Option<String>,
}

struct Policy;

impl RoutingPolicy for Policy {
    // Called once for each attempt. `?` hands an error to the host, whose own policy then answers this request.
    fn rank(request: &Request, candidates: &[Candidate]) -> Result<Decision, PluginError> {
        let settings: Settings = config()?;
        // A decision is a list of indexes into `candidates`, the best first. One that is left out is not asked.
        let mut order: Vec<usize> = (0..candidates.len())
            .filter(|&index| candidates[index].available)
            .collect();
        // The lowest key comes first; `false` comes before `true`, and a lower tier is an earlier pool.
        order.sort_by_key(|&index| {
            let candidate = &candidates[index];
            let is_last_resort = settings.last_resort.as_ref() == Some(&candidate.provider);
            (is_last_resort, candidate.tier, candidate.in_flight)
        });
        log::debug!("{}: {} candidates available", request.id, order.len());
        Ok(Decision::new(order, "the fewest requests in flight"))
    }
}

routing_policy!(Policy);

#[cfg(test)]
mod tests {
    #[test]
    fn every_case_holds() {
        patchbay_sdk::testing::run_cases::<super::Policy>("cases");
    }
}
