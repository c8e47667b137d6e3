//! UTC days, and the months that they lie in: what a budget of a day or a month needs of the calendar, and no more.

use patchbay_types::Timestamp;

const DAY_MS: u64 = 86_400_000;

/// Days since 1970-01-01, UTC.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub(crate) struct Day(u64);

impl Day {
    pub(crate) fn of(moment: Timestamp) -> Self {
        Self(moment.0 / DAY_MS)
    }

    pub(crate) fn start(self) -> Timestamp {
        Timestamp(self.0.saturating_mul(DAY_MS))
    }

    pub(crate) fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }

    /// The first day of its month.
    pub(crate) fn month(self) -> Self {
        Self(self.0.saturating_sub(self.of_month() - 1))
    }

    /// The first day of the month after its own. No month is longer than 31 days, and none is shorter than 28: so 31
    /// days after a first lie in the next month.
    pub(crate) fn next_month(self) -> Self {
        Self(self.month().0.saturating_add(31)).month()
    }

    /// 1 to 31, in the Gregorian calendar. Years are counted from March, so that a leap day is the last of its year;
    /// then months repeat in fives of 153 days, and everything after 400 years.
    fn of_month(self) -> u64 {
        const DAYS_FROM_0000_03_01: u64 = 719_468;
        let of_era = (self.0 + DAYS_FROM_0000_03_01) % 146_097;
        let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year + year / 4 - year / 100);
        let month = (5 * of_year + 2) / 153;
        of_year - (153 * month + 2) / 5 + 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAYS_OF_400_YEARS: u64 = 146_097;

    /// As patchbay-types writes it: `2024-02`, `29`.
    fn written(day: Day) -> (String, u64) {
        let text = day.start().to_string();
        (text[..7].to_owned(), text[8..10].parse().unwrap())
    }

    #[test]
    fn each_day_of_400_years_and_more_is_as_it_is_written() {
        let mut month = Day(0);
        for day in (0..DAYS_OF_400_YEARS + 400).map(Day) {
            let (_, of_month) = written(day);
            if of_month == 1 {
                assert!(day == Day(0) || month.next_month() == day, "{day:?}: a month begins");
                month = day;
            }
            assert_eq!((day.of_month(), day.month()), (of_month, month), "{day:?}");
        }
    }

    #[test]
    fn february_has_its_leap_days() {
        for (first_of_february, days) in
            [(949_363_200_000, 29), (1_706_745_600_000, 29), (4_105_123_200_000, 28)]
        {
            let february = Day::of(Timestamp(first_of_february));
            assert_eq!(written(february).1, 1);
            assert_eq!(february.next_month(), Day(february.0 + days), "{}", written(february).0);
        }
    }

    #[test]
    fn the_end_of_time_does_not_panic() {
        let last = Day::of(Timestamp(u64::MAX));
        assert!(last.month() <= last && last.next_month() > last);
        assert_eq!(last.next().start(), Timestamp(u64::MAX));
    }
}
