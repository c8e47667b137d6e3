//! Loops in the latest steps of a worker. It must not know time.

use std::collections::VecDeque;

use super::{Seen, Stuck};

/// The same call with the same result, one after the other.
const SAME_CALLS: usize = 4;
/// The same error, whatever was done between.
const SAME_ERRORS: usize = 3;
/// Calls in which two take turns.
const TURNS: usize = 6;

pub(super) fn find(steps: &VecDeque<Seen>) -> Option<Stuck> {
    let calls: Vec<Seen> = latest(steps, TURNS, |seen| matches!(seen, Seen::Call { .. }));
    let errors = latest(steps, SAME_ERRORS, |seen| matches!(seen, Seen::Error { .. }));
    if all_same(&calls, SAME_CALLS) {
        return Some(Stuck::SameCall);
    }
    if all_same(&errors, SAME_ERRORS) {
        return Some(Stuck::SameError);
    }
    take_turns(&calls).then_some(Stuck::Alternating)
}

/// Newest first.
fn latest(steps: &VecDeque<Seen>, count: usize, is: impl Fn(&Seen) -> bool) -> Vec<Seen> {
    steps.iter().rev().filter(|seen| is(seen)).take(count).copied().collect()
}

fn all_same(steps: &[Seen], count: usize) -> bool {
    steps.len() >= count && steps.iter().take(count).all(|step| Some(step) == steps.first())
}

fn take_turns(calls: &[Seen]) -> bool {
    let every_other = calls.iter().zip(calls.iter().skip(2)).all(|(one, next)| one == next);
    calls.len() >= TURNS && every_other && calls.first() != calls.get(1)
}
