//! What must hold of a cell, told by what was seen alone. It must not know how it was seen, so that a gateway that is
//! made up can be judged by the same words.

mod answer;
mod ledger;

use std::time::Duration;

use crate::http::Heard;
use crate::matrix::cell::Cell;
use crate::matrix::fault::Act;
use crate::operator::{Counted, Fares};
use crate::upstream::Asked;

/// All attempts together, as the host is configured.
pub(crate) const DEADLINE: Duration = Duration::from_secs(5);
/// What a loaded machine may add to it.
const LATE: Duration = Duration::from_millis(1500);
/// A rest that was asked for is looked at a while after it began.
const LOOKED_AFTER: Duration = Duration::from_secs(3);

/// What became of a fault, as its client saw it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Outcome {
    /// Another provider's good answer.
    Over,
    /// One JSON error.
    Refused,
    /// The faulty provider's answer, as it is.
    Whole,
    /// What came before the fault, and one error event.
    Broken,
}

/// What was seen of a cell.
pub(crate) struct Seen {
    pub(crate) answer: Heard,
    /// Of each provider, in the order in which they are to be asked.
    pub(crate) calls: Vec<Vec<Asked>>,
}

/// What was seen when the answer was over.
pub(crate) struct Aftermath {
    pub(crate) usage: Vec<Counted>,
    /// Of each provider.
    pub(crate) fares: Vec<Fares>,
    /// What was counted at first, if that changed again.
    pub(crate) usage_before: Option<Vec<Counted>>,
    /// Whether no provider was still busy with it.
    pub(crate) quiet: bool,
    /// The same request, once the provider is well again.
    pub(crate) next: Heard,
}

/// What the client got, and whether the providers were asked as often as they should.
///
/// # Errors
/// What should have been otherwise.
pub(crate) fn check(cell: &Cell, act: &Act, seen: &Seen) -> (Option<Outcome>, Vec<String>) {
    let mut wrong = Vec::new();
    if seen.answer.took > DEADLINE + LATE {
        wrong.push(format!("expected an end within {DEADLINE:?}, it took {:?}", seen.answer.took));
    }
    let first = seen.answer.first;
    let late =
        seen.calls.iter().flatten().filter(|asked| first.is_some_and(|first| asked.at > first)).count();
    if late > 0 {
        wrong.push(format!("expected no call after the first byte for the client, found {late}"));
    }
    match answer::outcome(cell, act, seen) {
        Err(what) => {
            wrong.push(what);
            (None, wrong)
        }
        Ok(outcome) => {
            wrong.extend(calls(cell, act, seen, outcome));
            (Some(outcome), wrong)
        }
    }
}

/// One call, and one more for each provider that failed before; none after the first byte went out.
fn calls(cell: &Cell, act: &Act, seen: &Seen, outcome: Outcome) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut expect = |holds: bool, what: String| {
        if !holds {
            wrong.push(what)
        }
    };
    let reached = usize::from(act.place == crate::matrix::fault::Place::Open);
    let others = usize::from(outcome == Outcome::Over);
    let expected: Vec<usize> = [reached, others, 0].into_iter().take(cell.providers).collect();
    let counts: Vec<usize> = seen.calls.iter().map(Vec::len).collect();
    expect(counts == expected, format!("expected calls of the providers {expected:?}, found {counts:?}"));
    let attempts = (1 + others).to_string();
    let told = seen.answer.header("x-patchbay-attempts");
    expect(told == attempts, format!("expected x-patchbay-attempts {attempts}, found {told:?}"));
    wrong
}

/// What is left behind: in the ledger, at the provider, for the next client.
pub(crate) fn aftermath(cell: &Cell, act: &Act, outcome: Outcome, after: &Aftermath) -> Vec<String> {
    let mut wrong = ledger::check(cell, act, outcome, &after.usage);
    let mut expect = |holds: bool, what: String| {
        if !holds {
            wrong.push(what)
        }
    };
    expect(after.quiet, "expected every provider to be left alone, one is still busy".to_owned());
    let busy: Vec<u64> = after.fares.iter().map(|fares| fares.in_flight).collect();
    expect(busy.iter().all(|count| *count == 0), format!("expected nothing in flight, found {busy:?}"));
    let next = &after.next;
    let good = (0..cell.providers).any(|index| next.body == cell.for_client(index, &cell.good(index).body));
    expect(
        next.is_whole() && next.status() == 200 && good,
        format!("expected the next request to be answered well, found {}", next.shown()),
    );
    if let (Some(at_least), Some(fares)) = (act.rests, after.fares.first()) {
        let left = Duration::from_millis(fares.cooling_ms.unwrap_or_default());
        let enough = left > at_least.saturating_sub(LOOKED_AFTER) && fares.health == "cooling";
        expect(
            enough,
            format!("expected a rest of at least {at_least:?}, found {left:?} ({})", fares.health),
        );
    }
    wrong
}

#[cfg(test)]
mod tests;
