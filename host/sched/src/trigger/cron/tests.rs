//! Cron expressions: what they mean, what is refused, and what happens where a clock is changed.

mod clock;
mod count;
mod ocps;
mod refusals;

use super::*;

/// RFC 3339.
fn at(text: &str) -> Timestamp {
    timestamp(text.parse().unwrap_or_else(|error| panic!("{text}: {error}")))
}

fn cron(expression: &str, zone: &str) -> Cron {
    Cron::new(expression, zone).unwrap_or_else(|error| panic!("{error}"))
}

/// The first `n` due times after a moment.
fn after(cron: &Cron, from: &str, n: usize) -> Vec<String> {
    let dues = std::iter::successors(cron.next_after(at(from)), |due| cron.next_after(*due));
    dues.take(n).map(|due| due.to_string()).collect()
}
