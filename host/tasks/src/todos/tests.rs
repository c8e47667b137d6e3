//! The old names, both ways, and old types and priorities.

use super::*;

mod sync;

#[test]
fn every_old_name_comes_back_as_it_was() {
    for (rows, names) in [(&TABLE[..], OldNames::Table), (&BLACKBOARD[..], OldNames::Blackboard)] {
        for (old, shown) in rows {
            assert_eq!(state_of_old(old), Some(*shown));
            assert_eq!(old_name(*shown, names), *old);
        }
    }
    assert_eq!(state_of_old("DONE"), None);
}

#[test]
fn every_state_has_a_name_there_and_an_end_stays_an_end() {
    let is_end = |shown: Shown| matches!(shown, Shown::As(name) if name.is_end());
    for name in StateName::ALL {
        for names in [OldNames::Table, OldNames::Blackboard] {
            let old = old_name(Shown::As(name), names);
            let back = state_of_old(old).unwrap();
            assert_eq!(is_end(back), name.is_end(), "{name} is called {old}");
        }
    }
    assert_eq!(old_name(Shown::Unverified, OldNames::Table), "END");
    assert_eq!(old_name(Shown::As(StateName::FixPlanned), OldNames::Table), "ERROR_FIX_PENDING");
}

#[test]
fn old_types_and_priorities_are_read() {
    assert_eq!(["修复", "常规", "创造", "x"].map(type_of_old)[0], TaskType::Fix);
    let found: Vec<_> = (0..12).map(|n| priority_of_old(&n.into(), OLD_PRIORITIES)).collect();
    assert_eq!((found[0], found[11]), (None, None));
    assert_eq!((found[3], found[4]), (Some(Priority::P0), Some(Priority::P1)));
    assert_eq!((found[6], found[7]), (Some(Priority::P1), Some(Priority::P2)));
}
