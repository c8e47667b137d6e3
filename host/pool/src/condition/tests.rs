//! Cooldowns, ejections and probes, step by step.

use super::*;

fn now(ms: u64) -> Now {
    Now { wall: Timestamp(1_000_000 + ms), monotonic: Monotonic(Duration::from_millis(ms)) }
}

fn config() -> PoolConfig {
    PoolConfig { jitter: 0.0, ..PoolConfig::default() }
}

fn limit(ticket: Ticket, at_least: Option<u64>) -> Limit<'static> {
    Limit { ticket, model: None, at_least: at_least.map(Duration::from_secs), reason: "slow down" }
}

fn refuse(condition: &mut Condition, ticket: Ticket, ms: u64) -> Option<Change> {
    condition.limited(&limit(ticket, None), now(ms), &config()).map(|(change, _)| change)
}

fn seconds(condition: &Condition, ms: u64) -> Option<u64> {
    condition.cooling("m", now(ms)).map(|left| left.as_secs())
}

#[test]
fn sixteen_refusals_of_one_moment_are_one_cooldown() {
    let mut condition = Condition::default();
    let tickets: Vec<Ticket> = (0..16).map(|_| condition.enter("m")).collect();
    let told: Vec<_> = tickets.iter().filter_map(|ticket| refuse(&mut condition, *ticket, 0)).collect();
    assert_eq!(told, [Change::Started]);
    assert_eq!((condition.coolings()[0].count, seconds(&condition, 0)), (1, Some(30)));
}

#[test]
fn a_late_refusal_raises_the_deadline_and_not_the_count() {
    let mut condition = Condition::default();
    let (first, late) = (condition.enter("m"), condition.enter("m"));
    refuse(&mut condition, first, 0);
    let told = condition.limited(&limit(late, Some(90)), now(10), &config()).map(|(change, _)| change);
    assert_eq!((told, seconds(&condition, 10)), (Some(Change::Prolonged), Some(90)));
    assert_eq!(condition.coolings()[0].count, 1);
}

#[test]
fn each_refused_probe_doubles_the_pause_up_to_the_maximum_and_a_good_answer_resets_it() {
    let mut condition = Condition::default();
    let mut ms = 0;
    for expected in [30, 60, 120, 240, 480, 600, 600] {
        assert_eq!(seconds(&condition, ms), None, "when the time is up a probe may go");
        let probe = condition.enter("m");
        assert_eq!(refuse(&mut condition, probe, ms), Some(Change::Started));
        assert_eq!(seconds(&condition, ms), Some(expected));
        ms += expected * 1000;
    }
    let probe = condition.enter("m");
    assert_eq!(condition.succeeded(probe, "m", 4).len(), 1);
    let next = condition.enter("m");
    refuse(&mut condition, next, ms);
    assert_eq!((condition.coolings()[0].count, seconds(&condition, ms)), (1, Some(30)));
}

#[test]
fn one_probe_goes_first_and_a_dropped_one_lets_the_next_go() {
    let mut condition = Condition::default();
    let (first, stream) = (condition.enter("m"), condition.enter("m"));
    refuse(&mut condition, first, 0);
    assert!(condition.succeeded(stream, "m", 4).is_empty(), "an answer to an earlier request proves nothing");
    let probe = condition.enter("m");
    assert_eq!(seconds(&condition, 30_000), Some(0));
    condition.release(first);
    assert_eq!(seconds(&condition, 30_000), Some(0), "only the probe itself ends the wait for it");
    condition.release(probe);
    assert_eq!(seconds(&condition, 30_000), None);
}

#[test]
fn a_limit_of_one_model_leaves_the_others_alone() {
    let mut condition = Condition::default();
    let ticket = condition.enter("big");
    let model: Arc<str> = "big".into();
    let about = Limit { model: Some(&model), ..limit(ticket, None) };
    condition.limited(&about, now(0), &config());
    assert_eq!(condition.cooling("big", now(0)), Some(Duration::from_secs(30)));
    assert_eq!(condition.cooling("small", now(0)), None);
    condition.forget_models(|name| name != "big");
    assert_eq!(condition.cooling("big", now(0)), None);
}

#[test]
fn jitter_stays_within_its_share_and_never_undercuts_the_provider() {
    for _ in 0..500 {
        let mut condition = Condition::default();
        let ticket = condition.enter("m");
        let jittered = PoolConfig::default();
        condition.limited(&limit(ticket, Some(30)), now(0), &jittered);
        let left = condition.cooling("m", now(0)).unwrap();
        assert!((30_000..=33_000).contains(&left.as_millis()), "{left:?}");
    }
}

#[test]
fn failures_eject_and_a_good_probe_brings_back() {
    let mut condition = Condition::default();
    for expected in [false, false, false, false, true] {
        let ticket = condition.enter("m");
        assert_eq!(condition.failed(ticket, now(0), &config()), expected);
    }
    let straggler = condition.enter("m");
    condition.eject(now(0), &config());
    assert!(!condition.failed(straggler, now(10), &config()), "a straggler does not eject again");
    assert_eq!(condition.ejected(now(29_999)), Some(Duration::from_millis(1)));
    let bad_probe = condition.enter("m");
    condition.failed(bad_probe, now(30_000), &config());
    assert_eq!(condition.ejected(now(30_000)), Some(Duration::from_secs(30)));
    let good_probe = condition.enter("m");
    assert_eq!(condition.ejected(now(60_000)), Some(Duration::ZERO));
    condition.succeeded(good_probe, "m", 4);
    assert_eq!(condition.ejected(now(60_000)), None);
}

#[test]
fn failures_that_are_old_or_made_up_for_do_not_eject() {
    let mut condition = Condition::default();
    for round in 0..20 {
        let (bad, good) = (condition.enter("m"), condition.enter("m"));
        assert!(!condition.failed(bad, now(round), &config()));
        condition.succeeded(good, "m", 4);
    }
    for round in 0..20 {
        let ticket = condition.enter("m");
        assert!(!condition.failed(ticket, now(1_000 + round * 10_000), &config()), "three in 30 s");
    }
}

#[test]
fn whatever_happens_a_cooldown_only_ends_later_until_it_is_over() {
    let mut random = fastrand::Rng::with_seed(3);
    let jittered = PoolConfig::default();
    for _ in 0..200 {
        let mut condition = Condition::default();
        let (mut ms, mut open, mut last) = (0, Vec::new(), None::<Timestamp>);
        for _ in 0..300 {
            ms += random.u64(..20_000);
            if condition.cooling("m", now(ms)).is_none() {
                open.push(condition.enter("m"));
            }
            let ended = match open.is_empty() {
                true => None,
                false => Some(open.swap_remove(random.usize(..open.len()))),
            };
            let over = match (ended, random.u8(..4)) {
                (None, _) => false,
                (Some(ticket), 0) => !condition.succeeded(ticket, "m", 4).is_empty(),
                (Some(ticket), 1) => {
                    condition.release(ticket);
                    false
                }
                (Some(ticket), _) => {
                    let floor = random.bool().then(|| random.u64(..900));
                    condition.limited(&limit(ticket, floor), now(ms), &jittered);
                    false
                }
            };
            let until = condition.coolings().first().map(|cooling| cooling.until);
            assert!(over || until >= last, "the deadline moved back from {last:?} to {until:?}");
            last = until;
        }
    }
}
