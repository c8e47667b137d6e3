//! Health probes, step by step.

use patchbay_types::Timestamp;

use super::*;
use crate::condition::Condition;

const BAD: Finding = Finding::Bad { answered: true };
const SILENT: Finding = Finding::Bad { answered: false };
const GOOD: Finding = Finding::Good { latency: Duration::from_millis(20) };

fn now(seconds: u64) -> Now {
    Now { wall: Timestamp(seconds * 1000), monotonic: Monotonic(Duration::from_secs(seconds)) }
}

fn find(pulse: &mut Pulse, finding: Finding, seconds: u64) -> (Option<Turn>, Probe) {
    let turn = pulse.found(finding, now(seconds), &PoolConfig::default());
    (turn, pulse.state(now(seconds)))
}

fn closed(pulse: &Pulse, seconds: u64) -> Option<u64> {
    pulse.closed(now(seconds), &PoolConfig::default()).map(|left| left.as_secs())
}

#[test]
fn three_failed_probes_in_a_row_are_down_and_a_good_one_is_back() {
    let mut pulse = Pulse::default();
    assert_eq!(find(&mut pulse, GOOD, 0), (None, Probe::Healthy));
    assert_eq!(find(&mut pulse, SILENT, 60), (None, Probe::Degraded));
    assert_eq!(find(&mut pulse, SILENT, 120), (None, Probe::Degraded));
    assert_eq!(find(&mut pulse, SILENT, 180), (Some(Turn::WentDown), Probe::Down));
    assert_eq!(find(&mut pulse, SILENT, 240), (None, Probe::Down));
    assert_eq!(closed(&pulse, 100_000), Some(60), "without an answer no request needs to try");
    assert_eq!(find(&mut pulse, GOOD, 300), (Some(Turn::CameBack), Probe::Degraded));
    assert_eq!((pulse.failures(), closed(&pulse, 300)), (0, None));
    assert_eq!(pulse.success_rate(now(300)), Some(0.2), "the first one is five minutes old");
    assert_eq!(pulse.success_rate(now(700)), None);
}

#[test]
fn one_bad_probe_among_five_is_forgiven_by_the_next_good_one() {
    let mut pulse = Pulse::default();
    for minute in 0..3 {
        find(&mut pulse, GOOD, minute * 60);
    }
    assert_eq!(find(&mut pulse, BAD, 180).1, Probe::Degraded);
    assert_eq!(find(&mut pulse, GOOD, 240).1, Probe::Healthy);
}

#[test]
fn an_answer_without_a_verdict_shows_that_it_lives_and_counts_for_nothing() {
    let mut pulse = Pulse::default();
    for minute in 0..3 {
        find(&mut pulse, BAD, minute * 60);
    }
    assert!(pulse.is_down());
    assert_eq!(pulse.found(Finding::Alive, now(180), &PoolConfig::default()), Some(Turn::CameBack));
    assert_eq!((pulse.failures(), pulse.success_rate(now(180))), (0, Some(0.0)));
}

#[test]
fn a_provider_that_serves_is_never_down() {
    let mut pulse = Pulse::default();
    for minute in 0..20 {
        pulse.served(now(minute * 60 + 30));
        assert_eq!(find(&mut pulse, BAD, (minute + 1) * 60).1, Probe::Degraded);
    }
    assert_eq!(find(&mut pulse, BAD, 21 * 60).1, Probe::Down, "its last request is over an interval ago");
    assert!(pulse.served(now(1261)) && !pulse.is_down());
}

#[test]
fn where_probes_are_answered_badly_one_request_may_try_now_and_then() {
    let (mut pulse, mut condition) = (Pulse::default(), Condition::default());
    for minute in 1..4 {
        find(&mut pulse, BAD, minute * 60);
    }
    assert_eq!((closed(&pulse, 180), closed(&pulse, 240)), (Some(60), None));
    let tries = condition.enter("m");
    pulse.enter(tries, now(240), &PoolConfig::default());
    assert_eq!(closed(&pulse, 301), Some(60), "one at a time");
    pulse.leave(tries);
    assert_eq!(
        (closed(&pulse, 241), closed(&pulse, 300)),
        (Some(59), None),
        "it failed: the next a minute later"
    );
}

#[test]
fn no_more_results_are_kept_than_are_needed() {
    let mut pulse = Pulse::default();
    for second in 0..1000 {
        find(&mut pulse, GOOD, second);
    }
    assert_eq!(pulse.results.len(), RESULTS_MAX);
    find(&mut pulse, GOOD, 2000);
    assert_eq!(pulse.results.len(), 1);
}
