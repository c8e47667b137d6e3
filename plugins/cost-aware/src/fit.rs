//! Who can take a request: what it needs against what is told of each candidate. It must not know prices.

use patchbay_sdk::{Attributes, Candidate, Request};

/// Of a candidate: the most tokens of a prompt and its answer.
const CONTEXT: &str = "context-tokens";
/// Of a request: what kinds of input it has. Of a candidate: which it takes. Words with commas: `text,image`.
const MODALITIES: &str = "input-modalities";

/// The candidates that can take a request of about `tokens`. If its estimate fits none, it may be wrong: then those
/// with the most room.
pub(crate) fn indexes(request: &Request, tokens: u64, candidates: &[Candidate]) -> Vec<usize> {
    let able: Vec<usize> =
        (0..candidates.len()).filter(|&index| takes(request, &candidates[index])).collect();
    let room = |index: usize| room(&candidates[index]);
    let most = able.iter().map(|&index| room(index)).max().unwrap_or_default();
    let needed = tokens.min(most);
    able.into_iter().filter(|&index| room(index) >= needed).collect()
}

/// What is not told is no limit.
fn room(candidate: &Candidate) -> u64 {
    candidate.attributes.get(CONTEXT).and_then(|text| text.parse().ok()).unwrap_or(u64::MAX)
}

/// What is not told is taken.
fn takes(request: &Request, candidate: &Candidate) -> bool {
    let (Some(needed), Some(taken)) = (words(&request.attributes), words(&candidate.attributes)) else {
        return true;
    };
    needed.iter().all(|word| taken.contains(word))
}

fn words(attributes: &Attributes) -> Option<Vec<&str>> {
    let list = attributes.get(MODALITIES)?;
    Some(list.split(',').map(str::trim).filter(|word| !word.is_empty()).collect())
}
