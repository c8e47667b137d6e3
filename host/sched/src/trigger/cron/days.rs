//! Counting what a cron expression matches in a stretch of local time without going through it second by second.
//! It must not know zones.

use croner::{CivilDateTime, CronDateTime, CronPattern};
use jiff::civil::{Date, DateTime, Time};

/// The times of day that an expression names, and the expression for its days.
pub(super) struct Days<'p> {
    pattern: &'p CronPattern,
    hours: Vec<u16>,
    minutes: Vec<u16>,
    seconds: Vec<u16>,
}

impl<'p> Days<'p> {
    pub(super) fn of(cron: &'p croner::Cron) -> Self {
        let pattern = &cron.pattern;
        let (hours, minutes) = (pattern.hours.values(), pattern.minutes.values());
        Self { pattern, hours, minutes, seconds: pattern.seconds.values() }
    }

    /// How many local times from `from` up to, not with, `to`.
    pub(super) fn count(&self, from: DateTime, to: DateTime) -> u64 {
        let mut day = from.date();
        let mut count = 0;
        while day <= to.date() {
            if self.has(day) {
                let start = if day == from.date() { self.before(from.time()) } else { 0 };
                let end = if day == to.date() { self.before(to.time()) } else { self.in_a_day() };
                count += end.saturating_sub(start);
            }
            let Ok(next) = day.tomorrow() else { break };
            day = next;
        }
        count
    }

    fn has(&self, day: Date) -> bool {
        let local = day.at(0, 0, 0, 0);
        let civil: CivilDateTime = local.to_civil();
        let (year, month) = (civil.year(), civil.month());
        self.pattern.year_match(year).unwrap_or(false)
            && self.pattern.month_match(month).unwrap_or(false)
            && self.pattern.day_match(year, month, civil.day(), local.civil_weekday()).unwrap_or(false)
    }

    fn in_a_day(&self) -> u64 {
        len(&self.hours) * self.in_an_hour()
    }

    fn in_an_hour(&self) -> u64 {
        len(&self.minutes) * len(&self.seconds)
    }

    /// How many of a day's times are before one.
    fn before(&self, time: Time) -> u64 {
        let (hours, in_hour) = split(&self.hours, time.hour());
        let (minutes, in_minute) = split(&self.minutes, time.minute());
        let (seconds, _) = split(&self.seconds, time.second());
        let of_minute = if in_minute { seconds } else { 0 };
        let of_hour = if in_hour { minutes * len(&self.seconds) + of_minute } else { 0 };
        hours * self.in_an_hour() + of_hour
    }
}

/// How many values are smaller, and whether the value itself is there.
fn split(values: &[u16], value: i8) -> (u64, bool) {
    let value = u16::try_from(value).unwrap_or(0);
    match values.binary_search(&value) {
        Ok(place) => (place as u64, true),
        Err(place) => (place as u64, false),
    }
}

fn len(values: &[u16]) -> u64 {
    values.len() as u64
}
