//! A due time each so many milliseconds, counted from an anchor. It must not know calendars.

use std::time::Duration;

use patchbay_types::Timestamp;
use serde::{Deserialize, Serialize};
use thiserror::Error;

const PERIOD_MIN: Duration = Duration::from_secs(1);
/// 366 days: what comes seldomer has a date, not a period.
const PERIOD_MAX: Duration = Duration::from_secs(366 * 86_400);

/// Due at each moment that lies a whole number of periods after its anchor, or before it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(try_from = "RawEvery", into = "RawEvery")]
pub struct Every {
    period_ms: u64,
    anchor: Timestamp,
}

#[derive(Clone, PartialEq, Eq, Debug, Error)]
#[error("a period of {found:?} is wrong: expected {PERIOD_MIN:?} to {PERIOD_MAX:?}")]
pub struct EveryError {
    found: Duration,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawEvery {
    period_ms: u64,
    #[serde(default)]
    anchor: Timestamp,
}

impl Every {
    /// # Errors
    /// If the period is shorter than a second or longer than 366 days.
    pub fn new(period: Duration, anchor: Timestamp) -> Result<Self, EveryError> {
        match u64::try_from(period.as_millis()) {
            Ok(period_ms) if (PERIOD_MIN..=PERIOD_MAX).contains(&period) => Ok(Self { period_ms, anchor }),
            _ => Err(EveryError { found: period }),
        }
    }

    #[must_use]
    pub fn period(&self) -> Duration {
        Duration::from_millis(self.period_ms)
    }

    #[must_use]
    pub fn anchor(&self) -> Timestamp {
        self.anchor
    }

    pub(super) fn next_after(&self, after: Timestamp) -> Option<Timestamp> {
        let Some(behind) = after.0.checked_sub(self.phase()) else { return Some(Timestamp(self.phase())) };
        let periods = behind / self.period_ms + 1;
        periods.checked_mul(self.period_ms)?.checked_add(self.phase()).map(Timestamp)
    }

    pub(super) fn latest_in(&self, after: Timestamp, upto: Timestamp) -> Option<Timestamp> {
        let behind = upto.0.checked_sub(self.phase())?;
        let latest = Timestamp(upto.0 - behind % self.period_ms);
        Some(latest).filter(|latest| *latest > after)
    }

    pub(super) fn count_in(&self, after: Timestamp, upto: Timestamp) -> u64 {
        self.upto(upto).saturating_sub(self.upto(after))
    }

    pub(super) fn in_words(&self) -> String {
        let (seconds, ms) = (self.period_ms / 1000, self.period_ms % 1000);
        match (seconds, ms) {
            (_, 1..) => format!("Every {} ms", self.period_ms),
            (1, _) => "Every second".to_owned(),
            (60, _) => "Every minute".to_owned(),
            (3600, _) => "Every hour".to_owned(),
            (86_400, _) => "Every 24 hours".to_owned(),
            _ if seconds % 3600 == 0 => format!("Every {} hours", seconds / 3600),
            _ if seconds % 60 == 0 => format!("Every {} minutes", seconds / 60),
            _ => format!("Every {seconds} seconds"),
        }
    }

    /// The first due time since 1970.
    fn phase(&self) -> u64 {
        self.anchor.0 % self.period_ms
    }

    /// How many from 1970 on, up to a moment and with it.
    fn upto(&self, moment: Timestamp) -> u64 {
        moment.0.checked_sub(self.phase()).map_or(0, |behind| behind / self.period_ms + 1)
    }
}

impl TryFrom<RawEvery> for Every {
    type Error = EveryError;

    fn try_from(raw: RawEvery) -> Result<Self, EveryError> {
        Self::new(Duration::from_millis(raw.period_ms), raw.anchor)
    }
}

impl From<Every> for RawEvery {
    fn from(every: Every) -> Self {
        Self { period_ms: every.period_ms, anchor: every.anchor }
    }
}
