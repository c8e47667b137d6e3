//! Each clock and each loop by itself.

use std::time::Duration;

use patchbay_types::Monotonic;

use super::*;

fn at(seconds: u64) -> Monotonic {
    Monotonic(Duration::from_secs(seconds))
}

fn after(steps: &[Seen]) -> Option<Stuck> {
    let mut watch = Watch::begin(at(0));
    steps.iter().for_each(|seen| watch.see(*seen, at(1)));
    watch.stuck(at(2), &Clocks::default())
}

#[test]
fn a_worker_that_never_said_anything_is_stuck_and_following_lines_do_not_help() {
    let (mut watch, clocks) = (Watch::begin(at(0)), Clocks::default());
    watch.see(Seen::Following, at(590));
    assert_eq!(watch.stuck(at(599), &clocks), None);
    assert_eq!(watch.look_again(&clocks), at(600));
    assert_eq!(watch.stuck(at(600), &clocks), Some(Stuck::NoOutput(clocks.first_output)));
}

#[test]
fn each_clock_runs_by_itself() {
    let clocks = Clocks::default();
    let mut watch = Watch::begin(at(0));
    watch.see(Seen::Line { text: 1 }, at(100));
    assert_eq!(watch.stuck(at(700), &clocks), Some(Stuck::Silent(clocks.silence)));
    for second in (100..=3_700).step_by(300) {
        watch.see(Seen::Line { text: 1 }, at(second));
    }
    assert_eq!(watch.stuck(at(3_699), &clocks), None);
    assert_eq!(watch.stuck(at(3_700), &clocks), Some(Stuck::NoProgress(clocks.progress)));
    watch.see(Seen::Line { text: 2 }, at(86_399));
    assert_eq!(watch.stuck(at(86_400), &clocks), Some(Stuck::TooLong(clocks.total)));
}

#[test]
fn the_fourth_same_call_is_a_loop_and_another_result_is_none() {
    let same = Seen::Call { call: 1, result: 1 };
    assert_eq!(after(&[same; 3]), None);
    assert_eq!(after(&[same; 4]), Some(Stuck::SameCall));
    assert_eq!(after(&[same, same, Seen::Call { call: 1, result: 2 }, same, same]), None);
}

#[test]
fn the_third_same_error_is_a_loop_whatever_is_tried_between() {
    let (error, call) = (Seen::Error { error: 1 }, |call| Seen::Call { call, result: 0 });
    assert_eq!(after(&[error, call(1), error, call(2)]), None);
    assert_eq!(after(&[error, call(1), error, call(2), error]), Some(Stuck::SameError));
    assert_eq!(after(&[error, Seen::Error { error: 2 }, error]), None);
}

#[test]
fn two_calls_in_turn_over_six_are_a_loop() {
    let (a, b) = (Seen::Call { call: 1, result: 1 }, Seen::Call { call: 2, result: 2 });
    assert_eq!(after(&[a, b, a, b, a]), None);
    assert_eq!(after(&[a, b, a, Seen::Line { text: 1 }, b, a, b]), Some(Stuck::Alternating));
    assert_eq!(after(&[a, b, a, b, b, a]), None);
}

#[test]
fn what_is_remembered_has_a_bound() {
    let mut watch = Watch::begin(at(0));
    (0..1_000).for_each(|text| watch.see(Seen::Line { text }, at(1)));
    assert_eq!(watch.steps.len(), STEPS_MAX);
}
