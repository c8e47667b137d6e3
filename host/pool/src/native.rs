//! The routing policy that stands when no plugin answers. It must not know more than a plugin is shown.

use std::cmp::Reverse;
use std::time::Duration;

use crate::Candidate;

/// Indexes of the available ones, the best first: by tier, then most requests left, then longest unused.
#[must_use]
pub fn rank(candidates: &[Candidate]) -> Vec<usize> {
    let mut order: Vec<(usize, &Candidate)> =
        candidates.iter().enumerate().filter(|(_, candidate)| candidate.available).collect();
    order.sort_by_key(|(_, candidate)| {
        (candidate.tier, Reverse(candidate.requests_left), Reverse(candidate.idle.unwrap_or(Duration::MAX)))
    });
    order.into_iter().map(|(index, _)| index).collect()
}
