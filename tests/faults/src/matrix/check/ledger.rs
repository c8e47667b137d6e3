//! What was counted: every attempt once, tokens and cost as the provider states them, or marked as estimated.

use super::Outcome;
use crate::matrix::cell::Cell;
use crate::matrix::fault::Act;
use crate::operator::Counted;
use crate::words::{CACHED, COMPLETION, COST_NANO_USD, PROMPT};

pub(super) fn check(cell: &Cell, act: &Act, outcome: Outcome, usage: &[Counted]) -> Vec<String> {
    let of = |index: usize| total(usage, &cell.provider(index));
    let mut wrong = attempt(&of(0), act, outcome);
    if cell.providers > 1 {
        let expected = match outcome {
            Outcome::Over => stated(&cell.provider(1)),
            _ => Counted { provider: cell.provider(1), ..Counted::default() },
        };
        if of(1) != expected {
            wrong.push(format!("expected in the ledger {expected:?}, found {:?}", of(1)));
        }
    }
    wrong
}

/// The row of the provider that is at fault.
fn attempt(found: &Counted, act: &Act, outcome: Outcome) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut expect = |holds: bool, what: &str| {
        if !holds {
            wrong.push(format!("expected in the ledger {what}, found {found:?}"));
        }
    };
    expect(found.requests == 1, "one request of the provider at fault");
    let exact = Counted { errors: found.errors, ..stated(&found.provider) } == *found;
    let failed = matches!(outcome, Outcome::Over | Outcome::Refused);
    match (failed, act.stated) {
        (true, _) => {
            let free = found.prompt == 0 && found.completion == 0 && found.cost_nano_usd == 0;
            expect(found.errors == 1, "one error of the provider at fault");
            expect(free || found.estimated == 1 || exact, "no tokens for a failed attempt, or an estimate");
        }
        (false, true) => expect(exact, "the tokens and the cost that the provider stated"),
        (false, false) => expect(found.estimated == 1, "tokens that are marked as estimated"),
    }
    wrong
}

fn stated(provider: &str) -> Counted {
    Counted {
        provider: provider.to_owned(),
        requests: 1,
        prompt: PROMPT,
        completion: COMPLETION,
        cached: CACHED,
        cost_nano_usd: COST_NANO_USD,
        ..Counted::default()
    }
}

/// The sum of a provider's lines.
fn total(usage: &[Counted], provider: &str) -> Counted {
    let lines = usage.iter().filter(|line| line.provider == provider);
    lines.fold(Counted { provider: provider.to_owned(), ..Counted::default() }, |sum, line| Counted {
        requests: sum.requests + line.requests,
        errors: sum.errors + line.errors,
        cancelled: sum.cancelled + line.cancelled,
        estimated: sum.estimated + line.estimated,
        prompt: sum.prompt + line.prompt,
        completion: sum.completion + line.completion,
        cached: sum.cached + line.cached,
        cost_nano_usd: sum.cost_nano_usd + line.cost_nano_usd,
        ..sum
    })
}
