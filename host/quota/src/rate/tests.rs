//! The bucket over minutes that pass at once.

use super::*;

fn at(ms: u64) -> Monotonic {
    Monotonic(Duration::from_millis(ms))
}

fn takes(bucket: &mut Rate, until_ms: u64, step_ms: u64) -> Vec<u64> {
    (0..until_ms)
        .step_by(usize::try_from(step_ms).unwrap())
        .filter(|ms| bucket.take(at(*ms)).is_ok())
        .collect()
}

fn busiest_minute(takes: &[u64]) -> usize {
    takes
        .iter()
        .map(|end| takes.iter().filter(|take| **take <= *end && **take + 60_000 > *end).count())
        .max()
        .unwrap_or(0)
}

#[test]
fn the_first_minute_lets_through_the_limit_and_not_twice() {
    let mut bucket = Rate::new(60);
    assert_eq!(bucket.left(at(0)), 6);
    let taken = takes(&mut bucket, 60_000, 10);
    assert_eq!(taken.len(), 60);
    assert_eq!(
        taken.iter().filter(|ms| **ms == 0 || **ms < 1_000).count(),
        6,
        "a burst is a tenth of the limit"
    );
}

#[test]
fn the_smallest_rate_is_one_a_minute() {
    let mut bucket = Rate::new(1);
    assert_eq!(takes(&mut bucket, 180_000, 100), [0, 60_000, 120_000]);
}

#[test]
fn no_sixty_seconds_pass_the_limit_whatever_the_arrivals() {
    let mut random = fastrand::Rng::with_seed(7);
    for rpm in [1, 3, 7, 40, 599, 6_000, 6_001, 9_000] {
        let mut bucket = Rate::new(rpm);
        let (mut now, mut taken) = (0, Vec::new());
        while now < 200_000 {
            now += [0, 1, 3, 40, 3_000][random.usize(..5)];
            while taken.len() < 40_000 && random.u8(..10) > 0 && bucket.take(at(now)).is_ok() {
                taken.push(now);
            }
        }
        let mut start = 0;
        for (index, take) in taken.iter().enumerate() {
            while taken[start] + 60_000 <= *take {
                start += 1;
            }
            assert!(index - start < rpm as usize, "rpm {rpm}: {} in a minute", index - start + 1);
        }
    }
}

#[test]
fn a_changed_rate_keeps_what_was_sent() {
    let mut random = fastrand::Rng::with_seed(11);
    let mut bucket = Rate::new(6_500);
    let mut taken = Vec::new();
    let mut smallest = 6_500;
    for ms in (0..50_000).step_by(5) {
        if random.u16(..500) == 0 {
            bucket.set_rpm([50, 5_900, 6_500][random.usize(..3)], at(ms));
        }
        if bucket.take(at(ms)).is_ok() {
            taken.push(ms);
        }
        smallest = smallest.min(bucket.rpm());
    }
    assert!(smallest == 50 && busiest_minute(&taken) <= 6_500);
    bucket.set_rpm(50, at(50_000));
    assert!(bucket.take(at(50_000)).is_err(), "a lower limit counts what was sent under the higher one");
}

#[test]
fn the_wait_is_honest_to_the_millisecond() {
    for rpm in [1, 7, 40, 6_500] {
        let mut bucket = Rate::new(rpm);
        let mut now = Duration::ZERO;
        for _ in 0..rpm * 2 {
            let wait = bucket.wait(Monotonic(now));
            if let Some(before) = wait.checked_sub(Duration::from_millis(1)) {
                assert!(
                    bucket.take(Monotonic(now + before)).is_err(),
                    "rpm {rpm}: it could be taken earlier"
                );
            }
            now += wait;
            assert_eq!(
                bucket.take(Monotonic(now)),
                Ok(()),
                "rpm {rpm}: it could not be taken after the wait"
            );
        }
    }
}

#[test]
fn a_restart_does_not_hand_out_a_fresh_minute() {
    let mut bucket = Rate::new(40);
    bucket.restore(40, Duration::from_secs(20), at(0));
    assert_eq!((bucket.left(at(0)), bucket.used(at(0))), (0, 40));
    assert_eq!(bucket.take(at(0)), Err(Duration::from_secs(40)));
    assert_eq!(bucket.take(at(40_000)), Ok(()));
    let mut old = Rate::new(40);
    old.restore(40, MINUTE, at(0));
    assert_eq!(old.left(at(0)), 4);
}

#[test]
fn without_a_burst_the_whole_minute_may_come_at_once() {
    let mut rate = Rate::without_burst(60);
    assert_eq!(rate.left(at(0)), 60);
    assert_eq!((0..100).filter(|_| rate.take(at(500)).is_ok()).count(), 60);
    assert_eq!((rate.left(at(500)), rate.wait(at(500))), (0, MINUTE));
    assert_eq!(rate.take(at(60_499)), Err(Duration::from_millis(1)));
    rate.set_rpm(61, at(501));
    assert_eq!(rate.take(at(501)), Ok(()), "a raised limit has room at once");
    assert_eq!((0..100).filter(|_| rate.take(at(60_500)).is_ok()).count(), 60);
}

#[test]
fn without_a_burst_no_sixty_seconds_pass_the_limit_either() {
    let mut random = fastrand::Rng::with_seed(13);
    for rpm in [1, 7, 40, 599] {
        let mut rate = Rate::without_burst(rpm);
        let (mut now, mut taken) = (0, Vec::new());
        while now < 200_000 {
            now += [0, 1, 3, 40, 3_000][random.usize(..5)];
            let fits = taken.iter().filter(|take| **take + 60_000 > now).count() < rpm as usize;
            assert_eq!(rate.take(at(now)).is_ok(), fits, "rpm {rpm} at {now} ms");
            taken.extend(fits.then_some(now));
        }
    }
}
