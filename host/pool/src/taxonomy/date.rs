//! Points in time as RFC 3339 and its relatives write them: `2023-11-14T22:14:20Z`, with a fraction, with an offset, or
//! without one, which is UTC.

const DAY_MS: i64 = 86_400_000;
/// Days from 0000-03-01 to 1970-01-01.
const DAYS_TO_EPOCH: i64 = 719_468;

/// Whether a text can be nothing but a date: it begins with a year and a hyphen, which no span does.
pub(super) fn is_date(text: &str) -> bool {
    text.split_once('-').is_some_and(|(year, _)| digits(year, 4).is_some())
}

/// Milliseconds since 1970; what was before is 0.
pub(super) fn unix_ms(text: &str) -> Option<u64> {
    let (date, time) = text.split_once(['T', 't', ' '])?;
    let zone = time.find(['Z', 'z', '+', '-']).unwrap_or(time.len());
    let (clock, offset) = time.split_at(zone);
    let ms = days(date)?.checked_mul(DAY_MS)? + clock_ms(clock)? - offset_ms(offset)?;
    Some(u64::try_from(ms).unwrap_or(0))
}

/// Since 1970. Years are counted from March, so that the leap day is a year's last.
fn days(date: &str) -> Option<i64> {
    let (year, rest) = date.split_once('-')?;
    let (month, day) = rest.split_once('-')?;
    let (year, month, day) = (digits(year, 4)?, digits(month, 2)?, digits(day, 2)?);
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let year = if month <= 2 { year - 1 } else { year };
    let before = year * 365 + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    let month = (month + 9) % 12;
    Some(before + (153 * month + 2) / 5 + day - 1 - DAYS_TO_EPOCH)
}

/// `22:14`, `22:14:20`, `22:14:20.5`.
fn clock_ms(clock: &str) -> Option<i64> {
    let (hour, rest) = clock.split_once(':')?;
    let (minute, second) = rest.split_once(':').unwrap_or((rest, "00"));
    let (second, fraction) = second.split_once('.').unwrap_or((second, "0"));
    let (hour, minute, second) = (digits(hour, 2)?, digits(minute, 2)?, digits(second, 2)?);
    let sane = hour < 24 && minute < 60 && second <= 60;
    sane.then_some(((hour * 60 + minute) * 60 + second) * 1000 + thousandths(fraction)?)
}

/// `Z`, `+02:00`, `-0530`, `+01`, or nothing.
fn offset_ms(offset: &str) -> Option<i64> {
    let (sign, rest) = match offset.as_bytes().first() {
        None => return Some(0),
        Some(b'Z' | b'z') => return (offset.len() == 1).then_some(0),
        Some(b'-') => (-1, offset.get(1..)?),
        Some(_) => (1, offset.get(1..)?),
    };
    let minutes = rest.get(2..).unwrap_or_default().trim_start_matches(':');
    let minutes = if rest.len() == 2 { 0 } else { digits(minutes, 2)? };
    Some(sign * (digits(rest.get(..2)?, 2)? * 60 + minutes) * 60_000)
}

/// The first three digits after the point.
pub(super) fn thousandths(fraction: &str) -> Option<i64> {
    let is_number = !fraction.is_empty() && fraction.bytes().all(|byte| byte.is_ascii_digit());
    let padded = format!("{fraction:0<3}");
    if is_number { padded.get(..3)?.parse().ok() } else { None }
}

/// A number of exactly so many digits.
fn digits(text: &str, length: usize) -> Option<i64> {
    let is_number = text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit());
    if is_number { text.parse().ok() } else { None }
}
