//! Numbers with what follows them: dates in CJK, durations, sizes. It must not know words.

/// Units of time, as whole words; longer ones first where one begins another.
#[rustfmt::skip]
const TIME_UNITS: &[&str] = &[
    "milliseconds", "millisecond", "microseconds", "nanoseconds", "seconds", "second", "minutes", "minute",
    "hours", "hour", "days", "day", "secs", "sec", "mins", "min", "ms", "us", "µs", "ns", "s", "m", "h", "d",
];
const CJK_TIME_UNITS: &[&str] = &["毫秒", "微秒", "秒钟", "秒", "分钟", "小时", "天"];
/// Bytes of the number of a duration: more are the beginning of a hash.
const DURATION_DIGITS_MAX: usize = 10;
/// Bytes of a number that are looked at.
const DIGITS_MAX: usize = 40;

/// A CJK date or a duration that begins here, and its length in bytes.
pub(super) fn with_unit(rest: &str, before: Option<char>) -> Option<(&'static str, usize)> {
    if before.is_some_and(|char| char.is_ascii_alphanumeric() || matches!(char, '_' | '-' | '.' | '/' | '>'))
    {
        return None;
    }
    cjk_date(rest).map(|length| ("<date>", length)).or_else(|| duration(rest).map(|length| ("<dur>", length)))
}

/// `2026年11月21日`, also without year or day.
fn cjk_date(rest: &str) -> Option<usize> {
    let mut length = 0;
    for unit in ["年", "月", "日"] {
        let part = rest.get(length..).unwrap_or_default();
        let digits = digits(part);
        if digits > 0 && part.get(digits..).is_some_and(|after| after.starts_with(unit)) {
            length += digits + unit.len();
        }
    }
    (length > 0).then_some(length)
}

/// `30s`, `1.5 ms`, `30 秒`.
fn duration(rest: &str) -> Option<usize> {
    let number = number(rest);
    if number > DURATION_DIGITS_MAX {
        return None;
    }
    let after = rest.get(number..)?;
    let unit = after.strip_prefix(' ').unwrap_or(after);
    let skipped = number + after.len() - unit.len();
    if let Some(cjk) = CJK_TIME_UNITS.iter().find(|name| unit.starts_with(**name)) {
        return Some(skipped + cjk.len());
    }
    let ends =
        |rest: &str| !rest.starts_with(|c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '/'));
    let spaced = skipped > number;
    let name = TIME_UNITS
        .iter()
        .filter(|name| !spaced || name.len() > 1)
        .find(|name| unit.strip_prefix(**name).is_some_and(ends))?;
    Some(skipped + name.len())
}

/// The length of what a log puts behind the seconds of a time: `,123`.
pub(super) fn fraction(rest: &str) -> Option<usize> {
    let count = digits(rest.strip_prefix([',', '.'])?);
    matches!(count, 3 | 6 | 9).then_some(count + 1)
}

/// The length of a number with at most one point.
pub(super) fn number(rest: &str) -> usize {
    let whole = digits(rest);
    let part = rest.get(whole..).and_then(|rest| rest.strip_prefix('.')).map_or(0, digits);
    if part > 0 { whole + 1 + part } else { whole }
}

fn digits(rest: &str) -> usize {
    rest.bytes().take(DIGITS_MAX).take_while(u8::is_ascii_digit).count()
}
