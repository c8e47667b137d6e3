//! Keys come when they are due, and only then.

use std::time::Duration;

use patchbay_types::{Clock, ManualClock};

use super::*;

const KEYS: u64 = 100_000;

#[test]
fn a_hundred_thousand_keys_are_looked_at_only_when_they_are_due() {
    let clock = ManualClock::at(Timestamp(1_000_000));
    let mut agenda = Agenda::default();
    (0..KEYS).for_each(|key| agenda.set(key, clock.wall() + Duration::from_secs(60 + key % 3600)));
    assert_eq!((agenda.len(), agenda.next()), (100_000, Some(clock.wall() + Duration::from_secs(60))));
    let mut looks = 0;
    for second in 1..=3660u64 {
        clock.advance(Duration::from_secs(1));
        let taken = agenda.take_due(clock.wall()).inspect(|key| assert_eq!(60 + key % 3600, second)).count();
        assert_eq!(taken as u64, due_in(second), "in second {second}");
        looks += taken as u64;
    }
    assert_eq!((looks, agenda.is_empty(), agenda.next()), (KEYS, true, None));
}

/// How many of the keys are due in a second.
fn due_in(second: u64) -> u64 {
    match second {
        60..=3659 => KEYS / 3600 + u64::from(second - 60 < KEYS % 3600),
        _ => 0,
    }
}

#[test]
fn a_key_is_moved_and_removed() {
    let mut agenda = Agenda::default();
    agenda.set("a", Timestamp(10));
    agenda.set("b", Timestamp(20));
    agenda.set("a", Timestamp(30));
    assert_eq!((agenda.len(), agenda.next()), (2, Some(Timestamp(20))));
    assert_eq!((agenda.remove(&"b"), agenda.remove(&"b")), (Some(Timestamp(20)), None));
    assert_eq!(agenda.take_due(Timestamp(29)).count(), 0);
    assert_eq!(agenda.take_due(Timestamp(30)).collect::<Vec<_>>(), ["a"]);
}

#[test]
fn what_is_not_taken_stays_and_the_earliest_comes_first() {
    let mut agenda = Agenda::default();
    [("c", 3), ("a", 1), ("b", 2)].iter().for_each(|(key, at)| agenda.set(*key, Timestamp(*at)));
    assert_eq!(agenda.take_due(Timestamp(9)).next(), Some("a"));
    assert_eq!(agenda.take_due(Timestamp(9)).collect::<Vec<_>>(), ["b", "c"]);
}
