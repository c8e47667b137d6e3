//! Days and months of the calendar, UTC, and times as people write them. It must not know what is counted by them.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use jiff::civil::Date;
use jiff::tz::Offset;

use crate::Timestamp;

const DAY: Duration = Duration::from_secs(24 * 3600);
const DAY_MS: u64 = 24 * 3_600_000;

/// A time as a person writes it: a moment in RFC 3339, or a day as `YYYY-MM-DD`, UTC.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Written {
    pub start: Timestamp,
    /// Where it is over: a moment ends where it starts, a day at the start of the next.
    pub end: Timestamp,
}

/// Why a text is not a time.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WrittenError(String);

impl Timestamp {
    /// The start of the day that this moment lies in, UTC.
    #[must_use]
    pub fn day(self) -> Timestamp {
        Timestamp(self.0 - self.0 % DAY_MS)
    }

    /// The start of the month that this moment lies in, UTC.
    #[must_use]
    pub fn month(self) -> Timestamp {
        let moment = i64::try_from(self.0).ok().and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok());
        // The calendar ends with the year 9999; a later day stands for its month.
        let before = moment.map_or(0, |moment| Offset::UTC.to_datetime(moment).day() - 1);
        Timestamp(self.day().0 - DAY_MS * u64::from(before.unsigned_abs()))
    }
}

impl FromStr for Written {
    type Err = WrittenError;

    fn from_str(text: &str) -> Result<Self, WrittenError> {
        let day = text.parse::<Date>().ok().filter(|_| text.len() == "YYYY-MM-DD".len());
        let moment = match day {
            Some(date) => date.to_zoned(jiff::tz::TimeZone::UTC).map(|start| start.timestamp()),
            None => text.parse::<jiff::Timestamp>(),
        };
        let ms = moment.ok().and_then(|moment| u64::try_from(moment.as_millisecond()).ok());
        let start = Timestamp(ms.ok_or_else(|| WrittenError(text.to_owned()))?);
        Ok(Self { start, end: if day.is_some() { start + DAY } else { start } })
    }
}

impl fmt::Display for WrittenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:?} is not a time: expected one since 1970 as 2026-11-21T08:30:00Z, or a day as 2026-11-21",
            self.0
        )
    }
}

impl std::error::Error for WrittenError {}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse::<Written>().unwrap().start
    }

    #[test]
    fn a_day_and_a_month_begin_at_midnight_utc_and_their_last_millisecond_is_theirs() {
        let check = |moment: &str, day: &str, month: &str| {
            assert_eq!((at(moment).day(), at(moment).month()), (at(day), at(month)), "{moment}");
        };
        check("2024-02-29T23:59:59.999Z", "2024-02-29", "2024-02-01");
        check("2024-03-01T00:00:00Z", "2024-03-01", "2024-03-01");
        check("2026-12-31T23:30:00-01:00", "2027-01-01", "2027-01-01");
        check("1970-01-01T00:00:00Z", "1970-01-01", "1970-01-01");
        assert_eq!(Timestamp(u64::MAX).month(), Timestamp(u64::MAX).day());
    }

    #[test]
    fn a_month_of_each_day_of_four_hundred_years_begins_with_its_first() {
        let mut first = Timestamp(0);
        for day in 0..146_097 {
            let day = Timestamp(day * DAY_MS);
            if day.to_string()[8..10] == *"01" {
                first = day;
            }
            assert_eq!(day.month(), first, "{day}");
        }
    }

    #[test]
    fn a_written_day_is_whole_and_a_written_moment_has_no_length() {
        let day: Written = "2026-11-21".parse().unwrap();
        assert_eq!((day.start.to_string(), day.end), ("2026-11-21T00:00:00Z".to_owned(), at("2026-11-22")));
        let moment: Written = "2026-11-21T10:30:00+02:00".parse().unwrap();
        assert_eq!((moment.start.to_string(), moment.end), ("2026-11-21T08:30:00Z".to_owned(), moment.start));
    }

    #[test]
    fn what_is_no_time_is_named_with_what_was_expected() {
        for wrong in ["", "1", "yesterday", "2026-02-30", "2026-11-21T08:30:00", "1969-12-31", "20261121"] {
            let error = wrong.parse::<Written>().unwrap_err().to_string();
            assert!(error.starts_with(&format!("{wrong:?} is not a time: expected")), "{error}");
        }
    }
}
