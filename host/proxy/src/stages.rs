//! Where the time of requests goes: a histogram for each stage. It must not know what a stage does.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// The walk, stage by stage; `Overhead` is all of it but the waiting for providers and for the client's body.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Stage {
    Admit,
    Decode,
    Decide,
    Relay,
    Answer,
    Overhead,
}

/// Upper edges of the buckets, in microseconds; one more bucket holds what is longer.
pub const STAGE_EDGES_US: [u64; 16] = [
    5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 50_000, 100_000, 500_000, 1_000_000,
    10_000_000,
];

/// How often a stage took how long.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StageTimes {
    pub stage: &'static str,
    /// As many as there are edges, and one.
    pub counts: [u64; STAGE_EDGES_US.len() + 1],
    pub sum: Duration,
}

/// One share for each serving thread, so that they do not meet.
pub(crate) struct Stages {
    shares: Box<[Share]>,
}

/// A cache line of its own, and more.
#[repr(align(128))]
#[derive(Default)]
struct Share {
    stages: [Histogram; Stage::ALL.len()],
}

#[derive(Default)]
struct Histogram {
    counts: [AtomicU64; STAGE_EDGES_US.len() + 1],
    sum_ns: AtomicU64,
}

impl Stage {
    const ALL: [Self; 6] =
        [Self::Admit, Self::Decode, Self::Decide, Self::Relay, Self::Answer, Self::Overhead];

    fn as_str(self) -> &'static str {
        match self {
            Self::Admit => "admit",
            Self::Decode => "decode",
            Self::Decide => "decide",
            Self::Relay => "relay",
            Self::Answer => "answer",
            Self::Overhead => "overhead",
        }
    }
}

impl Stages {
    pub(crate) fn new() -> Self {
        Self { shares: std::iter::repeat_with(Share::default).take(patchbay_types::shards()).collect() }
    }

    pub(crate) fn add(&self, stage: Stage, took: Duration) {
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        let bucket = STAGE_EDGES_US.partition_point(|edge| *edge < micros);
        let histogram = &patchbay_types::shard(&self.shares).stages[stage as usize];
        histogram.counts[bucket].fetch_add(1, Ordering::Relaxed);
        histogram.sum_ns.fetch_add(u64::try_from(took.as_nanos()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    pub(crate) fn read(&self) -> Vec<StageTimes> {
        Stage::ALL.into_iter().map(|stage| self.of(stage)).collect()
    }

    fn of(&self, stage: Stage) -> StageTimes {
        let mut times =
            StageTimes { stage: stage.as_str(), counts: [0; STAGE_EDGES_US.len() + 1], sum: Duration::ZERO };
        for histogram in self.shares.iter().map(|share| &share.stages[stage as usize]) {
            for (sum, count) in times.counts.iter_mut().zip(&histogram.counts) {
                *sum += count.load(Ordering::Relaxed);
            }
            times.sum += Duration::from_nanos(histogram.sum_ns.load(Ordering::Relaxed));
        }
        times
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_counted_up_to_its_edge() {
        let stages = Stages::new();
        for micros in [0, 5, 6, 10_000_001] {
            stages.add(Stage::Decide, Duration::from_micros(micros));
        }
        let times = stages.read();
        let decide = times.iter().find(|times| times.stage == "decide").unwrap();
        assert_eq!((decide.counts[0], decide.counts[1], decide.counts[16]), (2, 1, 1));
        assert_eq!(decide.sum, Duration::from_micros(10_000_012));
    }
}
