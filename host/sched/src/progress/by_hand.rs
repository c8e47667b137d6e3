//! Runs that somebody asks for, and backfills. It must not know when they may start.

use patchbay_types::Timestamp;
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
    #[error("a backfill is under way, up to {to}: wait until it is done, or cancel it")]
    UnderWay { to: Timestamp },
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
    /// If the range is not past, names too many runs, or another backfill is under way.
    pub fn backfill(
        self,
        schedule: &Schedule,
        (from, to): (Timestamp, Timestamp),
        now: Timestamp,
    ) -> Result<Self, BackfillError> {
        if let Some(Span { upto: to, .. }) = self.backfill {
            return Err(BackfillError::UnderWay { to });
        }
        if from > to || to > now {
            return Err(BackfillError::Range { from, to });
        }
        let span = Span { after: Timestamp(from.0.saturating_sub(1)), upto: to };
        match schedule.count_in(span) {
            found @ ..=BACKFILL_MAX => Ok(Self { backfill: (found > 0).then_some(span), ..self }),
            found => Err(BackfillError::TooMany { from, to, found }),
        }
    }

    #[must_use]
    pub fn cancel_backfill(self) -> Self {
        Self { backfill: None, ..self }
    }
}
