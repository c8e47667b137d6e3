//! Tokens over minutes that pass at once, beside a list that keeps everything.

use super::*;

fn at(ms: u64) -> Monotonic {
    Monotonic(Duration::from_millis(ms))
}

/// Every amount with its moment. What the rate counts lies between the last 60 s of it and the last 61 s.
#[derive(Default)]
struct Everything(Vec<(u64, u64)>);

impl Everything {
    fn last(&self, seconds: u64, now: u64) -> u64 {
        self.0.iter().filter(|(ms, _)| ms + seconds * 1_000 > now).map(|(_, tokens)| tokens).sum()
    }

    fn check(&self, rate: &mut TokenRate, now: u64) {
        let used = rate.used(at(now)).0;
        assert!(self.last(60, now) <= used && used <= self.last(61, now), "{used} at {now} ms");
        assert!(rate.cells.len() <= 61, "{} cells", rate.cells.len());
    }
}

#[test]
fn no_sixty_seconds_pass_the_limit_whatever_the_arrivals() {
    let mut random = fastrand::Rng::with_seed(17);
    for limit in [1, 50, 1_000, 90_000] {
        let (mut rate, mut everything, mut now) = (TokenRate::new(limit), Everything::default(), 0);
        while now < 400_000 {
            now += [0, 1, 40, 999, 7_000][random.usize(..5)];
            let estimate = random.u64(1..=limit.div_ceil(4));
            if rate.reserve(Tokens(estimate), at(now)).is_ok() {
                everything.0.push((now, estimate));
            }
            assert!(everything.last(60, now) <= limit, "limit {limit} at {now} ms");
            everything.check(&mut rate, now);
        }
    }
}

#[test]
fn estimates_are_set_right_in_any_order_and_nothing_is_lost() {
    let mut random = fastrand::Rng::with_seed(19);
    let (mut rate, mut everything, mut now) = (TokenRate::new(10_000), Everything::default(), 0);
    let mut open: Vec<(usize, Reserved)> = Vec::new();
    for _ in 0..20_000 {
        now += [0, 1, 300, 2_000][random.usize(..4)];
        let estimate = random.u64(0..800);
        if let Ok(reserved) = rate.reserve(Tokens(estimate), at(now)) {
            open.push((everything.0.len(), reserved));
            everything.0.push((now, estimate));
        }
        if !open.is_empty() && random.bool() {
            let (index, reserved) = open.swap_remove(random.usize(..open.len()));
            let (actual, estimate) = (random.u64(0..1_600), everything.0[index].1);
            rate.settle(reserved, Tokens(actual), at(now));
            everything.0[index].1 = actual.min(estimate);
            everything.0.push((now, actual.saturating_sub(estimate)));
        }
        everything.check(&mut rate, now);
    }
}

#[test]
fn the_wait_is_honest_to_the_millisecond() {
    let mut random = fastrand::Rng::with_seed(23);
    let (mut rate, mut now) = (TokenRate::new(1_000), Duration::ZERO);
    for _ in 0..500 {
        let estimate = Tokens(random.u64(1..1_500));
        let wait = rate.wait(estimate, Monotonic(now));
        if let Some(before) = wait.checked_sub(Duration::from_millis(1)) {
            let early = rate.reserve(estimate, Monotonic(now + before));
            assert_eq!(early, Err(Duration::from_millis(1)), "it fitted earlier");
        }
        now += wait;
        let reserved = rate.reserve(estimate, Monotonic(now)).expect("it did not fit after the wait");
        rate.settle(reserved, Tokens(random.u64(..2_000)), Monotonic(now));
        now += Duration::from_millis(random.u64(..5_000));
    }
}

#[test]
fn an_estimate_beyond_the_limit_runs_when_it_is_alone() {
    let mut rate = TokenRate::new(100);
    let small = rate.reserve(Tokens(1), at(0)).unwrap();
    assert_eq!(rate.reserve(Tokens(500), at(0)), Err(Duration::from_secs(61)));
    rate.give_back(small);
    let large = rate.reserve(Tokens(500), at(0)).unwrap();
    assert_eq!((rate.used(at(0)), rate.left(at(0))), (Tokens(500), Tokens(0)));
    assert!(rate.reserve(Tokens(1), at(0)).is_err());
    rate.settle(large, Tokens(40), at(5_000));
    assert_eq!(rate.left(at(5_000)), Tokens(60));
}

#[test]
fn the_truth_beyond_the_limit_makes_the_next_ones_wait() {
    let mut rate = TokenRate::new(100);
    let reserved = rate.reserve(Tokens(100), at(0)).unwrap();
    rate.settle(reserved, Tokens(250), at(30_000));
    assert_eq!(rate.used(at(30_000)), Tokens(250));
    assert_eq!(rate.wait(Tokens(1), at(30_000)), Duration::from_secs(61), "150 were told now");
    assert_eq!((rate.used(at(61_000)), rate.used(at(91_000))), (Tokens(150), Tokens(0)));
}

#[test]
fn what_a_request_of_more_than_a_minute_used_beyond_its_estimate_is_counted() {
    let mut rate = TokenRate::new(100);
    let reserved = rate.reserve(Tokens(100), at(0)).unwrap();
    let other = rate.reserve(Tokens(30), at(90_000)).unwrap();
    rate.settle(reserved, Tokens(160), at(90_000));
    assert_eq!(
        rate.used(at(90_000)),
        Tokens(90),
        "its estimate is forgotten, and nothing else is taken for it"
    );
    rate.settle(other, Tokens(30), at(90_000));
    assert_eq!(rate.used(at(90_000)), Tokens(90));
}

#[test]
fn a_changed_limit_keeps_what_is_counted() {
    let mut rate = TokenRate::new(1_000);
    rate.add(Tokens(600), at(0));
    rate.set_per_minute(500, at(1_000));
    assert_eq!((rate.per_minute(), rate.left(at(1_000))), (500, Tokens(0)));
    rate.set_per_minute(0, at(1_000));
    assert_eq!(rate.per_minute(), 1, "a limit of zero could never be kept");
}

#[test]
fn a_restart_does_not_hand_out_a_fresh_minute() {
    let mut rate = TokenRate::new(1_000);
    rate.restore(Tokens(900), Duration::from_secs(20), at(0));
    assert_eq!(rate.left(at(0)), Tokens(100));
    assert_eq!(rate.wait(Tokens(101), at(0)), Duration::from_secs(41));
    rate.restore(Tokens(900), MINUTE, at(0));
    assert_eq!(rate.used(at(0)), Tokens(900), "what is a minute old does not count");
}

#[test]
fn a_clock_that_was_read_late_loses_nothing() {
    let mut rate = TokenRate::new(1_000);
    let new = rate.reserve(Tokens(10), at(5_000)).unwrap();
    let old = rate.reserve(Tokens(20), at(4_999)).unwrap();
    assert_eq!(rate.used(at(4_999)), Tokens(30));
    assert_eq!(old.second, new.second, "seconds stay in order");
    rate.give_back(old);
    rate.give_back(new);
    assert_eq!(rate.used(at(5_000)), Tokens(0));
}

#[test]
fn numbers_without_end_do_not_panic() {
    let mut rate = TokenRate::new(u64::MAX);
    let reserved = rate.reserve(Tokens(u64::MAX), at(0)).unwrap();
    rate.add(Tokens(u64::MAX), at(2_000));
    rate.settle(reserved, Tokens(0), at(2_000));
    let end = Monotonic(Duration::MAX);
    rate.add(Tokens(u64::MAX), end);
    assert_eq!(rate.wait(Tokens(u64::MAX), at(3_000)), Duration::from_secs(u64::MAX) - moment(at(3_000)));
    let _ = (rate.used(end), rate.left(end), rate.wait(Tokens(1), end));
}
