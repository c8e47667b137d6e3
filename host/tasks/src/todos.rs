//! The names that states have in the old system's table and on its blackboard, both ways. It must not know files.

use serde_json::Value;

use crate::{Priority, Shown, StateName, TaskType};

/// A state as the old system says it. `running` stands apart from `leased` there.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum OldNames {
    /// `NEW`, `PROCESSING`, `END`, …
    Table,
    /// `pending`, `claimed`, `working`, …
    Blackboard,
}

/// Every old name of the table, and what it is here.
const TABLE: [(&str, Shown); 7] = [
    ("NEW", Shown::As(StateName::Ready)),
    ("PROCESSING", Shown::Running),
    ("END", Shown::As(StateName::Succeeded)),
    ("NORMAL_CRASH", Shown::As(StateName::Backoff)),
    ("ERROR_FIX_PENDING", Shown::As(StateName::Diagnosing)),
    ("REQUIRES_MANUAL", Shown::As(StateName::NeedsHuman)),
    ("VOID", Shown::As(StateName::Voided)),
];

/// Every old name of the blackboard, and what it is here.
const BLACKBOARD: [(&str, Shown); 8] = [
    ("pending", Shown::As(StateName::Ready)),
    ("claimed", Shown::As(StateName::Leased)),
    ("working", Shown::Running),
    ("review", Shown::As(StateName::Verifying)),
    ("done", Shown::As(StateName::Succeeded)),
    ("failed", Shown::As(StateName::Dead)),
    ("blocked", Shown::As(StateName::NeedsHuman)),
    ("cancelled", Shown::As(StateName::Cancelled)),
];

/// What an old name means here; none if it is not one. Both sets are read, for no name means two things.
#[must_use]
pub fn state_of_old(name: &str) -> Option<Shown> {
    TABLE.iter().chain(&BLACKBOARD).find(|(old, _)| *old == name).map(|(_, shown)| *shown)
}

/// The old name that is nearest.
#[must_use]
pub fn old_name(shown: Shown, names: OldNames) -> &'static str {
    let rows: &[(&'static str, Shown)] = match names {
        OldNames::Table => &TABLE,
        OldNames::Blackboard => &BLACKBOARD,
    };
    let is = |wanted: Shown| rows.iter().find(|(_, shown)| *shown == wanted).map(|(old, _)| *old);
    is(shown).or_else(|| is(nearest(shown, names))).unwrap_or("")
}

/// What stands for a state that has no name of its own there.
fn nearest(shown: Shown, names: OldNames) -> Shown {
    use StateName as S;
    let Shown::As(name) = shown else { return Shown::As(S::Succeeded) };
    match (name, names) {
        (S::FixPlanned | S::Fixing, OldNames::Table) => Shown::As(S::Diagnosing),
        (S::Leased | S::Verifying, OldNames::Table) => Shown::Running,
        (S::Cancelled | S::Dead, OldNames::Table) => Shown::As(S::Voided),
        (S::Paused, _) => Shown::As(S::NeedsHuman),
        (S::Diagnosing | S::FixPlanned | S::Fixing, OldNames::Blackboard) => Shown::Running,
        (S::Voided, OldNames::Blackboard) => Shown::As(S::Cancelled),
        _ => Shown::As(S::Ready),
    }
}

/// The type that an old word means; what is not known is regular work.
#[must_use]
pub fn type_of_old(word: &str) -> TaskType {
    match word {
        "修复" | "fix" => TaskType::Fix,
        "创造" | "creative" => TaskType::Creative,
        _ => TaskType::Regular,
    }
}

/// 1–3, 4–6, 7–10 are P0, P1, P2; `last` names the last number of the first two. None if it is no number from 1 to 10.
#[must_use]
pub fn priority_of_old(value: &Value, last: (u64, u64)) -> Option<Priority> {
    let number = value.as_u64().filter(|number| (1..=10).contains(number))?;
    Some(match number {
        n if n <= last.0 => Priority::P0,
        n if n <= last.1 => Priority::P1,
        _ => Priority::P2,
    })
}

/// The bounds of the old priorities, if the operator says nothing.
pub const OLD_PRIORITIES: (u64, u64) = (3, 6);

#[cfg(test)]
mod tests {
    use super::*;

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
}
