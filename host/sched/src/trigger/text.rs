//! A trigger as people write it on one line. It must not know when anything is due.

use std::str::FromStr;
use std::time::Duration;

use patchbay_types::Timestamp;
use thiserror::Error;

use super::zone::Zone;
use super::{CronError, Every, EveryError, Once, OnceError, Trigger};

/// Why a text is no trigger.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum TriggerError {
    #[error(transparent)]
    Cron(#[from] CronError),
    #[error(transparent)]
    Every(#[from] EveryError),
    #[error(transparent)]
    Once(#[from] OnceError),
    #[error("'{text}' is no period: expected a whole number and s, m, h or d, as in `every 10m`")]
    Period { text: String },
}

/// `0 9 * * 1-5 Europe/Berlin` (without a zone: UTC), `@daily Asia/Tokyo`, `every 10m`, `at 2027-03-01T09:00:00Z`,
/// `at 2027-03-01T09:00:00 Europe/Berlin`.
impl FromStr for Trigger {
    type Err = TriggerError;

    fn from_str(text: &str) -> Result<Self, TriggerError> {
        let text = text.trim();
        if let Some(period) = text.strip_prefix("every ") {
            return Ok(Self::Every(Every::new(read_period(period.trim())?, Timestamp(0))?));
        }
        let (rest, zone) = split_zone(text);
        match rest.strip_prefix("at ") {
            Some(at) => Ok(Self::Once(Once::new(at.trim(), zone)?)),
            None => Ok(Self::cron(rest, zone)?),
        }
    }
}

/// The last word is a zone if there is one of that name, or if it looks like one: no field of a cron does.
fn split_zone(text: &str) -> (&str, &str) {
    let Some((rest, last)) = text.rsplit_once(char::is_whitespace) else { return (text, "UTC") };
    let looks_so = last.split_once('/').is_some_and(|(area, place)| {
        [area, place].iter().all(|part| part.starts_with(|c: char| c.is_ascii_alphabetic()))
    });
    if looks_so || Zone::named(last).is_ok() { (rest.trim_end(), last) } else { (text, "UTC") }
}

fn read_period(text: &str) -> Result<Duration, TriggerError> {
    let wrong = || TriggerError::Period { text: text.chars().take(64).collect() };
    let (number, unit) = [("s", 1), ("m", 60), ("h", 3_600), ("d", 86_400_u64)]
        .into_iter()
        .find_map(|(unit, seconds)| text.strip_suffix(unit).map(|number| (number, seconds)))
        .ok_or_else(wrong)?;
    let is_number = number.bytes().all(|byte| byte.is_ascii_digit());
    let seconds = number.parse::<u64>().ok().filter(|_| is_number).and_then(|n| n.checked_mul(unit));
    seconds.map(Duration::from_secs).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Trigger, String> {
        text.parse().map_err(|error: TriggerError| error.to_string())
    }

    #[test]
    fn each_kind_is_read_with_and_without_a_zone() {
        let cron = |expression, zone| Ok(Trigger::cron(expression, zone).unwrap());
        assert_eq!(read("0 9 * * 1-5 Europe/Berlin"), cron("0 9 * * 1-5", "Europe/Berlin"));
        assert_eq!(read(" 0 9 * * MON-FRI "), cron("0 9 * * MON-FRI", "UTC"));
        assert_eq!(read("*/5 * * * *"), cron("*/5 * * * *", "UTC"));
        assert_eq!(read("@daily Asia/Tokyo"), cron("@daily", "Asia/Tokyo"));
        assert_eq!(read("@hourly"), cron("@hourly", "UTC"));
        assert_eq!(read("0 9 * * * GMT"), cron("0 9 * * *", "GMT"));
        let every =
            |seconds| Ok(Trigger::Every(Every::new(Duration::from_secs(seconds), Timestamp(0)).unwrap()));
        assert_eq!((read("every 10m"), read("every 1d")), (every(600), every(86_400)));
        let once = |at, zone| Ok(Trigger::Once(Once::new(at, zone).unwrap()));
        assert_eq!(read("at 2027-03-01T09:00:00Z"), once("2027-03-01T09:00:00Z", "UTC"));
        assert_eq!(
            read("at 2027-03-01T09:00:00 Europe/Berlin"),
            once("2027-03-01T09:00:00", "Europe/Berlin")
        );
    }

    #[test]
    fn what_is_no_trigger_is_blamed_for_what_it_was_meant_to_be() {
        for (text, word) in [
            ("", "cron"),
            ("soon", "cron"),
            ("0 9 * * 1-5 Europe/Nowhere", "time zone 'Europe/Nowhere' is not known"),
            ("every 10", "'10' is no period"),
            ("every -1m", "'-1m' is no period"),
            ("every 0s", "a period of 0ns is wrong"),
            ("at 2027-02-30T09:00:00Z", "'2027-02-30T09:00:00Z' is no time"),
            ("at tomorrow UTC", "'tomorrow' is no time"),
        ] {
            let said = read(text).expect_err(text);
            assert!(said.contains(word), "{text:?}: {said}");
        }
    }
}
