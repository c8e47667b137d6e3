//! Runs that meet others, that are late, and that fail.

use std::num::NonZeroU32;

use super::*;

/// A run from minute 1 on, and plans in minutes 2, 3 and 4; just before minute 5 it ends.
fn through(overlap: Overlap) -> (Vec<Act>, Bench) {
    let mut bench = Bench::of(with(overlap));
    let mut acts = bench.at(minute(1));
    (2..=4).for_each(|n| acts.extend(bench.at(minute(n))));
    bench.end(false, Timestamp(minute(5).0 - 1));
    acts.extend(bench.at(Timestamp(minute(5).0 - 1)));
    (acts, bench)
}

#[test]
fn skip_leaves_out_what_is_due_while_another_runs() {
    let (acts, bench) = through(Overlap::Skip);
    assert_eq!((acts, bench.sums()), (vec![start(1, Because::Due)], [1, 3, 0, 0, 0]));
}

#[test]
fn buffer_one_keeps_the_first_that_waits() {
    let (acts, bench) = through(Overlap::BufferOne);
    let expected = vec![start(1, Because::Due), start(2, Because::Buffered)];
    assert_eq!((acts, bench.sums()), (expected, [2, 0, 0, 2, 0]));
}

#[test]
fn buffer_all_keeps_so_many_and_starts_them_one_by_one() {
    let (acts, mut bench) = through(Overlap::BufferAll { at_most: 2 });
    let expected = vec![start(1, Because::Due), start(2, Because::Buffered)];
    assert_eq!((acts, bench.sums()), (expected, [2, 0, 0, 1, 1]));
    assert_eq!(bench.at(minute(5)), [], "minute 5 waits behind minute 3");
    bench.end(false, minute(5));
    assert_eq!(bench.at(minute(5)), [start(3, Because::Buffered)]);
    bench.end(false, minute(5));
    assert_eq!(bench.at(minute(5)), [start(5, Because::Buffered)]);
    assert_eq!(bench.sums(), [4, 0, 0, 1, 0]);
}

#[test]
fn cancel_other_cancels_before_it_starts() {
    let (acts, bench) = through(Overlap::CancelOther);
    let again = |due| [Act::CancelRunning, start(due, Because::Due)];
    let later = [2, 3, 4].into_iter().flat_map(again);
    let expected: Vec<Act> = [start(1, Because::Due)].into_iter().chain(later).collect();
    assert_eq!((acts, bench.sums()), (expected, [4, 0, 0, 0, 0]));
}

#[test]
fn allow_lets_all_run() {
    let (acts, bench) = through(Overlap::Allow);
    assert_eq!((acts.len(), bench.running, bench.sums()), (4, 3, [4, 0, 0, 0, 0]));
}

#[test]
fn of_several_that_come_late_only_the_last_runs() {
    let mut bench = Bench::of(with(Overlap::BufferAll { at_most: 9 }));
    assert_eq!(bench.at(Timestamp(minute(7).0 + 5_000)), [start(7, Because::CaughtUp)]);
    assert_eq!((bench.sums(), bench.next), ([1, 0, 6, 0, 0], Some(minute(8))));
}

#[test]
fn a_run_that_comes_later_than_its_window_is_missed() {
    let policy = Policy { catch_up: Some(Duration::from_secs(20)), ..Policy::default() };
    for (late, acts, sums) in [
        (9_000, vec![start(1, Because::Due)], [1, 0, 0, 0, 0]),
        (20_000, vec![start(1, Because::CaughtUp)], [1, 0, 0, 0, 0]),
        (20_001, vec![], [0, 0, 1, 0, 0]),
    ] {
        let mut bench = Bench::of(each_minute(policy));
        assert_eq!((bench.at(Timestamp(minute(1).0 + late)), bench.sums()), (acts, sums), "{late} ms late");
    }
}

#[test]
fn with_nothing_due_nothing_changes() {
    let mut bench = Bench::of(with(Overlap::Skip));
    bench.at(minute(1));
    let before = bench.progress.clone();
    assert_eq!(bench.at(Timestamp(minute(2).0 - 1)), []);
    assert_eq!((bench.progress, bench.next), (before, Some(minute(2))));
}

#[test]
fn failures_in_a_row_pause_and_what_falls_into_the_pause_is_missed() {
    let policy = Policy { pause_after: NonZeroU32::new(2), ..Policy::default() };
    let mut bench = Bench::of(each_minute(policy));
    for (n, failed) in [(1, true), (2, false), (3, true), (4, true)] {
        assert_eq!(bench.at(minute(n)), [start(n, Because::Due)]);
        bench.end(failed, minute(n));
    }
    let paused = bench.progress.paused().map(|paused| (paused.since, paused.failures));
    assert_eq!(paused, Some((minute(4), Some(2))));
    assert_eq!((bench.at(minute(6)), bench.sums(), bench.next), (vec![], [4, 0, 2, 0, 0], None));
    bench.progress = bench.progress.clone().resume(&bench.schedule, minute(8));
    assert_eq!((bench.at(minute(8)), bench.sums(), bench.next), (vec![], [4, 0, 4, 0, 0], Some(minute(9))));
    assert_eq!((bench.at(minute(9)), bench.progress.failures_in_a_row()), (vec![start(9, Because::Due)], 0));
}

#[test]
fn what_waits_goes_on_waiting_in_a_pause() {
    let mut bench = Bench::of(with(Overlap::BufferOne));
    bench.at(minute(1));
    bench.at(minute(2));
    bench.progress = bench.progress.clone().pause(&bench.schedule, minute(2));
    bench.end(false, minute(2));
    assert_eq!((bench.at(minute(2)), bench.sums()), (vec![], [1, 0, 0, 0, 1]));
    bench.progress = bench.progress.clone().resume(&bench.schedule, minute(2));
    assert_eq!(bench.at(minute(2)), [start(2, Because::Buffered)]);
}

#[test]
fn jitter_moves_the_start_and_counts_once() {
    let schedule = each_minute(Policy { jitter: Duration::from_secs(50), ..Policy::default() });
    let begins = schedule.starts(minute(1));
    assert!(begins > minute(1), "this id has some");
    let mut bench = Bench::of(schedule);
    assert_eq!((bench.at(minute(1)), bench.next), (vec![], Some(begins)));
    assert_eq!((bench.at(begins), bench.sums()), (vec![start(1, Because::Due)], [1, 0, 0, 0, 0]));
    bench.end(false, begins);
    let late = Timestamp(minute(4).0 + 1);
    assert_eq!(
        (bench.at(late), bench.sums()),
        (vec![start(3, Because::CaughtUp)], [2, 0, 1, 0, 0]),
        "4 is not yet"
    );
}
