//! Where a task that has not ended stands in the store, so that all of one state are found in the order in which they
//! are wanted, without a look at any other. It must not know what is done with them.

use patchbay_store::Key;
use patchbay_tasks::{Lane, State, StateName, Task, TaskId, awaits_deadline, key};
use patchbay_types::Timestamp;
use serde::{Deserialize, Serialize};

use crate::alarm::Awaits;

/// A run of keys. The numbers are in the store: they never change.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub(crate) enum Shelf {
    Draft = 1,
    Pending = 2,
    /// In the order of work.
    ReadyFix = 3,
    /// In the order of work.
    ReadyRegular = 4,
    Leased = 5,
    Verifying = 6,
    /// In the order of time.
    Backoff = 7,
    Diagnosing = 8,
    FixPlanned = 9,
    Fixing = 10,
    NeedsHuman = 11,
    Paused = 12,
    /// In the order of work; for somebody outside of the host to claim.
    ReadyOutside = 13,
    LeasedOutside = 14,
    /// Leases whose worker is to be stopped, whatever became of the task.
    Stopping = 20,
    /// Beside their place: those that have to hear of their deadline. In the order of time.
    Deadline = 21,
}

/// One place on a shelf.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub(crate) struct Place {
    #[serde(rename = "s")]
    pub(crate) shelf: Shelf,
    #[serde(rename = "o")]
    pub(crate) order: u64,
    #[serde(rename = "i")]
    pub(crate) id: TaskId,
}

impl Shelf {
    pub(crate) fn key(self) -> Key {
        Key::new().number(self as u64)
    }

    pub(crate) fn of_lane(lane: Lane) -> Self {
        match lane {
            Lane::Fix => Self::ReadyFix,
            Lane::Regular => Self::ReadyRegular,
        }
    }

    /// Whether tasks stand on it in the order of their numbers.
    pub(crate) fn is_by_number(self) -> bool {
        !matches!(
            self,
            Self::ReadyFix | Self::ReadyRegular | Self::ReadyOutside | Self::Backoff | Self::Deadline
        )
    }

    /// The shelves of a state.
    pub(crate) fn of_state(state: StateName) -> &'static [Shelf] {
        match state {
            StateName::Draft => &[Self::Draft],
            StateName::Pending => &[Self::Pending],
            StateName::Ready => &[Self::ReadyFix, Self::ReadyRegular, Self::ReadyOutside],
            StateName::Leased => &[Self::Leased, Self::LeasedOutside],
            StateName::Verifying => &[Self::Verifying],
            StateName::Backoff => &[Self::Backoff],
            StateName::Diagnosing => &[Self::Diagnosing],
            StateName::FixPlanned => &[Self::FixPlanned],
            StateName::Fixing => &[Self::Fixing],
            StateName::NeedsHuman => &[Self::NeedsHuman],
            StateName::Paused => &[Self::Paused],
            _ => &[],
        }
    }
}

impl Place {
    /// None: it has ended.
    pub(crate) fn of(task: &Task) -> Option<Self> {
        let (shelf, order) = match &task.state {
            State::Draft => (Shelf::Draft, 0),
            State::Pending => (Shelf::Pending, 0),
            State::Ready if task.definition.is_outside() => (Shelf::ReadyOutside, work_order(task)),
            State::Ready if Lane::of(task) == Some(Lane::Fix) => (Shelf::ReadyFix, work_order(task)),
            State::Ready => (Shelf::ReadyRegular, work_order(task)),
            State::Leased { .. } if task.definition.is_outside() => (Shelf::LeasedOutside, 0),
            State::Leased { .. } => (Shelf::Leased, 0),
            State::Verifying { .. } => (Shelf::Verifying, 0),
            State::Backoff { until } => (Shelf::Backoff, until.0),
            State::Diagnosing { .. } => (Shelf::Diagnosing, 0),
            State::FixPlanned { .. } => (Shelf::FixPlanned, 0),
            State::Fixing { .. } => (Shelf::Fixing, 0),
            State::NeedsHuman { .. } => (Shelf::NeedsHuman, 0),
            State::Paused { .. } => (Shelf::Paused, 0),
            State::Succeeded { .. } | State::Voided { .. } | State::Cancelled { .. } | State::Dead { .. } => {
                return None;
            }
        };
        Some(Self { shelf, order, id: task.id })
    }

    pub(crate) fn stopping(id: TaskId) -> Self {
        Self { shelf: Shelf::Stopping, order: 0, id }
    }

    /// Where it is found when its deadline passes.
    pub(crate) fn deadline(task: &Task) -> Option<Self> {
        let deadline = awaits_deadline(task)?;
        Some(Self { shelf: Shelf::Deadline, order: deadline.0, id: task.id })
    }

    pub(crate) fn key(&self) -> Key {
        self.shelf.key().number(self.order).number(self.id.0)
    }
}

impl Awaits for Place {
    fn moment(&self) -> Timestamp {
        Timestamp(self.order)
    }
}

/// The order of work without the id, which follows in the key.
fn work_order(task: &Task) -> u64 {
    let [kind, priority, level, ..] = key(task);
    u64::from_be_bytes([0, 0, 0, 0, 0, kind, priority, level])
}
