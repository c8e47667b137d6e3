//! A todos file that Git syncs, and the host's tasks, in step both ways: the names that states have in the old system's
//! table and on its blackboard, the file, and the merge. It must not know where the file lies.

mod decide;
mod file;
mod imported;
mod log;
mod merge;

use serde_json::Value;

pub use decide::Side;
pub use file::{TEXT_BYTES_MAX, TODOS_MAX, Todo, Todos, TodosError, read};
pub use imported::Imported;
pub use log::{LOG_MAX, LogEntry, unite};
pub use merge::{Base, Conflict, HostChange, Merged, TodoOf, merge};

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
mod tests;
