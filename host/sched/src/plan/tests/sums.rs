//! The counters add up, whatever happens: random ticks, ends of runs, pauses, leaps of the clock and restarts.

use std::collections::BTreeSet;
use std::num::NonZeroU32;

use super::*;
use crate::{BUFFER_MAX, Once};

const SEQUENCES: u64 = 120;
const STEPS: usize = 80;
/// 2026-03-28T22:00:00Z: Berlin sets its clock forward in the night.
const BEGIN: u64 = 1_774_735_200_000;
const HOUR: u64 = 60 * MINUTE;

struct World {
    random: fastrand::Rng,
    bench: Bench,
    now: u64,
    fired: BTreeSet<Timestamp>,
    /// How many plans caught up, missed and gave back something: the test must not be idle.
    seen: [u64; 3],
}

#[test]
fn each_due_time_is_in_exactly_one_counter() {
    let mut seen = [0; 3];
    for seed in 0..SEQUENCES {
        let mut world = World::of(seed);
        (0..STEPS).for_each(|_| world.step());
        world.finish();
        seen = [0, 1, 2].map(|which| seen[which] + world.seen[which]);
    }
    println!("caught up, missed, given back: {seen:?}");
    assert!(seen.iter().all(|times| *times > 50), "{seen:?}");
}

impl World {
    fn of(seed: u64) -> Self {
        let mut random = fastrand::Rng::with_seed(seed);
        let mut bench = Bench::of(schedule(&mut random));
        bench.progress = Progress::new(Timestamp(BEGIN));
        Self { random, bench, now: BEGIN, fired: BTreeSet::new(), seen: [0; 3] }
    }

    fn step(&mut self) {
        match self.random.u32(0..20) {
            0..=6 => self.now = self.bench.next.map_or(self.now + 1, |next| next.0.max(self.now)),
            7..=9 => self.now += self.random.u64(0..10 * MINUTE),
            10..=12 => self.end(),
            13 => self.pause_or_resume(),
            14 => self.leap(),
            15 | 16 => self.restart(),
            17 => self.ask(),
            _ => {}
        }
        self.plan();
    }

    fn end(&mut self) {
        if self.bench.running > 0 {
            let failed = self.random.bool();
            self.bench.end(failed, Timestamp(self.now));
        }
    }

    fn pause_or_resume(&mut self) {
        let (progress, now) = (self.bench.progress.clone(), Timestamp(self.now));
        let schedule = &self.bench.schedule;
        let paused = progress.paused().is_some();
        self.bench.progress =
            if paused { progress.resume(schedule, now) } else { progress.pause(schedule, now) };
    }

    fn leap(&mut self) {
        let by = [HOUR, 10 * YEAR, self.random.u64(0..HOUR)][self.random.usize(0..3)];
        let ahead = self.now < BEGIN + 5 * YEAR && self.random.bool();
        self.now = if ahead { self.now + by } else { self.now.saturating_sub(by).max(BEGIN) };
    }

    fn restart(&mut self) {
        let written = serde_json::to_string(&(&self.bench.schedule, &self.bench.progress)).unwrap();
        let read: (Schedule, Progress) = serde_json::from_str(&written).unwrap();
        assert_eq!((&read.0, &read.1), (&self.bench.schedule, &self.bench.progress));
        (self.bench.schedule, self.bench.progress) = read;
        self.now += self.random.u64(0..30 * MINUTE);
    }

    fn ask(&mut self) {
        let (progress, now) = (self.bench.progress.clone(), self.now);
        let range = (Timestamp(now - self.random.u64(0..HOUR)), Timestamp(now));
        let filled = progress.clone().backfill(&self.bench.schedule, range, range.1);
        let asked = progress.clone().ask().unwrap();
        self.bench.progress = if self.random.bool() { asked } else { filled.unwrap_or(progress) };
    }

    fn plan(&mut self) {
        let before = self.bench.progress.counters().missed;
        let acts = self.bench.at(Timestamp(self.now));
        let due_now = acts.iter().filter(|act| self.note(act)).count();
        assert!(due_now <= 1, "one run is caught up at most: {acts:?}");
        let missed = self.bench.progress.counters().missed;
        self.seen[1] += u64::from(missed > before);
        self.seen[2] += u64::from(missed < before);
        self.check();
    }

    /// Whether it starts what is due now.
    fn note(&mut self, act: &Act) -> bool {
        let Act::Start { due, because } = *act else { return false };
        if matches!(because, Because::Due | Because::CaughtUp | Because::Buffered) {
            assert!(due.0 > BEGIN && self.fired.insert(due), "{due} fires twice");
        }
        self.seen[0] += u64::from(because == Because::CaughtUp);
        matches!(because, Because::Due | Because::CaughtUp)
    }

    fn check(&self) {
        let (schedule, progress) = (&self.bench.schedule, &self.bench.progress);
        let sums = self.bench.sums();
        assert_eq!(sums[0], self.fired.len() as u64, "fired");
        assert_eq!(sums.iter().sum::<u64>(), self.dealt_with(), "{sums:?} in {progress:?}");
        assert!(progress.waiting().len() <= BUFFER_MAX as usize);
        let pending = progress.ledger.pending(Timestamp(self.now));
        let mut ripe =
            pending.iter().filter_map(|span| schedule.next_after(span.after).filter(|d| *d <= span.upto));
        assert!(ripe.all(|due| schedule.starts(due).0 > self.now), "something due is left");
        assert!(self.bench.next.is_none_or(|next| next.0 > self.now), "the next plan lies ahead");
    }

    /// All that was due since the beginning, but for what is not dealt with.
    fn dealt_with(&self) -> u64 {
        let (schedule, ledger) = (&self.bench.schedule, &self.bench.progress.ledger);
        let dealt_with = self.bench.progress.dealt_with();
        let all = schedule.count_in(Span { after: Timestamp(BEGIN), upto: dealt_with });
        all - ledger.pending(dealt_with).iter().map(|span| schedule.count_in(*span)).sum::<u64>()
    }

    /// In the end the clock is right and past all: nothing is left out.
    fn finish(&mut self) {
        self.now = BEGIN + 40 * YEAR;
        self.plan();
        let (schedule, ledger) = (&self.bench.schedule, &self.bench.progress.ledger);
        let left = ledger
            .pending(Timestamp(self.now - HOUR))
            .iter()
            .map(|span| schedule.count_in(*span))
            .sum::<u64>();
        assert!(left <= 1, "{left} due times are left, more than the one that jitter may hold: {ledger:?}");
    }
}

fn schedule(random: &mut fastrand::Rng) -> Schedule {
    let trigger = match random.u32(0..6) {
        0 => Trigger::cron("*/5 * * * *", "Europe/Berlin"),
        1 => Trigger::cron("30 0,2,3 * * *", "Europe/Berlin"),
        2 => Trigger::cron("*/20 * * * * *", "Australia/Lord_Howe"),
        3 => Trigger::cron("0 0 L * *", "America/New_York"),
        4 => Ok(Trigger::Once(Once::new("2026-03-28T23:30:00Z", "UTC").unwrap())),
        _ => Ok(Trigger::Every(
            Every::new(Duration::from_millis(random.u64(1000..HOUR)), Timestamp(7)).unwrap(),
        )),
    };
    let id = random.u32(..).to_string();
    Schedule::new(id, trigger.unwrap(), policy(random)).unwrap()
}

fn policy(random: &mut fastrand::Rng) -> Policy {
    let at_most = random.u32(1..5);
    let buffer = Overlap::BufferAll { at_most };
    let overlaps = [Overlap::Skip, Overlap::BufferOne, buffer, Overlap::CancelOther, Overlap::Allow];
    Policy {
        overlap: overlaps[random.usize(0..5)],
        catch_up: random.bool().then(|| Duration::from_millis(random.u64(0..HOUR))),
        jitter: Duration::from_millis(if random.bool() { random.u64(0..HOUR) } else { 0 }),
        pause_after: if random.bool() { NonZeroU32::new(random.u32(1..4)) } else { None },
        start: random.bool().then(|| Timestamp(BEGIN + random.u64(0..HOUR))),
        end: (random.u32(0..4) == 0).then(|| Timestamp(BEGIN + HOUR + random.u64(0..12 * YEAR))),
    }
}
