//! What to do about a run that is late, meets another or fails. It must not know when anything is due.

use std::num::NonZeroU32;
use std::time::Duration;

use patchbay_types::Timestamp;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Due times that wait for one run to end.
pub const BUFFER_MAX: u32 = 1_000;
const JITTER_MAX: Duration = Duration::from_secs(86_400);
const CATCH_UP_MAX: Duration = Duration::from_secs(366 * 86_400);

/// How a schedule's runs go together. The default: skip, catch up within the default window, no jitter, no pause.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Policy {
    pub overlap: Overlap,
    /// How late a run may start at most. None: the time to the next run, 10 minutes at most. A run that is at most
    /// 10 seconds late is on time in any case.
    #[serde(rename = "catch_up_ms", with = "opt_ms")]
    pub catch_up: Option<Duration>,
    /// Runs start so much after their due time at most, and always before the next one. How much follows from the
    /// schedule's id alone, so it is the same each time and on each host.
    #[serde(rename = "jitter_ms", with = "ms")]
    pub jitter: Duration,
    /// Pause after so many failures in a row.
    pub pause_after: Option<NonZeroU32>,
    /// Nothing is due before.
    pub start: Option<Timestamp>,
    /// Nothing is due from then on.
    pub end: Option<Timestamp>,
}

/// What happens to a run that is due while another of its schedule runs.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Overlap {
    /// It is left out.
    #[default]
    Skip,
    /// It waits; those that come while one waits are dropped.
    BufferOne,
    /// They wait, so many at most ([`BUFFER_MAX`]); those that come while the buffer is full are dropped.
    BufferAll { at_most: u32 },
    /// The other is cancelled.
    CancelOther,
    /// Both run.
    Allow,
}

#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum PolicyError {
    #[error("a buffer of {found} runs is wrong: expected 1 to {BUFFER_MAX}")]
    Buffer { found: u32 },
    #[error("a jitter of {found:?} is too long: expected at most {JITTER_MAX:?}")]
    Jitter { found: Duration },
    #[error("a catch-up window of {found:?} is too long: expected at most {CATCH_UP_MAX:?}")]
    CatchUp { found: Duration },
    #[error("a schedule that starts at {start} cannot end at {end}: expected an end after the start")]
    Dates { start: Timestamp, end: Timestamp },
}

impl Policy {
    pub(crate) fn check(&self) -> Result<(), PolicyError> {
        if let Overlap::BufferAll { at_most: found } = self.overlap
            && !(1..=BUFFER_MAX).contains(&found)
        {
            return Err(PolicyError::Buffer { found });
        }
        if self.jitter > JITTER_MAX {
            return Err(PolicyError::Jitter { found: self.jitter });
        }
        match (self.catch_up, self.start, self.end) {
            (Some(found), ..) if found > CATCH_UP_MAX => Err(PolicyError::CatchUp { found }),
            (_, Some(start), Some(end)) if end <= start => Err(PolicyError::Dates { start, end }),
            _ => Ok(()),
        }
    }
}

impl Overlap {
    /// How many due times may wait.
    pub(crate) fn room(self) -> usize {
        match self {
            Self::BufferOne => 1,
            Self::BufferAll { at_most } => at_most as usize,
            _ => 0,
        }
    }
}

/// Durations as whole milliseconds.
mod ms {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(span: &Duration, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_u64(u64::try_from(span.as_millis()).unwrap_or(u64::MAX))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
        u64::deserialize(from).map(Duration::from_millis)
    }
}

mod opt_ms {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<S: Serializer>(span: &Option<Duration>, to: S) -> Result<S::Ok, S::Error> {
        span.map(|span| u64::try_from(span.as_millis()).unwrap_or(u64::MAX)).serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Duration>, D::Error> {
        Ok(Option::<u64>::deserialize(from)?.map(Duration::from_millis))
    }
}
