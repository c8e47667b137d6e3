//! A schedule: what makes it due, between which dates, and how late each run may and shall be. It must not know what
//! has run.

use std::time::Duration;

use patchbay_types::Timestamp;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::policy::{Policy, PolicyError};
use crate::trigger::Trigger;

/// Bytes of an id.
const ID_MAX: usize = 256;
/// Times that [`upcoming`] tells at most.
pub const UPCOMING_MAX: usize = 1_000;
/// A run that starts so late at most is on time: machines are busy, and a window of zero means "never catch up".
pub(crate) const ON_TIME: Duration = Duration::from_secs(10);
const CATCH_UP: Duration = Duration::from_secs(600);

/// Valid by construction, also when it is read.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(try_from = "RawSchedule", into = "RawSchedule")]
pub struct Schedule {
    id: String,
    trigger: Trigger,
    policy: Policy,
}

#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum ScheduleError {
    #[error("an id of {bytes} bytes is wrong: expected 1 to {ID_MAX}")]
    Id { bytes: usize },
    #[error(transparent)]
    Policy(#[from] PolicyError),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSchedule {
    id: String,
    trigger: Trigger,
    #[serde(default)]
    policy: Policy,
}

/// (after, upto].
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct Span {
    pub(crate) after: Timestamp,
    pub(crate) upto: Timestamp,
}

impl Schedule {
    /// The id decides the jitter, so it should stay the same for the schedule's life.
    ///
    /// # Errors
    /// If the id is empty or long, or the policy contradicts itself.
    pub fn new(id: impl Into<String>, trigger: Trigger, policy: Policy) -> Result<Self, ScheduleError> {
        let id = id.into();
        if !(1..=ID_MAX).contains(&id.len()) {
            return Err(ScheduleError::Id { bytes: id.len() });
        }
        policy.check()?;
        Ok(Self { id, trigger, policy })
    }

    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    #[must_use]
    pub fn trigger(&self) -> &Trigger {
        &self.trigger
    }

    #[must_use]
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    pub(crate) fn next_after(&self, after: Timestamp) -> Option<Timestamp> {
        let after = self.within(Span { after, upto: after }).after;
        let next = self.trigger.next_after(after)?;
        self.policy.end.is_none_or(|end| next < end).then_some(next)
    }

    pub(crate) fn latest_in(&self, span: Span) -> Option<Timestamp> {
        let span = self.within(span);
        self.trigger.latest_in(span.after, span.upto)
    }

    pub(crate) fn count_in(&self, span: Span) -> u64 {
        let span = self.within(span);
        self.trigger.count_in(span.after, span.upto)
    }

    /// When the run of a due time is to start.
    pub(crate) fn starts(&self, due: Timestamp) -> Timestamp {
        let most = u64::try_from(self.policy.jitter.as_millis()).unwrap_or(u64::MAX);
        if most == 0 {
            return due;
        }
        let room = self.next_after(due).map_or(most, |next| next.0 - due.0 - 1);
        Timestamp(due.0.saturating_add((hash(&self.id) % most.saturating_add(1)).min(room)))
    }

    /// How late the run of a due time may start.
    pub(crate) fn window(&self, due: Timestamp) -> Duration {
        let usual = || self.next_after(due).map_or(CATCH_UP, |next| next.since(due).min(CATCH_UP));
        self.policy.catch_up.unwrap_or_else(usual).max(ON_TIME)
    }

    fn within(&self, span: Span) -> Span {
        let before = |moment: Timestamp| Timestamp(moment.0.saturating_sub(1));
        let after = self.policy.start.map_or(span.after, |start| span.after.max(before(start)));
        Span { after, upto: self.policy.end.map_or(span.upto, |end| span.upto.min(before(end))) }
    }
}

/// When the next `n` runs after a moment start, with the jitter; [`UPCOMING_MAX`] at most.
#[must_use]
pub fn upcoming(schedule: &Schedule, from: Timestamp, n: usize) -> Vec<Timestamp> {
    let dues = std::iter::successors(schedule.next_after(from), |due| schedule.next_after(*due));
    dues.take(n.min(UPCOMING_MAX)).map(|due| schedule.starts(due)).collect()
}

/// FNV-1a with 64 bits (Fowler, Noll, Vo), its bits mixed once more so that ids which differ in the last letter lie far apart.
/// It must never change: it decides when runs start.
fn hash(id: &str) -> u64 {
    let step = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    let hash = id.bytes().fold(0xcbf2_9ce4_8422_2325, step);
    (hash ^ (hash >> 32)).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 16
}

impl TryFrom<RawSchedule> for Schedule {
    type Error = ScheduleError;

    fn try_from(raw: RawSchedule) -> Result<Self, ScheduleError> {
        Self::new(raw.id, raw.trigger, raw.policy)
    }
}

impl From<Schedule> for RawSchedule {
    fn from(schedule: Schedule) -> Self {
        Self { id: schedule.id, trigger: schedule.trigger, policy: schedule.policy }
    }
}

#[cfg(test)]
mod tests;
