//! One due time, as a moment or as a local time in a zone. It must not know what now is.

use jiff::Timestamp as Moment;
use jiff::civil::DateTime;
use patchbay_types::Timestamp;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::zone::{Zone, ZoneError};
use super::{CALENDAR_END, timestamp};

/// Characters of a time.
const TEXT_MAX: usize = 64;

/// Due once.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(try_from = "RawOnce", into = "RawOnce")]
pub struct Once {
    at: String,
    zone: String,
    moment: Timestamp,
}

#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum OnceError {
    #[error(
        "'{text}' is no time: expected a date that exists and a time, such as 2027-03-01T09:00:00Z, 2027-03-01T09:00:00+01:00, or 2027-03-01T09:00:00 with a zone"
    )]
    Time { text: String },
    #[error("'{text}' is out of range: expected a time from 1970 to 4999")]
    Range { text: String },
    #[error(transparent)]
    Zone(#[from] ZoneError),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawOnce {
    at: String,
    #[serde(default = "utc")]
    zone: String,
}

fn utc() -> String {
    "UTC".to_owned()
}

impl Once {
    /// RFC 3339 with `Z` or an offset, or without one a local time in the zone. A local time that does not exist is the
    /// first moment after the gap; of one that exists twice it is the first.
    ///
    /// # Errors
    /// If the date, the time or the zone does not exist, or lies outside 1970 to 4999.
    pub fn new(at: &str, zone: &str) -> Result<Self, OnceError> {
        let zone = Zone::named(zone)?;
        let text = || at.chars().take(TEXT_MAX).collect();
        let known = Some(at).filter(|at| at.len() <= TEXT_MAX).and_then(|at| read(at, &zone));
        let moment = known.ok_or_else(|| OnceError::Time { text: text() })?;
        let moment = timestamp(moment);
        if moment.0 == 0 || moment >= CALENDAR_END {
            return Err(OnceError::Range { text: text() });
        }
        Ok(Self { at: at.to_owned(), zone: zone.name().to_owned(), moment })
    }

    #[must_use]
    pub fn moment(&self) -> Timestamp {
        self.moment
    }
}

/// A bare date is no time; a time with a second of 60 is not taken either.
fn read(at: &str, zone: &Zone) -> Option<Moment> {
    let has_time = at.contains([':']);
    let moment = at.parse::<Moment>().ok();
    let local = || at.parse::<DateTime>().ok().and_then(|local| zone.moment(local));
    moment.or_else(local).filter(|_| has_time)
}

impl TryFrom<RawOnce> for Once {
    type Error = OnceError;

    fn try_from(raw: RawOnce) -> Result<Self, OnceError> {
        Self::new(&raw.at, &raw.zone)
    }
}

impl From<Once> for RawOnce {
    fn from(once: Once) -> Self {
        Self { at: once.at, zone: once.zone }
    }
}
