//! What is due when, and what to do about it: cron, intervals, one-shots; overlap, catch-up, jitter, pauses, backfill.
//! It must not know tasks, stores or threads: the caller keeps a [`Schedule`] and its [`Progress`], asks [`plan`] what
//! to do, stores what changed, and acts.
//!
//! # Cron expressions
//! Those of the Open Cron Pattern Specification (OCPS) 1.0 to 1.4: 5 fields (minute, hour, day of month, month, day of
//! week), 6 with the second first, 7 with the year (1970 to 4999) last; `*`, lists, ranges, steps (`*/n`, `low-high/n`),
//! names, `L`, `LW`, `15W`, `5L`, `5#L`, `5#2`, `?` for `*` in the two day fields; `@yearly`, `@annually`, `@monthly`,
//! `@weekly`, `@daily`, `@midnight`, `@hourly`. If both day fields are restricted a day that is in one of them counts;
//! with `+` before the day of week it must be in both. Sunday is 0 and 7.
//!
//! Where this differs from the specification: an expression that can never fire is refused; `@reboot` is, since it
//! names no time; nicknames are taken in any case (drafts of 1.1 disagree); after a gap of the clock fixed times are
//! run late rather than skipped, see below (drafts of 1.4 disagree).
//!
//! # When the clock is changed
//! An expression has *fixed times* if there is neither `*` nor `/` in its second, minute and hour; otherwise it is an
//! *interval*.
//!
//! | local time | fixed times | interval |
//! |---|---|---|
//! | does not exist (clock set forward) | fires at the first moment after the gap, once for the whole gap | does not fire |
//! | exists twice (clock set back) | fires at the first | fires at both: it goes on in its rhythm |
//!
//! A one-shot at a local time follows the rule of fixed times. Periods ([`Every`]) know no local time. Zones are those
//! of the IANA database that comes with the program.
//!
//! # When the machine's clock is wrong
//! Each due time is dealt with once: nothing fires twice if the clock goes back. If it leaps ahead, at most one run is
//! caught up, and the rest counts as missed; if it then comes back, what lies ahead again is no longer counted as
//! missed and comes in its time.

mod agenda;
mod plan;
mod policy;
mod progress;
mod schedule;
mod stability;
mod trigger;

pub use agenda::Agenda;
pub use plan::{Act, Because, Plan, plan};
pub use policy::{BUFFER_MAX, Overlap, Policy, PolicyError};
pub use progress::{
    ASKED_MAX, BACKFILL_MAX, BackfillError, Counters, Filling, Paused, Progress, TooManyAsked, ended,
};
pub use schedule::{Schedule, ScheduleError, UPCOMING_MAX, upcoming};
pub use stability::{STARTS_MAX, WINDOW, held_until};
pub use trigger::{
    Cron, CronError, Every, EveryError, Once, OnceError, SyntaxError, Trigger, TriggerError, ZoneError,
    in_words,
};
