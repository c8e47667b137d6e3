//! What many streams come to.

use serde::{Deserialize, Serialize};

use super::reading::Reading;
use crate::load::open::micros;
use crate::statistics::percentile;

/// Gaps, and delays, that are kept; the rest only have to be right.
const GAPS_MAX: usize = 1 << 22;

/// Microseconds, over the streams that were good.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Outcome {
    /// Streams that came whole, byte for byte.
    pub(crate) good: u64,
    pub(crate) errors: u64,
    pub(crate) complaint: Option<String>,
    /// From when a stream was due to its first event, without the time that the provider took for it.
    pub(crate) first_p50_us: f64,
    pub(crate) first_p99_us: f64,
    /// By how much longer a gap between events was here than where they were sent. While all streams were open.
    pub(crate) gap_p50_us: f64,
    pub(crate) gap_p99_us: f64,
    pub(crate) gap_max_us: f64,
    /// From when an event left to when it was here. While all streams were open.
    pub(crate) delay_p50_us: f64,
    pub(crate) delay_p99_us: f64,
    /// Events that these two are of.
    pub(crate) events: u64,
    /// How late the clients themselves were to ask.
    pub(crate) late_p99_us: f64,
}

/// From when to when all streams are open.
#[derive(Clone, Copy)]
pub(super) struct AllOpen {
    pub(super) from: u64,
    pub(super) until: u64,
}

impl Outcome {
    /// Not one stream was begun.
    pub(super) fn none(errors: u64, complaint: String) -> Self {
        Self { errors, complaint: Some(complaint), ..Self::default() }
    }
}

#[derive(Default)]
pub(super) struct Tally {
    good: u64,
    errors: u64,
    complaint: Option<String>,
    first: Vec<u64>,
    gaps: Vec<u64>,
    delays: Vec<u64>,
    late: Vec<u64>,
}

impl Tally {
    /// A stream that was `due`, asked for when it was `asked`.
    pub(super) fn count(&mut self, due: u64, asked: u64, reading: &Reading, open: AllOpen) {
        self.good += 1;
        self.late.push(asked.saturating_sub(due));
        if let (Some(first), Some(arrived)) = (reading.heard.first(), reading.arrived) {
            let provider = first.sent.saturating_sub(arrived);
            self.first.push(first.received.saturating_sub(due).saturating_sub(provider));
        }
        for heard in reading.heard.iter().filter(|heard| (open.from..open.until).contains(&heard.sent)) {
            if self.gaps.len() < GAPS_MAX {
                self.gaps.extend(heard.gap_added);
                self.delays.push(heard.received.saturating_sub(heard.sent));
            }
        }
    }

    pub(super) fn complain(&mut self, complaint: String) {
        self.errors += 1;
        self.complaint.get_or_insert(complaint);
    }

    pub(super) fn outcome(mut self) -> Outcome {
        for times in [&mut self.first, &mut self.gaps, &mut self.delays, &mut self.late] {
            times.sort_unstable();
        }
        let of = |sorted: &[u64], percent| micros(percentile(sorted, percent));
        Outcome {
            good: self.good,
            errors: self.errors,
            complaint: self.complaint,
            first_p50_us: of(&self.first, 50),
            first_p99_us: of(&self.first, 99),
            gap_p50_us: of(&self.gaps, 50),
            gap_p99_us: of(&self.gaps, 99),
            gap_max_us: of(&self.gaps, 100),
            delay_p50_us: of(&self.delays, 50),
            delay_p99_us: of(&self.delays, 99),
            events: self.delays.len() as u64,
            late_p99_us: of(&self.late, 99),
        }
    }
}
