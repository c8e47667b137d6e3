//! A candidate beside the active generation: who hears a call, who decides it, and how the two compare.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use patchbay_types::{Handle, Handles, Timestamp};
use serde::{Deserialize, Serialize};

use crate::generation::Generation;
use crate::record::TrialMode;
use crate::recorded::{Answer, Recorded};
use crate::replay::{Replayed, Verdict, replay};

/// Differences kept of a trial; the oldest go first.
const DIFFERENCES_MAX: usize = 200;
/// The grain of a share: hundredths of a percent.
const GRAIN: u64 = 10_000;

pub(crate) struct Trial {
    pub(crate) candidate: Arc<Generation>,
    /// The same, for pins.
    held: Handles<Generation>,
    pub(crate) mode: TrialMode,
    pub(crate) since: Timestamp,
    pub(crate) counts: Counts,
    differences: Mutex<VecDeque<Difference>>,
    turn: AtomicU64,
}

/// What came of the calls that the candidate was put; how many there were is their sum.
#[derive(Default)]
pub(crate) struct Counts {
    pub(crate) agree: AtomicU64,
    pub(crate) differ: AtomicU64,
    pub(crate) diverged: AtomicU64,
    pub(crate) failed: AtomicU64,
    /// Not put to the candidate: the queue was full.
    pub(crate) missed: AtomicU64,
}

/// A call that the candidate answered otherwise.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Difference {
    /// What was asked, of whom, and what the active one said.
    pub recorded: Recorded,
    #[serde(flatten)]
    pub verdict: Verdict,
    /// What the candidate said.
    pub candidate: Answer,
}

impl Trial {
    pub(crate) fn new(candidate: Arc<Generation>, mode: TrialMode, since: Timestamp) -> Self {
        let (counts, differences, turn) = (Counts::default(), Mutex::default(), AtomicU64::new(0));
        let held = Handles::new(Arc::clone(&candidate));
        Self { candidate, held, mode, since, counts, differences, turn }
    }

    pub(crate) fn hold(&self) -> Handle<Generation> {
        self.held.hold()
    }

    /// Whether the candidate decides for whoever has this key. The same key, the same answer.
    pub(crate) fn decides_for(&self, key: u64) -> bool {
        match self.mode {
            TrialMode::Shadow { .. } => false,
            TrialMode::Canary { percent } => {
                self.candidate.condemned().is_none() && spread(key) < grains(percent / 100.0)
            }
        }
    }

    /// Whether the candidate hears the call that ends now: every so many, so that the share is kept exactly.
    pub(crate) fn hears(&self) -> bool {
        match self.mode {
            TrialMode::Canary { .. } => false,
            TrialMode::Shadow { .. } if self.candidate.condemned().is_some() => false,
            TrialMode::Shadow { sample } => {
                let (turn, share) = (self.turn.fetch_add(1, Ordering::Relaxed) % GRAIN, grains(sample));
                (turn + 1) * share / GRAIN != turn * share / GRAIN
            }
        }
    }

    /// Puts a call of the active generation to the candidate. Nothing has an effect but on the counts and the budget.
    pub(crate) async fn hear(&self, recorded: &Recorded) {
        let began = std::time::Instant::now();
        let Replayed { verdict, answer } =
            replay(&self.candidate.plugin, &self.candidate.record.grants, recorded).await;
        self.candidate.note(answer.failure().map_or(Ok(()), Err), began.elapsed());
        self.counts.add(&verdict);
        if verdict != Verdict::Agree {
            let mut differences = self.differences.lock().unwrap_or_else(PoisonError::into_inner);
            differences.push_back(Difference { recorded: recorded.clone(), verdict, candidate: answer });
            if differences.len() > DIFFERENCES_MAX {
                differences.pop_front();
            }
        }
    }

    /// The newest first.
    pub(crate) fn differences(&self, limit: usize) -> Vec<Difference> {
        let differences = self.differences.lock().unwrap_or_else(PoisonError::into_inner);
        differences.iter().rev().take(limit).cloned().collect()
    }
}

impl Counts {
    fn add(&self, verdict: &Verdict) {
        let count = match verdict {
            Verdict::Agree => &self.agree,
            Verdict::Differ { .. } => &self.differ,
            Verdict::Diverged { .. } => &self.diverged,
            Verdict::Failed { .. } => &self.failed,
        };
        count.fetch_add(1, Ordering::Relaxed);
    }
}

/// Spreads keys that lie close together: the finaliser of SplitMix64.
fn spread(key: u64) -> u64 {
    let mut z = key;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (z ^ (z >> 31)) % GRAIN
}

#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "0 to 10,000"
)]
fn grains(share: f64) -> u64 {
    (share.clamp(0.0, 1.0) * GRAIN as f64).round() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_of_keys_is_that_share() {
        let chosen = (0..100_000).filter(|key| spread(*key) < grains(0.05)).count();
        assert!((4_700..5_300).contains(&chosen), "{chosen}");
        assert_eq!((grains(0.0), grains(1.0), grains(0.03)), (0, 10_000, 300));
    }
}
