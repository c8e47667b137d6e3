//! When something is due. It must not know what was done about it.

mod cron;
mod every;
mod once;
mod text;
mod zone;

use jiff::Timestamp as Moment;
use patchbay_types::Timestamp;
use serde::{Deserialize, Serialize};

pub use cron::{Cron, CronError, SyntaxError};
pub use every::{Every, EveryError};
pub use once::{Once, OnceError};
pub use text::TriggerError;
pub use zone::ZoneError;

/// 5000-01-01T00:00:00Z: nothing is due from then on.
pub(crate) const CALENDAR_END: Timestamp = Timestamp(95_617_584_000_000);

/// What makes something due. In JSON one of
/// `{"cron": {"expression": "0 9 * * MON-FRI", "zone": "Europe/Berlin"}}` (zone: default UTC),
/// `{"every": {"period_ms": 60000, "anchor": 0}}` (anchor: default 1970),
/// `{"once": {"at": "2027-03-01T09:00:00", "zone": "Europe/Berlin"}}`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trigger {
    Cron(Box<Cron>),
    Every(Every),
    Once(Once),
}

impl Trigger {
    /// [`Cron::new`] as a trigger.
    ///
    /// # Errors
    /// As [`Cron::new`].
    pub fn cron(expression: &str, zone: &str) -> Result<Self, CronError> {
        Cron::new(expression, zone).map(|cron| Self::Cron(Box::new(cron)))
    }

    /// The first due time after a moment, without the start, the end and the jitter of a policy.
    #[must_use]
    pub fn next_after(&self, after: Timestamp) -> Option<Timestamp> {
        let next = match self {
            Self::Cron(cron) => cron.next_after(after),
            Self::Every(every) => every.next_after(after),
            Self::Once(once) => Some(once.moment()).filter(|at| *at > after),
        };
        next.filter(|next| *next < CALENDAR_END)
    }

    /// The latest due time in (after, upto].
    pub(crate) fn latest_in(&self, after: Timestamp, upto: Timestamp) -> Option<Timestamp> {
        let upto = upto.min(Timestamp(CALENDAR_END.0 - 1));
        match self {
            _ if upto <= after => None,
            Self::Cron(cron) => cron.latest_in(after, upto),
            Self::Every(every) => every.latest_in(after, upto),
            Self::Once(once) => Some(once.moment()).filter(|at| after < *at && *at <= upto),
        }
    }

    /// How many due times are in (after, upto].
    pub(crate) fn count_in(&self, after: Timestamp, upto: Timestamp) -> u64 {
        let upto = upto.min(Timestamp(CALENDAR_END.0 - 1));
        match self {
            _ if upto <= after => 0,
            Self::Cron(cron) => cron.count_in(after, upto),
            Self::Every(every) => every.count_in(after, upto),
            Self::Once(_) => self.latest_in(after, upto).is_some().into(),
        }
    }
}

/// A trigger as a person would say it, in English: `At 09:00, on Monday, Europe/Berlin`.
#[must_use]
pub fn in_words(trigger: &Trigger) -> String {
    match trigger {
        Trigger::Cron(cron) => cron.in_words(),
        Trigger::Every(every) => every.in_words(),
        Trigger::Once(once) => format!("Once at {}", once.moment()),
    }
}

/// To the second: the clock of cron has no smaller hand.
fn moment(timestamp: Timestamp) -> Option<Moment> {
    Moment::from_second(i64::try_from(timestamp.0 / 1000).ok()?).ok()
}

/// Moments before 1970 become 1970.
fn timestamp(moment: Moment) -> Timestamp {
    Timestamp(u64::try_from(moment.as_millisecond()).unwrap_or(0))
}

#[cfg(test)]
mod tests;
