//! A cron expression in a time zone: its due times, forwards, backwards and counted. It must not know schedules.

mod days;
mod syntax;

use croner::Cron as Pattern;
use jiff::Timestamp as Moment;
use jiff::civil::DateTime;
use patchbay_types::Timestamp;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::zone::{Lands, Piece, Zone, ZoneError};
use super::{CALENDAR_END, moment, timestamp};
use days::Days;

pub use syntax::SyntaxError;

/// A cron expression and the zone that it is read in. It takes about 6 KB, most of it for the years: keep those that are
/// due, not a hundred thousand.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(try_from = "RawCron", into = "RawCron")]
pub struct Cron {
    text: String,
    zone: Zone,
    pattern: Pattern,
    /// No wildcard and no step in second, minute and hour: see the rule for changes of the clock at the crate.
    fixed: bool,
}

#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum CronError {
    #[error(transparent)]
    Syntax(#[from] SyntaxError),
    #[error(transparent)]
    Zone(#[from] ZoneError),
    #[error(
        "cron '{text}' never fires: no day from 1970 to 4999 is in its day, month and year fields; change one of them"
    )]
    Never { text: String },
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawCron {
    expression: String,
    #[serde(default = "utc")]
    zone: String,
}

fn utc() -> String {
    "UTC".to_owned()
}

impl Cron {
    /// 5 to 7 fields or a nickname (see the crate's head), read in an IANA zone.
    ///
    /// # Errors
    /// If a field is wrong, the zone is not known, or the expression can never fire.
    pub fn new(text: &str, zone: &str) -> Result<Self, CronError> {
        let zone = Zone::named(zone)?;
        let syntax = syntax::read(text)?;
        let text = text.trim().to_owned();
        let first = DateTime::constant(1970, 1, 1, 0, 0, 0, 0);
        if syntax.pattern.find_next_occurrence(&first, true).is_err() {
            return Err(CronError::Never { text });
        }
        Ok(Self { text, zone, pattern: syntax.pattern, fixed: syntax.fixed })
    }

    #[must_use]
    pub fn expression(&self) -> &str {
        &self.text
    }

    /// Its IANA name.
    #[must_use]
    pub fn zone(&self) -> &str {
        self.zone.name()
    }

    pub(super) fn in_words(&self) -> String {
        let said = self.pattern.describe();
        format!("{}, {}", said.trim_end_matches('.'), self.zone.name())
    }

    pub(super) fn next_after(&self, after: Timestamp) -> Option<Timestamp> {
        // From where was searched last, and what was found: a rare time is searched once, not once for each piece.
        let mut known = (DateTime::MAX, DateTime::MIN);
        for piece in self.pieces(after, CALENDAR_END)? {
            if known.1 == DateTime::MAX && known.0 <= piece.from {
                return None;
            }
            if !(known.0 <= piece.from && piece.from <= known.1) {
                known = (piece.from, self.first_from(piece.from).unwrap_or(DateTime::MAX));
            }
            if let Some(due) = land(&piece, known.1) {
                return Some(due);
            }
        }
        None
    }

    /// The latest in (after, upto].
    pub(super) fn latest_in(&self, after: Timestamp, upto: Timestamp) -> Option<Timestamp> {
        let pieces: Vec<Piece> = self.pieces(after, upto)?.collect();
        pieces.iter().rev().find_map(|piece| self.last_in(piece))
    }

    /// How many in (after, upto]: a few steps a day, whatever the expression.
    pub(super) fn count_in(&self, after: Timestamp, upto: Timestamp) -> u64 {
        let Some(pieces) = self.pieces(after, upto) else { return 0 };
        let days = Days::of(&self.pattern);
        let count = |piece: Piece| match piece.lands {
            Lands::Each(_) => days.count(piece.from, piece.to),
            Lands::At(_) => self.first_from(piece.from).is_some_and(|local| local < piece.to).into(),
        };
        pieces.map(count).sum()
    }

    fn pieces(&self, after: Timestamp, upto: Timestamp) -> Option<impl Iterator<Item = Piece> + '_> {
        let at = moment(after.min(CALENDAR_END))?.checked_add(jiff::SignedDuration::from_secs(1)).ok()?;
        Some(self.zone.pieces(at, moment(upto.min(CALENDAR_END))?, self.fixed))
    }

    fn first_from(&self, local: DateTime) -> Option<DateTime> {
        self.pattern.find_next_occurrence(&local, true).ok()
    }

    fn last_in(&self, piece: &Piece) -> Option<Timestamp> {
        let found = self.pattern.find_previous_occurrence(&piece.to, false).ok()?;
        land(piece, found)
    }
}

/// The moment of a local time, if it is in the piece.
fn land(piece: &Piece, local: DateTime) -> Option<Timestamp> {
    let inside = piece.from <= local && local < piece.to;
    let moment: Moment = match piece.lands {
        Lands::Each(offset) => offset.to_timestamp(local).ok()?,
        Lands::At(moment) => moment,
    };
    inside.then(|| timestamp(moment))
}

impl PartialEq for Cron {
    fn eq(&self, other: &Self) -> bool {
        (&self.text, &self.zone) == (&other.text, &other.zone)
    }
}

impl Eq for Cron {}

impl TryFrom<RawCron> for Cron {
    type Error = CronError;

    fn try_from(raw: RawCron) -> Result<Self, CronError> {
        Self::new(&raw.expression, &raw.zone)
    }
}

impl From<Cron> for RawCron {
    fn from(cron: Cron) -> Self {
        Self { expression: cron.text, zone: cron.zone.name().to_owned() }
    }
}

#[cfg(test)]
mod tests;
