//! The text of closed hours to their meaning. It must not know when now is.

use jiff::civil::Time;
use jiff::tz::TimeZoneDatabase;

use super::ClosedHours;

/// Bytes of one such text.
const TEXT_BYTES_MAX: usize = 200;
const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const DAY_MINUTES: i64 = 24 * 60;

pub(super) fn read(text: &str) -> Option<ClosedHours> {
    if text.len() > TEXT_BYTES_MAX {
        return None;
    }
    let mut parts = text.split_ascii_whitespace();
    let (days, hours, zone) = (days(parts.next()?)?, parts.next()?, parts.next()?);
    let (from, to) = hours.split_once('-')?;
    let (from, to) = (minutes(from).filter(|from| *from < DAY_MINUTES)?, minutes(to)?);
    // From a time to itself is a slip more often than a whole day, which is 00:00-24:00.
    if from == to || parts.next().is_some() {
        return None;
    }
    let to_minutes = if to > from { to } else { to + DAY_MINUTES };
    let from = Time::new(i8::try_from(from / 60).ok()?, i8::try_from(from % 60).ok()?, 0, 0).ok()?;
    let zone = TimeZoneDatabase::bundled().get(zone).ok()?;
    let text = text.split_ascii_whitespace().collect::<Vec<_>>().join(" ");
    Some(ClosedHours { text, days, from, to_minutes, zone })
}

/// `Mon-Fri`, `Sat,Sun`, `Fri-Mon,Wed`.
fn days(text: &str) -> Option<[bool; 7]> {
    let mut days = [false; 7];
    for part in text.split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (first, last) = (day(first)?, day(last)?);
        let count = (last + 7 - first) % 7;
        for at in first..=first + count {
            *days.get_mut(at % 7)? = true;
        }
    }
    Some(days)
}

fn day(text: &str) -> Option<usize> {
    let text = text.to_ascii_lowercase();
    DAYS.iter().position(|day| *day == text)
}

/// `09:00` to `24:00`, since midnight.
fn minutes(text: &str) -> Option<i64> {
    let (hours, minutes) = text.split_once(':')?;
    let two = |text: &str| text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
    if !two(hours) || !two(minutes) {
        return None;
    }
    let (hours, minutes): (i64, i64) = (hours.parse().ok()?, minutes.parse().ok()?);
    let total = hours * 60 + minutes;
    (minutes < 60 && total <= DAY_MINUTES).then_some(total)
}
