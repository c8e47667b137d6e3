//! The routing policy that stands when no plugin answers. It must not know more than a plugin is shown.

use std::cmp::Reverse;
use std::time::Duration;

use crate::{Candidate, Probe};

/// Far from its multiples: seeds that lie beside each other become ones that do not.
const APART: u64 = 0x9e37_79b9_7f4a_7c15;

/// Indexes of the available ones, the best first: by tier, those whose health probes fail after the others, then most
/// requests left, then longest unused.
#[must_use]
pub fn rank(candidates: &[Candidate]) -> Vec<usize> {
    let mut order: Vec<(usize, &Candidate)> = available(candidates).collect();
    order.sort_by_key(|(_, candidate)| {
        let ailing = candidate.probe != Probe::Healthy;
        let rested = Reverse(candidate.idle.unwrap_or(Duration::MAX));
        (candidate.tier, ailing, Reverse(candidate.requests_left), rested)
    });
    order.into_iter().map(|(index, _)| index).collect()
}

/// Indexes of the available ones in an order that chance gives: each is before the others as often as its weight says.
/// The same seed gives the same order, also among those that are left when some are gone.
#[must_use]
pub fn rank_weighted(candidates: &[Candidate], seed: u64) -> Vec<usize> {
    let mut order: Vec<(f64, usize)> =
        available(candidates).map(|(index, candidate)| (arrival(candidate, index, seed), index)).collect();
    order.sort_by(|(a, _), (b, _)| a.total_cmp(b));
    order.into_iter().map(|(_, index)| index).collect()
}

/// When it comes if all set out at once and come at random, at the rate of their weights.
fn arrival(candidate: &Candidate, index: usize, seed: u64) -> f64 {
    let place = (index as u64 + 1).wrapping_mul(APART);
    let chance = fastrand::Rng::with_seed(seed ^ place).f64();
    -(1.0 - chance).ln() / f64::from(candidate.weight.unwrap_or(1))
}

fn available(candidates: &[Candidate]) -> impl Iterator<Item = (usize, &Candidate)> {
    candidates.iter().enumerate().filter(|(_, candidate)| candidate.available)
}
