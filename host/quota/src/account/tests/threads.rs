//! Requests of one key on several threads at once.

use std::sync::atomic::AtomicU64;

use super::*;

const THREADS: u64 = 8;
const REQUESTS: usize = 1_000;

/// Of its limits none refuses; each is narrowed in its turn.
const WIDE: Limits = Limits {
    rpm: Some(50_000),
    tpm: Some(5_000_000),
    concurrency: Some(8),
    usd_per_day: Some(NanoUsd(2_000_000)),
    usd_per_month: Some(NanoUsd(2_000_000)),
};

/// One account, the time, and what was spent in truth.
struct Desk {
    limits: Limits,
    account: Arc<Account>,
    ms: AtomicU64,
    spent: AtomicU64,
    refused: AtomicU64,
}

impl Desk {
    /// Each look moves the time a little.
    fn now(&self) -> Now {
        at(self.ms.fetch_add(3, Ordering::SeqCst))
    }

    /// Nothing settles for more than it had set aside, so no limit is passed at any time.
    fn request(&self, random: &mut fastrand::Rng) -> Result<(), Exceeded> {
        let mut stay = self.account.enter(self.now())?;
        self.check();
        for _ in 0..random.u8(1..4) {
            let (tokens, cost) = (random.u64(..400), random.u64(..30));
            stay.reserve(Tokens(tokens), NanoUsd(cost), self.now())?;
            self.check();
            if random.u8(..3) > 0 {
                let (tokens, cost) = (random.u64(..=tokens), random.u64(..=cost));
                stay.settle(Tokens(tokens), NanoUsd(cost), self.now());
                self.spent.fetch_add(cost, Ordering::SeqCst);
            }
            thread::yield_now();
        }
        Ok(())
    }

    fn check(&self) {
        let status = self.account.status(self.now());
        assert!(Some(status.in_flight) <= self.limits.concurrency, "{status:?}");
        assert!(Some(status.requests) <= self.limits.rpm, "{status:?}");
        assert!(Some(status.tokens.0) <= self.limits.tpm, "{status:?}");
        let within =
            |spent, limit: Option<NanoUsd>| limit.is_none_or(|limit| spent + status.reserved <= limit);
        assert!(within(status.spent_today, self.limits.usd_per_day), "{status:?}");
        assert!(within(status.spent_this_month, self.limits.usd_per_month), "{status:?}");
    }

    fn requests(&self, seed: u64) {
        let mut random = fastrand::Rng::with_seed(seed);
        for _ in 0..REQUESTS {
            self.refused.fetch_add(self.request(&mut random).is_err().into(), Ordering::SeqCst);
        }
    }
}

#[test]
fn requests_on_many_threads_pass_no_limit_and_leave_nothing_behind() {
    for (narrow, limits) in [
        ("none", WIDE),
        ("rpm", Limits { rpm: Some(500), ..WIDE }),
        ("tpm", Limits { tpm: Some(40_000), ..WIDE }),
        ("concurrency", Limits { concurrency: Some(1), ..WIDE }),
        ("day", Limits { usd_per_day: Some(NanoUsd(3_000)), ..WIDE }),
        ("month", Limits { usd_per_month: Some(NanoUsd(3_000)), usd_per_day: None, ..WIDE }),
    ] {
        let (status, spent, refused) = run(limits);
        assert_eq!((status.in_flight, status.reserved), (0, NanoUsd(0)), "{narrow}");
        assert_eq!((status.spent_today.0, status.spent_this_month.0), (spent, spent), "{narrow}");
        assert_eq!(refused > 0, narrow != "none", "{narrow}: {refused} were refused");
    }
}

fn run(limits: Limits) -> (AccountStatus, u64, u64) {
    let zero = || AtomicU64::new(0);
    let desk =
        Desk { limits, account: Arc::new(Account::new(limits)), ms: zero(), spent: zero(), refused: zero() };
    thread::scope(|scope| {
        let desk = &desk;
        (0..THREADS).for_each(|seed| {
            scope.spawn(move || desk.requests(seed));
        });
    });
    (desk.account.status(desk.now()), desk.spent.into_inner(), desk.refused.into_inner())
}
