//! Sends each request to the provider that is expected to charge least for it, whatever pool it is in.

use patchbay_sdk::{Candidate, Decision, PluginError, Request, RoutingPolicy, config, log, routing_policy};
use serde::Deserialize;

/// Rough, but the same for every candidate, and only their order matters.
const BYTES_PER_TOKEN: u64 = 4;

/// What the operator may set. Every field has a default, because nothing set reads as `{}`.
#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Settings {
    /// Tokens that an answer is taken to have when the client sets no limit.
    completion_tokens: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self { completion_tokens: 500 }
    }
}

struct CheapestFirst;

impl RoutingPolicy for CheapestFirst {
    fn rank(request: &Request, candidates: &[Candidate]) -> Result<Decision, PluginError> {
        let settings: Settings = config()?;
        let available = candidates.iter().enumerate().filter(|(_, candidate)| candidate.available);
        let mut offers: Vec<(Option<u64>, usize)> =
            available.map(|(index, candidate)| (cost(request, candidate, &settings), index)).collect();
        // One without prices comes last; equal offers keep the host's order, which is that of the indexes.
        offers.sort_by_key(|&(cost, index)| (cost.unwrap_or(u64::MAX), index));
        let unknown = offers.iter().filter(|(cost, _)| cost.is_none()).count();
        if unknown > 0 {
            log::warn!("{}: {unknown} of {} providers have no prices", request.id, offers.len());
        }
        let reason = reason(offers.first().and_then(|&(cost, _)| cost));
        Ok(Decision::new(offers.into_iter().map(|(_, index)| index), reason))
    }
}

routing_policy!(CheapestFirst);

/// What this request is expected to cost there, in nano-USD (prices are for a million tokens); none without prices.
fn cost(request: &Request, candidate: &Candidate, settings: &Settings) -> Option<u64> {
    let prompt_tokens = request.body_bytes / BYTES_PER_TOKEN;
    let completion_tokens = request.max_tokens.unwrap_or(settings.completion_tokens);
    let input = candidate.input_price?.saturating_mul(prompt_tokens);
    let output = candidate.output_price?.saturating_mul(completion_tokens);
    Some(input.saturating_add(output) / 1_000_000)
}

fn reason(cost: Option<u64>) -> String {
    match cost {
        Some(nano_usd) => format!("about {nano_usd} nano-USD"),
        None => "nobody available has prices".to_owned(),
    }
}

#[cfg(test)]
mod tests;
