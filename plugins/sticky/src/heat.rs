//! Who is so busy that its keys go elsewhere for now. It must not know keys.

use patchbay_sdk::Candidate;

use crate::settings::Settings;

/// Fewer requests than this are never too many for one candidate: means of small numbers jump.
const FEW: u32 = 4;

/// For each candidate, whether it should yield to the others of its pool.
pub(crate) fn hot(candidates: &[Candidate], settings: &Settings) -> Vec<bool> {
    candidates.iter().map(|candidate| is_hot(candidate, candidates, settings)).collect()
}

fn is_hot(candidate: &Candidate, all: &[Candidate], settings: &Settings) -> bool {
    let busy = candidate.in_flight;
    settings.max_in_flight.is_some_and(|most| busy >= most)
        || busy >= FEW && f64::from(busy) > mean(candidate.tier, all) * settings.max_over_mean
}

/// Requests in flight of those that are available in one pool.
fn mean(tier: u32, candidates: &[Candidate]) -> f64 {
    let peers = candidates.iter().filter(|candidate| candidate.tier == tier && candidate.available);
    let (sum, count) =
        peers.fold((0.0, 0.0), |(sum, count), peer| (sum + f64::from(peer.in_flight), count + 1.0));
    if count > 0.0 { sum / count } else { 0.0 }
}
