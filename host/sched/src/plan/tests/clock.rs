//! A clock that goes back, leaps ahead, and comes back.

use super::*;

#[test]
fn nothing_fires_twice_when_the_clock_goes_back() {
    let mut bench = Bench::of(with(Overlap::Allow));
    (1..=90).for_each(|n| assert_eq!(bench.at(minute(n)), [start(n, Because::Due)]));
    (30..=90).for_each(|n| assert_eq!(bench.at(minute(n)), []));
    assert_eq!((bench.at(minute(91)), bench.sums()), (vec![start(91, Because::Due)], [91, 0, 0, 0, 0]));
}

#[test]
fn a_leap_ahead_runs_one_and_misses_the_rest() {
    let mut bench = Bench::of(with(Overlap::Allow));
    assert_eq!(bench.at(minute(61)), [start(61, Because::CaughtUp)]);
    assert_eq!(bench.sums(), [1, 0, 60, 0, 0]);
}

#[test]
fn what_a_leap_missed_comes_in_its_time_when_the_clock_comes_back() {
    let years = 10 * YEAR / MINUTE;
    let mut bench = Bench::of(with(Overlap::Allow));
    bench.at(minute(1));
    assert_eq!(bench.at(minute(years)), [start(years, Because::CaughtUp)]);
    assert_eq!(bench.at(minute(years + 1)), [start(years + 1, Because::Due)]);
    assert_eq!(bench.sums(), [3, 0, years - 2, 0, 0]);
    assert_eq!(
        (bench.at(minute(2)), bench.next),
        (vec![], Some(minute(3))),
        "what is not ahead stays missed"
    );
    assert_eq!(bench.sums(), [3, 0, 1, 0, 0]);
    (3..=9).for_each(|n| assert_eq!(bench.at(minute(n)), [start(n, Because::Due)]));
    assert_eq!(bench.at(minute(years + 5)), [start(years + 5, Because::CaughtUp)]);
    assert_eq!(bench.sums(), [11, 0, years - 6, 0, 0], "it leapt again, over what had run there");
    assert_eq!((bench.at(minute(20)), bench.next), (vec![], Some(minute(21))));
}

#[test]
fn after_a_leap_and_back_what_ran_beyond_does_not_run_again() {
    let mut bench = Bench::of(with(Overlap::Allow));
    bench.at(minute(60));
    (61..=65).for_each(|n| assert_eq!(bench.at(minute(n)).len(), 1));
    let again: Vec<u64> = (1..=70).filter(|n| !bench.at(minute(*n)).is_empty()).collect();
    assert_eq!(again, (2..=59).chain(66..=70).collect::<Vec<u64>>());
    assert_eq!(bench.sums(), [69, 0, 1, 0, 0]);
}

#[test]
fn the_same_arguments_give_the_same_plan() {
    let (schedule, progress) = (with(Overlap::CancelOther), Progress::new(minute(0)));
    let once = plan(&schedule, &progress, minute(9), 3);
    assert_eq!(once, plan(&schedule, &progress, minute(9), 3));
}
