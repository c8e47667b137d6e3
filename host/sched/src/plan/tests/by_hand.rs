//! Runs that somebody asks for, and backfills.

use super::*;
use crate::{ASKED_MAX, BackfillError, Filling};

#[test]
fn a_run_that_is_asked_for_waits_for_another_and_counts_apart() {
    let mut bench = Bench::of(with(Overlap::Skip));
    bench.at(minute(1));
    bench.progress = bench.progress.clone().ask().unwrap();
    assert_eq!(bench.at(minute(1)), []);
    bench.end(false, minute(1));
    let now = Timestamp(minute(1).0 + 5);
    assert_eq!(bench.at(now), [Act::Start { due: now, because: Because::Now }]);
    assert_eq!((bench.sums(), bench.progress.counters().by_hand), ([1, 0, 0, 0, 0], 1));
}

#[test]
fn a_run_that_is_asked_for_starts_in_a_pause_and_cancels_others_if_that_is_the_policy() {
    let mut bench = Bench::of(with(Overlap::CancelOther));
    bench.at(minute(1));
    bench.progress = bench.progress.clone().pause(&bench.schedule, minute(1)).ask().unwrap().ask().unwrap();
    assert_eq!(bench.at(minute(1)), [Act::CancelRunning, start(1, Because::Now)]);
}

#[test]
fn asks_are_bounded() {
    let full = (0..ASKED_MAX).try_fold(Progress::new(minute(0)), |progress, _| progress.ask()).unwrap();
    assert!(full.ask().unwrap_err().to_string().starts_with("100 runs wait that were asked for"));
}

#[test]
fn a_backfill_runs_one_after_the_other() {
    let mut bench = Bench::of(with(Overlap::Skip));
    let range = (minute(10), minute(12));
    bench.progress = Progress::new(minute(100)).backfill(&bench.schedule, range, minute(100)).unwrap();
    let under_way = bench.progress.clone().backfill(&bench.schedule, (minute(1), minute(2)), minute(100));
    assert_eq!(under_way, Err(BackfillError::UnderWay { to: minute(12) }));
    for due in 10..=12 {
        assert_eq!(bench.at(minute(100)), [start(due, Because::Backfill)]);
        assert_eq!(bench.at(minute(100)), [], "it runs");
        bench.end(false, minute(100));
    }
    assert_eq!((bench.at(minute(100)), bench.sums()), (vec![], [0, 0, 0, 0, 0]));
    assert_eq!(bench.progress.counters().by_hand, 3);
    assert!(
        bench.progress.backfill(&bench.schedule, (minute(1), minute(2)), minute(100)).is_ok(),
        "it is done"
    );
}

#[test]
fn a_backfill_tells_how_far_it_has_come_stands_in_a_pause_and_can_be_cancelled() {
    let mut bench = Bench::of(with(Overlap::Skip));
    assert_eq!(bench.progress.clone().cancel_backfill(), Err(BackfillError::NotUnderWay));
    let range = (minute(10), minute(12));
    bench.progress = Progress::new(minute(100)).backfill(&bench.schedule, range, minute(100)).unwrap();
    let told = |done, left| Some(Filling { from: minute(10), to: minute(12), done, left });
    assert_eq!(bench.progress.filling(&bench.schedule), told(0, 3));
    bench.at(minute(100));
    bench.end(true, minute(100));
    bench.progress = bench.progress.clone().pause(&bench.schedule, minute(100));
    assert_eq!(bench.at(minute(100)), []);
    assert_eq!(bench.progress.filling(&bench.schedule), told(1, 2));
    let text = serde_json::to_string(&bench.progress).unwrap();
    assert_eq!(serde_json::from_str::<Progress>(&text).unwrap(), bench.progress);
    bench.progress = bench.progress.clone().cancel_backfill().unwrap().resume(&bench.schedule, minute(100));
    assert_eq!((bench.at(minute(100)), bench.progress.filling(&bench.schedule)), (vec![], None));
}

#[test]
fn a_backfill_runs_at_once_where_all_may_run_and_cancels_nothing() {
    for (overlap, starts) in [(Overlap::Allow, 1000), (Overlap::CancelOther, 0)] {
        let mut bench = Bench::of(with(overlap));
        let range = (minute(1), minute(1000));
        bench.running = 1;
        bench.progress = Progress::new(minute(2000)).backfill(&bench.schedule, range, minute(2000)).unwrap();
        assert_eq!(bench.at(minute(2000)).len(), starts);
    }
}

#[test]
fn a_backfill_that_is_too_long_or_not_past_is_refused() {
    let (schedule, progress) = (with(Overlap::Skip), Progress::new(minute(5000)));
    let ask = |from, to| {
        progress.clone().backfill(&schedule, (minute(from), minute(to)), minute(5000)).unwrap_err()
    };
    assert_eq!(ask(1, 1001), BackfillError::TooMany { from: minute(1), to: minute(1001), found: 1001 });
    assert!(matches!(ask(9, 8), BackfillError::Range { .. }));
    assert!(matches!(ask(4999, 5001), BackfillError::Range { .. }));
    let between = (Timestamp(minute(1).0 + 1), Timestamp(minute(2).0 - 1));
    let nothing = progress.backfill(&schedule, between, minute(5000)).unwrap_err();
    assert_eq!(nothing, BackfillError::Nothing { from: between.0, to: between.1 });
}
