//! What clients count, and the figures that it comes to.

use std::time::Duration;

use http::HeaderMap;

use super::Outcome;
use crate::statistics::percentile;

/// Latencies that all clients of a measurement keep together; the rest are counted only.
const LATENCIES_MAX: usize = 1 << 23;

/// The times of one good answer, from when its request was sent.
pub(super) struct Exchange {
    pub(super) first: Duration,
    pub(super) whole: Duration,
}

/// One client's count, then the sum of all.
#[derive(Default)]
pub(super) struct Tally {
    pub(super) errors: u64,
    /// Good answers within the window.
    counted: u64,
    /// Good answers, those of the warm-up too.
    answered: u64,
    latencies_max: usize,
    /// Of the counted ones, in nanoseconds.
    first: Vec<u32>,
    whole: Vec<u32>,
    complaint: Option<String>,
    generation: Option<String>,
}

/// Each client's share.
pub(super) fn latencies_max(connections: u32) -> usize {
    LATENCIES_MAX / connections.max(1) as usize
}

impl Tally {
    pub(super) fn new(latencies_max: usize) -> Self {
        Self { latencies_max, ..Self::default() }
    }

    pub(super) fn count(&mut self, exchange: Exchange, within: bool) {
        self.answered += 1;
        if !within {
            return;
        }
        self.counted += 1;
        if self.whole.len() < self.latencies_max {
            self.first.push(nanos(exchange.first));
            self.whole.push(nanos(exchange.whole));
        }
    }

    pub(super) fn complain(&mut self, complaint: String) {
        self.errors += 1;
        self.complaint.get_or_insert(complaint);
    }

    /// Only the first is kept.
    pub(super) fn generation(&mut self, headers: &HeaderMap) {
        if self.generation.is_none() {
            let named = headers.get("x-patchbay-generation").and_then(|value| value.to_str().ok());
            self.generation = Some(named.unwrap_or_default().to_owned());
        }
    }

    pub(super) fn sum(tallies: Vec<Tally>) -> Tally {
        tallies.into_iter().fold(Tally::default(), |mut sum, mut one| {
            sum.errors += one.errors;
            sum.counted += one.counted;
            sum.answered += one.answered;
            sum.first.append(&mut one.first);
            sum.whole.append(&mut one.whole);
            sum.complaint = sum.complaint.or(one.complaint);
            sum.generation = sum.generation.or(one.generation);
            sum
        })
    }

    #[allow(clippy::cast_precision_loss, reason = "counts far below 2^52")]
    pub(super) fn outcome(mut self, measured: Duration) -> Outcome {
        self.first.sort_unstable();
        self.whole.sort_unstable();
        Outcome {
            per_second: self.counted as f64 / measured.as_secs_f64(),
            p50_us: micros(percentile(&self.whole, 50)),
            p99_us: micros(percentile(&self.whole, 99)),
            first_p50_us: micros(percentile(&self.first, 50)),
            answered: self.answered,
            errors: self.errors,
            complaint: self.complaint,
            generation: self.generation.filter(|named| !named.is_empty()),
        }
    }
}

fn nanos(time: Duration) -> u32 {
    u32::try_from(time.as_nanos()).unwrap_or(u32::MAX)
}

fn micros(nanos: u32) -> f64 {
    f64::from(nanos) / 1000.0
}
