//! Power of two choices on the time to the first byte and the load in flight, within the first pool that has
//! somebody available. Always taking the single best would send every request to one provider at once.

use patchbay_sdk::{Candidate, Decision, PluginError, Request, RoutingPolicy, routing_policy};

struct LeastLatency;

impl RoutingPolicy for LeastLatency {
    fn rank(request: &Request, candidates: &[Candidate]) -> Result<Decision, PluginError> {
        let mut order: Vec<usize> =
            (0..candidates.len()).filter(|&index| candidates[index].available).collect();
        order.sort_by_key(|&index| candidates[index].tier);
        let Some(&first) = order.first() else { return Ok(Decision::new([], "no candidate is available")) };
        let tier = candidates[first].tier;
        let peers = order.iter().take_while(|&&index| candidates[index].tier == tier).count();
        let chosen = better_of_two(&request.id, &order[..peers], candidates);
        order[..=chosen].rotate_right(1);
        let reason = reason(&candidates[order[0]], peers);
        Ok(Decision::new(order, reason))
    }
}

routing_policy!(LeastLatency);

/// The place among `peers` of the better of two that the request's id picks. `peers` is not empty.
fn better_of_two(id: &str, peers: &[usize], candidates: &[Candidate]) -> usize {
    let (one, other) = two_of(peers.len(), id);
    if load(&candidates[peers[other]]) < load(&candidates[peers[one]]) { other } else { one }
}

/// Two places below `count`, the same for the same id; they differ unless there is only one.
fn two_of(count: usize, id: &str) -> (usize, usize) {
    if count < 2 {
        return (0, 0);
    }
    let one = hash(id, 1) as usize % count;
    let step = 1 + hash(id, 2) as usize % (count - 1);
    (one, (one + step) % count)
}

/// What is compared, the lower the better: the time that a request waits there, then the requests already there.
/// One whose latency is not known yet counts as the fastest, so that it is tried.
fn load(candidate: &Candidate) -> (f64, u32) {
    let first_byte_ms = candidate.first_byte_ms.unwrap_or(0.0);
    (first_byte_ms * (f64::from(candidate.in_flight) + 1.0), candidate.in_flight)
}

/// FNV-1a, with murmur3's last step so that its low bits are even for ids that differ in one digit.
fn hash(id: &str, seed: u32) -> u32 {
    let mut hash =
        id.bytes().fold(0x811c_9dc5 ^ seed, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    hash = (hash ^ (hash >> 16)).wrapping_mul(0x85eb_ca6b);
    hash = (hash ^ (hash >> 13)).wrapping_mul(0xc2b2_ae35);
    hash ^ (hash >> 16)
}

fn reason(chosen: &Candidate, peers: usize) -> String {
    let Candidate { pool, in_flight, .. } = chosen;
    match chosen.first_byte_ms.map(whole) {
        Some(latency) => format!("of {peers} in pool {pool}: {latency} ms, {in_flight} in flight"),
        None => format!("of {peers} in pool {pool}: latency not known yet, {in_flight} in flight"),
    }
}

/// For people; formatting a fraction would make the component a quarter larger.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "saturates, and is never negative"
)]
fn whole(milliseconds: f64) -> u64 {
    milliseconds as u64
}

#[cfg(test)]
mod tests;
