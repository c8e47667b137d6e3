//! Runs that somebody asks for, and backfills. It must not know when they may start.

use patchbay_types::Timestamp;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::Progress;
use crate::schedule::{Schedule, Span};

/// Due times that one backfill may run.
pub const BACKFILL_MAX: u64 = 1_000;
/// Runs that were asked for by hand and have not started.
pub const ASKED_MAX: u32 = 100;

#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum BackfillError {
    #[error(
        "a backfill from {from} to {to} is wrong: expected a start before its end and an end that is past"
    )]
    Range { from: Timestamp, to: Timestamp },
    #[error(
        "a backfill from {from} to {to} would run {found} times: expected at most {BACKFILL_MAX}; take a shorter time"
    )]
    TooMany { from: Timestamp, to: Timestamp, found: u64 },
    #[error("a backfill from {from} to {to} has nothing to run: nothing was due between them")]
    Nothing { from: Timestamp, to: Timestamp },
    #[error("a backfill is under way, up to {to}: wait until it is done, or cancel it")]
    UnderWay { to: Timestamp },
    #[error("no backfill is under way: there is nothing to cancel")]
    NotUnderWay,
}

/// A backfill under way.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct Backfill {
    /// The due time that was started last; before that the moment before the first.
    after: Timestamp,
    upto: Timestamp,
    /// Where it began; none: it was asked for before this was kept.
    #[serde(default)]
    from: Option<Timestamp>,
    #[serde(default)]
    done: u64,
}

/// How far a backfill has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Filling {
    pub from: Timestamp,
    pub to: Timestamp,
    /// Runs that it has started.
    pub done: u64,
    /// Runs that it has still to start.
    pub left: u64,
}

impl Backfill {
    pub(crate) fn rest(self) -> Span {
        Span { after: self.after, upto: self.upto }
    }

    /// Once the run of this due time is started.
    pub(crate) fn past(self, due: Timestamp) -> Self {
        Self { after: due, done: self.done + 1, ..self }
    }
}

#[derive(Clone, PartialEq, Eq, Debug, Error)]
#[error("{ASKED_MAX} runs wait that were asked for: expected fewer; wait until one has started")]
pub struct TooManyAsked;

impl Progress {
    /// A run more, as soon as the overlap policy lets it: it waits where others are skipped or buffered, and also
    /// starts in a pause.
    ///
    /// # Errors
    /// If too many wait already.
    pub fn ask(self) -> Result<Self, TooManyAsked> {
        if self.asked >= ASKED_MAX {
            return Err(TooManyAsked);
        }
        Ok(Self { asked: self.asked + 1, ..self })
    }

    /// Runs what was due from one moment to another, both with, whether it ran or not: one after the other while
    /// nothing else of the schedule runs, or all at once if its overlap policy is `allow`.
    ///
    /// # Errors
    /// If the range is not past, names no run or too many, or another backfill is under way.
    pub fn backfill(
        self,
        schedule: &Schedule,
        (from, to): (Timestamp, Timestamp),
        now: Timestamp,
    ) -> Result<Self, BackfillError> {
        if let Some(backfill) = self.backfill {
            return Err(BackfillError::UnderWay { to: backfill.upto });
        }
        if from > to || to > now {
            return Err(BackfillError::Range { from, to });
        }
        let after = Timestamp(from.0.saturating_sub(1));
        let backfill = Backfill { after, upto: to, from: Some(from), done: 0 };
        match schedule.count_in(backfill.rest()) {
            0 => Err(BackfillError::Nothing { from, to }),
            1..=BACKFILL_MAX => Ok(Self { backfill: Some(backfill), ..self }),
            found => Err(BackfillError::TooMany { from, to, found }),
        }
    }

    /// What it has not started yet is not started any more. Its runs that go on are left alone.
    ///
    /// # Errors
    /// If none is under way.
    pub fn cancel_backfill(self) -> Result<Self, BackfillError> {
        match self.backfill {
            Some(_) => Ok(Self { backfill: None, ..self }),
            None => Err(BackfillError::NotUnderWay),
        }
    }

    /// The backfill under way, if there is one.
    #[must_use]
    pub fn filling(&self, schedule: &Schedule) -> Option<Filling> {
        let backfill = self.backfill?;
        Some(Filling {
            from: backfill.from.unwrap_or(Timestamp(backfill.after.0.saturating_add(1))),
            to: backfill.upto,
            done: backfill.done,
            left: schedule.count_in(backfill.rest()),
        })
    }
}
