//! Plans, with a clock that is moved by hand.

mod by_hand;
mod clock;
mod overlap;
mod sums;

use std::time::Duration;

use super::*;
use crate::schedule::Span;
use crate::{Counters, Every, Overlap, Policy, Trigger, ended};

const MINUTE: u64 = 60_000;
const YEAR: u64 = 365 * 24 * 60 * MINUTE;

/// Each minute from 1970 on; begun at minute 0.
fn each_minute(policy: Policy) -> Schedule {
    let every = Every::new(Duration::from_secs(60), Timestamp(0)).unwrap();
    Schedule::new("s", Trigger::Every(every), policy).unwrap()
}

fn with(overlap: Overlap) -> Schedule {
    each_minute(Policy { overlap, ..Policy::default() })
}

fn minute(n: u64) -> Timestamp {
    Timestamp(n * MINUTE)
}

fn start(due: u64, because: Because) -> Act {
    Act::Start { due: minute(due), because }
}

/// A schedule whose clock is moved by hand and whose runs go until they are ended.
struct Bench {
    schedule: Schedule,
    progress: Progress,
    running: u32,
    next: Option<Timestamp>,
}

impl Bench {
    fn of(schedule: Schedule) -> Self {
        Self { schedule, progress: Progress::new(minute(0)), running: 0, next: None }
    }

    fn at(&mut self, now: Timestamp) -> Vec<Act> {
        let plan = plan(&self.schedule, &self.progress, now, self.running);
        for act in &plan.act {
            self.running = if *act == Act::CancelRunning { 0 } else { self.running + 1 };
        }
        (self.progress, self.next) = (plan.progress, plan.next);
        plan.act
    }

    fn end(&mut self, failed: bool, now: Timestamp) {
        self.running -= 1;
        self.progress = ended(&self.schedule, &self.progress, failed, now);
    }

    /// Fired, skipped, missed, dropped, waiting.
    fn sums(&self) -> [u64; 5] {
        let Counters { fired, skipped, missed, dropped, .. } = self.progress.counters();
        [fired, skipped, missed, dropped, self.progress.waiting().len() as u64]
    }
}
