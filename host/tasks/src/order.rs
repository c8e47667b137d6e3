//! The order of work, as bytes that sort the same way, and which lane goes next. It must not know who works.

use crate::{State, Task, TaskType};

/// Bytes of a [`key`].
pub const KEY_BYTES: usize = 11;

/// Smaller goes first: type (fix, regular, creative), priority, deeper level, then age. Ids grow with creation, so
/// the id is the age, and no two tasks have the same key.
#[must_use]
pub fn key(task: &Task) -> [u8; KEY_BYTES] {
    let mut key = [0; KEY_BYTES];
    let head = [task.definition.kind as u8, task.definition.priority as u8, u8::MAX - task.place.level];
    let bytes = head.into_iter().chain(task.id.0.to_be_bytes());
    key.iter_mut().zip(bytes).for_each(|(place, byte)| *place = byte);
    key
}

/// A lane, by what it takes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Lane {
    Fix,
    Regular,
}

/// What a lane may take.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LaneConfig {
    /// Tasks at one time.
    pub concurrency: u32,
    /// The part of all places that it may take while another lane waits, in percent.
    pub share_percent: u8,
}

/// How a lane stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct LaneLoad {
    pub waiting: u64,
    pub running: u32,
}

impl Lane {
    /// The lane of a task, if it waits or runs.
    #[must_use]
    pub fn of(task: &Task) -> Option<Self> {
        let lane = if task.definition.kind == TaskType::Fix { Self::Fix } else { Self::Regular };
        matches!(task.state, State::Ready | State::Leased { .. }).then_some(lane)
    }
}

/// The lane whose first task takes the next of `places`, fixes first; none if nothing waits that may go.
///
/// Fixes never take more than their share while regular work waits, but always one place, or they would never be done
/// where there is one.
#[must_use]
pub fn pick(places: u32, fix: (LaneConfig, LaneLoad), regular: (LaneConfig, LaneLoad)) -> Option<Lane> {
    if fix.1.running.saturating_add(regular.1.running) >= places {
        return None;
    }
    let can = |(config, load): (LaneConfig, LaneLoad)| load.waiting > 0 && load.running < config.concurrency;
    match (can(fix), can(regular)) {
        (true, true) if is_within_share(places, fix) => Some(Lane::Fix),
        (_, true) => Some(Lane::Regular),
        (true, false) => Some(Lane::Fix),
        (false, false) => None,
    }
}

fn is_within_share(places: u32, (config, load): (LaneConfig, LaneLoad)) -> bool {
    let share = u64::from(places) * u64::from(config.share_percent.min(100)) / 100;
    u64::from(load.running) < share.max(1)
}

impl LaneConfig {
    /// What a lane has if the operator says nothing.
    pub const DEFAULT: Self = Self { concurrency: 64, share_percent: 50 };
}

impl Default for LaneConfig {
    fn default() -> Self {
        Self::DEFAULT
    }
}

#[cfg(test)]
mod tests;
