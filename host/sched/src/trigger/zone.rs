//! A time zone, and how the local times that a cron names lie on the line of moments. It must not know what a cron
//! looks like, only whether it names fixed times.

use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone, TimeZoneDatabase};
use jiff::{SignedDuration, Timestamp as Moment};
use thiserror::Error;

const SECOND: SignedDuration = SignedDuration::from_secs(1);

/// An IANA zone: its name and its rules. The rules come with the program, so the same name means the same everywhere.
#[derive(Clone, Debug)]
pub(crate) struct Zone {
    name: String,
    rules: TimeZone,
}

#[derive(Clone, PartialEq, Eq, Debug, Error)]
#[error(
    "time zone '{name}' is not known: expected a name of the IANA database, such as UTC or Europe/Berlin"
)]
pub struct ZoneError {
    name: String,
}

/// A stretch of local time, and where it lands.
pub(super) struct Piece {
    pub(super) from: DateTime,
    /// Not in it.
    pub(super) to: DateTime,
    pub(super) lands: Lands,
}

pub(super) enum Lands {
    /// Each local time at a moment of its own.
    Each(Offset),
    /// All at one: they do not exist, and this is the first moment after the gap.
    At(Moment),
}

/// The moments from `at` to `upto`, in order, as pieces of local time.
pub(super) struct Pieces<'z> {
    rules: &'z TimeZone,
    at: Moment,
    upto: Moment,
    /// Fixed times fire after a gap, and once where a clock is set back; others follow the clock on the wall.
    fixed: bool,
}

impl Zone {
    pub(crate) fn named(name: &str) -> Result<Self, ZoneError> {
        let found = TimeZoneDatabase::bundled().get(name);
        let rules = found.map_err(|_| ZoneError { name: name.chars().take(64).collect() })?;
        let name = rules.iana_name().unwrap_or(name).to_owned();
        Ok(Self { name, rules })
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The first moment that is not before a local time: of two the first, after a gap if it lies in one.
    pub(super) fn moment(&self, local: DateTime) -> Option<Moment> {
        let ambiguous = self.rules.to_ambiguous_timestamp(local);
        match ambiguous.offset() {
            jiff::tz::AmbiguousOffset::Gap { before, .. } => {
                let inside = before.to_timestamp(local).ok()?;
                self.rules.preceding(inside.checked_add(SECOND).ok()?).next().map(|t| t.timestamp())
            }
            _ => ambiguous.earlier().ok(),
        }
    }

    pub(super) fn pieces(&self, at: Moment, upto: Moment, fixed: bool) -> Pieces<'_> {
        Pieces { rules: &self.rules, at, upto, fixed }
    }
}

impl PartialEq for Zone {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Zone {}

impl Iterator for Pieces<'_> {
    type Item = Piece;

    fn next(&mut self) -> Option<Piece> {
        while self.at <= self.upto {
            let piece = self.gap().or_else(|| self.stretch())?;
            if piece.from < piece.to {
                return Some(piece);
            }
        }
        None
    }
}

impl Pieces<'_> {
    /// The last change of the clock, at `self.at` at the latest, and the offset before it.
    fn change(&self) -> Option<(Moment, Offset)> {
        let change = self.rules.preceding(self.at.checked_add(SECOND).ok()?).next()?.timestamp();
        Some((change, self.rules.to_offset(change.checked_sub(SECOND).ok()?)))
    }

    /// If the clock is set forward just now: the gap and the second that it lands on, which is looked at only here.
    fn gap(&mut self) -> Option<Piece> {
        let (_, before) = self.change().filter(|(change, _)| self.fixed && *change == self.at)?;
        let at = self.at;
        let from = before.to_datetime(at);
        let to = self.rules.to_offset(at).to_datetime(at);
        if from >= to {
            return None;
        }
        self.at = at.checked_add(SECOND).ok()?;
        Some(Piece { from, to: to.checked_add(SECOND).ok()?, lands: Lands::At(at) })
    }

    /// Up to the next change of the clock.
    fn stretch(&mut self) -> Option<Piece> {
        let offset = self.rules.to_offset(self.at);
        let last = self.upto.checked_add(SECOND).ok()?;
        let change = self.rules.following(self.at).next().map(|change| change.timestamp());
        let end = change.map_or(last, |change| change.min(last));
        let from = offset.to_datetime(self.at).max(self.told_before().unwrap_or(DateTime::MIN));
        self.at = end;
        Some(Piece { from, to: offset.to_datetime(end), lands: Lands::Each(offset) })
    }

    /// For fixed times: the local time up to which the clock had gone before it was set back.
    fn told_before(&self) -> Option<DateTime> {
        let (change, before) = self.change().filter(|_| self.fixed)?;
        Some(before.to_datetime(change))
    }
}
