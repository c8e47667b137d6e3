//! Whatever happens in whatever order: what must hold after each step.

use std::collections::BTreeSet;

use super::*;
use crate::Probe;

const STEPS: usize = 400;
const TPM: u64 = 2_000;
const PLACES: u32 = 12;

/// Reasons to refuse that must have been met in all courses together.
const MET: [&str; 5] = ["cooling", "full", "not cooling", "spent", "tokens"];

struct Course {
    world: World,
    random: fastrand::Rng,
    open: Vec<(Permit, bool)>,
    /// Moments of requests, in seconds.
    sent: Vec<u64>,
    now: u64,
    until: Option<Timestamp>,
    met: BTreeSet<&'static str>,
}

impl Course {
    fn new(seed: u64) -> Self {
        let mut definition = definition("a", "primary");
        definition.provider.rpm = 300;
        definition.provider.tpm = Some(TPM);
        definition.provider.max_in_flight = Some(PLACES);
        let world = world(vec![definition]);
        let random = fastrand::Rng::with_seed(seed);
        Self { world, random, open: Vec::new(), sent: Vec::new(), now: 0, until: None, met: BTreeSet::new() }
    }

    fn step(&mut self) {
        match self.random.u8(..10) {
            0..=3 => self.take(),
            4 => self.take_in_emergency(),
            5..=7 => self.end(),
            _ => self.pass(),
        }
        self.check();
    }

    fn take(&mut self) {
        let candidate = self.world.candidate("a");
        let tokens = Tokens(self.random.u64(..400));
        let wanted = Wanted { tokens, ..want("m") };
        let available = self.world.pool.candidates(wanted, &[])[0].available;
        let taken = self.world.pool.take(&candidate, tokens);
        assert_eq!(taken.is_ok(), available, "what is shown as available can be taken: {:?}", taken.err());
        self.entered(taken);
    }

    fn take_in_emergency(&mut self) {
        let before = self.world.candidate("a").health;
        let taken = self.world.pool.take_in_emergency(&self.world.candidate("a"));
        let allowed = before == Health::Cooling;
        assert!(taken.is_err() || allowed, "{before:?}");
        self.entered(taken);
    }

    fn entered(&mut self, taken: Result<Permit, Unavailable>) {
        match taken {
            Ok(permit) => {
                self.open.push((permit, false));
                self.sent.push(self.now);
            }
            Err(refusal) => {
                self.met.insert(word(refusal));
            }
        }
    }

    fn end(&mut self) {
        if self.open.is_empty() {
            return;
        }
        let index = self.random.usize(..self.open.len());
        let (permit, answered) = &mut self.open[index];
        match self.random.u8(..40) {
            0..=15 if !*answered => {
                *answered = true;
                return permit.succeeded(Duration::ZERO);
            }
            16 => permit.failed(&LIMITED, "slow down"),
            17 => permit.failed(&Verdict::ServerError, ""),
            18..=20 => permit.failed(&Verdict::ClientError, ""),
            _ => {}
        }
        if *answered {
            permit.settle(Tokens(self.random.u64(..400)));
        }
        drop(self.open.swap_remove(index));
    }

    fn pass(&mut self) {
        let seconds = self.random.u64(..8);
        self.now += seconds;
        self.world.pass(seconds);
    }

    fn check(&mut self) {
        let status = self.world.pool.status().remove(0);
        assert_eq!(status.in_flight as usize, self.open.len());
        assert!(status.in_flight <= PLACES);
        let minute = self.sent.iter().filter(|at| **at + 60 > self.now).count();
        assert!(minute <= 300 && status.requests_used as usize >= minute, "{minute} in a minute");
        assert_eq!(status.probe.state, Probe::Healthy);
        let until = status.cooling.first().map(|cooling| cooling.until);
        let over = until.is_none() || self.until.is_none();
        assert!(over || until >= self.until, "the deadline moved back from {:?} to {until:?}", self.until);
        self.until = until;
        if let Some(room) = status.ramp {
            assert!(room.is_power_of_two() && room <= 30, "{room}");
        }
    }

    /// When all is over and has rested, nothing is held back.
    fn rest(mut self) -> BTreeSet<&'static str> {
        self.open.clear();
        for _ in 0..20 {
            self.world.pass(700);
            if let Ok(permit) = self.world.try_take("a") {
                permit.succeeded(Duration::ZERO);
            }
        }
        self.world.pass(100);
        let status = self.world.pool.status().remove(0);
        assert_eq!((status.health, status.in_flight, status.ramp), (Health::Healthy, 0, None));
        assert_eq!((status.cooling.len(), status.tokens_used, status.requests_used), (0, Tokens(0), 0));
        assert_eq!(self.world.pool.earliest(Wanted { tokens: Tokens(TPM), ..want("m") }), Duration::ZERO);
        self.met
    }
}

fn word(refusal: Unavailable) -> &'static str {
    match refusal {
        Unavailable::Cooling(_) => "cooling",
        Unavailable::NotCooling => "not cooling",
        Unavailable::Full => "full",
        Unavailable::Spent(_) => "spent",
        Unavailable::Tokens(_) => "tokens",
        other => panic!("one provider alone was refused as {other:?}"),
    }
}

#[tokio::test]
async fn whatever_happens_the_limits_hold_and_all_comes_back() {
    let courses = (0..60).flat_map(|seed| {
        let mut course = Course::new(seed);
        (0..STEPS).for_each(|_| course.step());
        course.rest()
    });
    let met: BTreeSet<&str> = courses.collect();
    assert_eq!(met, BTreeSet::from(MET));
}
