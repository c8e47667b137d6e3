//! A moment as people and programs write it: RFC 3339, in UTC. It must not know whose moment it is.

const DAY_S: u64 = 24 * 60 * 60;

/// `ms` is milliseconds since 1970. Down to the second.
pub(crate) fn rfc3339(ms: u64) -> String {
    let seconds = ms / 1000;
    let (year, month, day) = date(seconds / DAY_S);
    let (hour, minute, second) = (seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

/// Year, month and day, from days since 1970. Counted in years that begin in March, so that a leap day comes last.
fn date(days: u64) -> (u64, u64, u64) {
    const ERA_DAYS: u64 = 146_097; // 400 years
    let days = days + 719_468; // since 0000-03-01
    let (era, day) = (days / ERA_DAYS, days % ERA_DAYS);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153; // 0 is March
    let of_month = day - (153 * month + 2) / 5 + 1;
    let (year, month) = if month < 10 { (year, month + 3) } else { (year + 1, month - 9) };
    (era * 400 + year, month, of_month)
}
