//! The same agent, or the same beginning of a prompt, to the same provider: for prompt caches. By rendezvous: each
//! candidate has a weight for each key, and the heaviest is taken, so that one that comes or goes moves its own keys
//! and no others. A candidate that is not available is passed over, and a hot one yields.

mod heat;
mod settings;
mod weight;

use std::cmp::Reverse;

use patchbay_sdk::{Candidate, Decision, PluginError, Request, RoutingPolicy, config, routing_policy};

use settings::Settings;

struct Sticky;

impl RoutingPolicy for Sticky {
    fn rank(request: &Request, candidates: &[Candidate]) -> Result<Decision, PluginError> {
        let settings: Settings = config()?;
        let key = settings.key(request);
        let mut order: Vec<usize> =
            (0..candidates.len()).filter(|&index| candidates[index].available).collect();
        let hot = heat::hot(candidates, &settings);
        order.sort_by_cached_key(|&index| {
            let Candidate { tier, provider, .. } = &candidates[index];
            (*tier, hot[index], Reverse(weight::of(key, provider)))
        });
        let reason = reason(&order, candidates, &hot);
        Ok(Decision::new(order, reason))
    }
}

routing_policy!(Sticky);

fn reason(order: &[usize], candidates: &[Candidate], hot: &[bool]) -> String {
    let Some(&first) = order.first() else { return "no candidate is available".to_owned() };
    let Candidate { pool, tier, .. } = &candidates[first];
    let peers = order.iter().filter(|&&index| candidates[index].tier == *tier);
    let yielding = peers.clone().filter(|&&index| hot[index]).count();
    format!("its own of {} in pool {pool}, {yielding} too busy", peers.count())
}

#[cfg(test)]
mod tests;
