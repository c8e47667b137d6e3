//! Hours of the week in which nothing may be changed, as an operator writes them. It must not know what waits for
//! their end.

mod read;

use std::fmt;

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp as Moment};
use patchbay_types::Timestamp;

/// Hours that follow each other at once are told as one stretch, over at most so many of them.
const STRETCH_MAX: usize = 32;

/// Days, hours and an IANA zone: `Mon-Fri 09:00-18:00 Europe/Berlin`, `Sat,Sun 00:00-24:00 UTC`. Hours that end before
/// they begin last into the next day: `Fri 22:00-06:00 UTC` is over on Saturday.
#[derive(Clone)]
pub struct ClosedHours {
    text: String,
    /// From Monday.
    days: [bool; 7],
    from: Time,
    /// Minutes after the midnight at which the day begins: up to 48 hours.
    to_minutes: i64,
    zone: TimeZone,
}

impl ClosedHours {
    /// None if it is not as the type says, or the zone is not known.
    pub(crate) fn read(text: &str) -> Option<Self> {
        read::read(text)
    }

    /// As it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// When the hours end that hold this moment. A local time that a change of the clock left out counts as the first
    /// moment after the gap; of one that is there twice the hours begin at the first and end at the second.
    #[must_use]
    pub fn until(&self, now: Timestamp) -> Option<Timestamp> {
        let moment = Moment::from_millisecond(i64::try_from(now.0).ok()?).ok()?;
        let today = self.zone.to_datetime(moment).date();
        let ends = [today.yesterday().ok(), Some(today)]
            .into_iter()
            .flatten()
            .filter_map(|day| self.end(day, moment));
        u64::try_from(ends.max()?.as_millisecond()).ok().map(Timestamp)
    }

    fn end(&self, day: Date, moment: Moment) -> Option<Moment> {
        let at = usize::try_from(day.weekday().to_monday_zero_offset()).ok()?;
        if !*self.days.get(at)? {
            return None;
        }
        let begin = self.zone.to_ambiguous_timestamp(day.to_datetime(self.from)).compatible().ok()?;
        let last: DateTime =
            day.to_datetime(Time::midnight()).checked_add(Span::new().minutes(self.to_minutes)).ok()?;
        let end = self.zone.to_ambiguous_timestamp(last);
        let end = if end.is_ambiguous() { end.later() } else { end.compatible() }.ok()?;
        (begin <= moment && moment < end).then_some(end)
    }
}

/// When all hours are over that hold this moment, those that follow at once among them; none if it is in no such hours.
/// Hours without end are told up to 32 ends ahead: ask again then.
#[must_use]
pub fn closed_until(hours: &[ClosedHours], now: Timestamp) -> Option<Timestamp> {
    let latest = |at: Timestamp| hours.iter().filter_map(|hours| hours.until(at)).max();
    std::iter::successors(latest(now), |end| latest(*end)).take(STRETCH_MAX).last()
}

impl PartialEq for ClosedHours {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for ClosedHours {}

impl fmt::Debug for ClosedHours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.text, f)
    }
}

#[cfg(test)]
mod tests;
