//! How one value is read: its form, its range, and how both are said to a person. It must not know any key.

mod amount;
mod json;
mod own_key;
mod reach;
mod recipient;
mod told;
mod word;

use std::fmt;
use std::net::SocketAddr;
use std::ops::{Range, RangeInclusive};
use std::path::PathBuf;
use std::time::Duration;

use patchbay_types::Bytes;
use toml::de::DeValue;

use crate::ClosedHours;

pub(crate) use amount::{tokens, usd};
pub(crate) use json::json;
pub(crate) use own_key::own_keys;
pub(crate) use reach::{folders, origins, programs};
pub(crate) use recipient::recipients;
pub(crate) use told::Told;
pub use word::{ApproveAbove, LogFormat, LogLevel, RoutingPolicy, WhenExhausted};
pub(crate) use word::{approve_above, format, level, policy, when_exhausted};

pub(crate) const MS: Duration = Duration::from_millis(1);
pub(crate) const SECOND: Duration = Duration::from_secs(1);
pub(crate) const HOUR: Duration = Duration::from_secs(3600);
pub(crate) const DAY: Duration = Duration::from_secs(24 * 3600);
pub(crate) const KIB: u64 = 1024;
pub(crate) const MIB: u64 = 1024 * KIB;
pub(crate) const GIB: u64 = 1024 * MIB;

/// The tick of the plugins' clock: their deadline is a whole number of these.
const EPOCH: Duration = Duration::from_millis(10);
const POOLS_MAX: usize = 16;
const PATHS_MAX: usize = 100;
const URL_BYTES_MAX: usize = 2048;
const HOURS_MAX: usize = 50;
const PATH_BYTES_MAX: usize = 4096;

type Read<T> = dyn Fn(&DeValue<'_>) -> Option<T>;
type Part = fn(&DeValue<'_>) -> Option<Range<usize>>;

/// What a value has to be.
pub(crate) struct Rule<T> {
    /// `None` for a value that is not as expected.
    pub(crate) read: Box<Read<T>>,
    /// Ends the sentence "expected …".
    pub(crate) expected: String,
    /// Which part of a wrong value is to be looked at, if not all of it.
    pub(crate) part: Part,
}

/// As it may be written in the file.
pub(crate) struct Spoken<T>(pub(crate) T);

impl<T> Rule<T> {
    fn new(expected: impl Into<String>, read: impl Fn(&DeValue<'_>) -> Option<T> + 'static) -> Self {
        Self { read: Box::new(read), expected: expected.into(), part: |_| None }
    }
}

pub(crate) fn address() -> Rule<SocketAddr> {
    Rule::new(r#"an IP address and a port, such as "127.0.0.1:9190" or "[::1]:9190""#, |value| {
        value.as_str()?.parse().ok()
    })
}

/// Of a file; whether there is one is not looked at.
pub(crate) fn path() -> Rule<PathBuf> {
    Rule::new("the path of a file, absolute or from the folder of this configuration", |value| {
        let path = value.as_str()?;
        let fits = (1..=PATH_BYTES_MAX).contains(&path.len()) && !path.contains('\0');
        fits.then(|| PathBuf::from(path)).filter(|path| path.file_name().is_some())
    })
}

pub(crate) fn duration(range: RangeInclusive<Duration>) -> Rule<Duration> {
    let expected =
        format!(r#"a time in ms, s, m or h from "{}" to "{}""#, Spoken(*range.start()), Spoken(*range.end()));
    Rule::new(expected, move |value| time(value.as_str()?).filter(|time| range.contains(time)))
}

/// A [`duration`] rounded up to whole epochs.
pub(crate) fn epochs() -> Rule<Duration> {
    let Rule { read, expected, .. } = duration(EPOCH..=SECOND * 10);
    Rule::new(format!("{expected}; it is rounded up to tens of ms"), move |value| {
        let epochs = read(value)?.as_millis().div_ceil(EPOCH.as_millis());
        Some(EPOCH * u32::try_from(epochs).ok()?)
    })
}

pub(crate) fn bytes(range: RangeInclusive<u64>) -> Rule<Bytes> {
    let (least, most) = (Spoken(Bytes(*range.start())), Spoken(Bytes(*range.end())));
    let expected = format!(r#"bytes from "{least}" to "{most}", as a number or with KiB, MiB or GiB"#);
    Rule::new(expected, move |value| size(value).filter(|bytes| range.contains(bytes)).map(Bytes))
}

pub(crate) fn count<N>(range: RangeInclusive<u32>) -> Rule<N>
where
    N: TryFrom<u32> + 'static,
{
    Rule::new(format!("a whole number from {} to {}", range.start(), range.end()), move |value| {
        let count = u32::try_from(integer(value)?).ok()?;
        N::try_from(count).ok().filter(|_| range.contains(&count))
    })
}

pub(crate) fn share(range: RangeInclusive<f64>) -> Rule<f64> {
    Rule::new(format!("a share from {} to {}", range.start(), range.end()), move |value| {
        number(value).filter(|share| range.contains(share))
    })
}

pub(crate) fn flag() -> Rule<bool> {
    Rule::new("true or false", |value| value.as_bool())
}

/// Names of pools, each once, the first one asked first.
pub(crate) fn pools() -> Rule<Vec<String>> {
    let expected = format!(
        "a list of 1 to {POOLS_MAX} different names, each of 1 to 64 letters, digits, `.`, `_` or `-` with a letter \
         or digit first"
    );
    Rule::new(expected, |value| {
        let names: Option<Vec<String>> =
            value.as_array()?.iter().map(|name| pool(name.get_ref().as_str()?)).collect();
        names.filter(|names| (1..=POOLS_MAX).contains(&names.len()) && all_differ(names))
    })
}

/// Paths below `/v1/`, without a slash at either end, or `*` for all.
pub(crate) fn paths() -> Rule<Vec<String>> {
    let expected = format!(
        r#"a list of at most {PATHS_MAX} paths such as "files" or "fine_tuning/jobs" (a-z A-Z 0-9 . _ - and slashes \
           within), or ["*"]"#
    );
    Rule::new(expected, |value| {
        let paths: Option<Vec<String>> =
            value.as_array()?.iter().map(|path| path_below(path.get_ref().as_str()?)).collect();
        paths.filter(|paths| paths.len() <= PATHS_MAX && all_differ(paths))
    })
}

fn path_below(path: &str) -> Option<String> {
    let is_part = |part: &str| pool(part).is_some();
    (path == "*" || path.split('/').all(is_part)).then(|| path.to_owned())
}

/// Empty, or where something listens.
pub(crate) fn endpoint() -> Rule<String> {
    Rule::new(r#"a URL such as "http://127.0.0.1:4318", or "" for none"#, |value| {
        let text = value.as_str()?;
        let is_url = ["http://", "https://"]
            .iter()
            .any(|scheme| text.len() > scheme.len() && text.starts_with(scheme));
        let fits = text.len() <= URL_BYTES_MAX && text.bytes().all(|byte| byte.is_ascii_graphic());
        (text.is_empty() || is_url && fits).then(|| text.to_owned())
    })
}

/// Empty, or the name of a model.
pub(crate) fn words() -> Rule<String> {
    Rule::new(r#"the name of a model, such as "gpt-5-mini", or "" for none"#, |value| {
        let text = value.as_str()?;
        (text.len() <= 200 && !text.chars().any(char::is_control)).then(|| text.trim().to_owned())
    })
}

/// Empty, or a bucket of an S3-compatible store, and perhaps a folder in it.
pub(crate) fn bucket() -> Rule<String> {
    Rule::new(r#"a bucket as "s3://NAME" or "s3://NAME/FOLDER", or "" for none"#, |value| {
        let text = value.as_str()?;
        let is_part = |part: &str| pool(part).is_some();
        let fits = |rest: &str| text.len() <= URL_BYTES_MAX && rest.split('/').all(is_part);
        (text.is_empty() || text.strip_prefix("s3://").is_some_and(fits)).then(|| text.to_owned())
    })
}

/// Empty, or the path of a folder; whether there is one is not looked at.
pub(crate) fn folder() -> Rule<PathBuf> {
    Rule::new(
        r#"the path of a folder, absolute or from the folder of this configuration, or "" for that one"#,
        |value| {
            let path = value.as_str()?;
            (path.len() <= PATH_BYTES_MAX && !path.contains('\0')).then(|| PathBuf::from(path))
        },
    )
}

/// Hours of the week.
pub(crate) fn closed_hours() -> Rule<Vec<ClosedHours>> {
    let expected = format!(
        r#"a list of at most {HOURS_MAX} texts of days, hours and an IANA zone, such as "Mon-Fri 09:00-18:00 \
           Europe/Berlin" or "Sat,Sun 00:00-24:00 UTC""#
    );
    let read = |value: &DeValue<'_>| ClosedHours::read(value.as_str()?);
    let rule = Rule::new(expected, move |value| {
        let hours: Option<Vec<_>> = value.as_array()?.iter().map(|item| read(item.get_ref())).collect();
        hours.filter(|hours| hours.len() <= HOURS_MAX)
    });
    Rule {
        part: |value| reach::wrong(value, |item| item.as_str().and_then(ClosedHours::read).is_some()),
        ..rule
    }
}

fn pool(name: &str) -> Option<String> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    let first = name.as_bytes().first()?;
    (first.is_ascii_alphanumeric() && name.len() <= 64 && name.bytes().all(allowed)).then(|| name.to_owned())
}

fn all_differ(names: &[String]) -> bool {
    names.iter().enumerate().all(|(at, name)| !names[..at].contains(name))
}

/// `250ms`, `10s`, `5m`, `1h`: a whole number and one unit.
fn time(text: &str) -> Option<Duration> {
    let (number, unit) = split(text)?;
    let unit_ms: u64 = match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        _ => return None,
    };
    number.checked_mul(unit_ms).map(Duration::from_millis)
}

fn size(value: &DeValue<'_>) -> Option<u64> {
    let Some(text) = value.as_str() else {
        return u64::try_from(integer(value)?).ok();
    };
    let (number, unit) = split(text)?;
    let unit = match unit.trim_start() {
        "KiB" => KIB,
        "MiB" => MIB,
        "GiB" => GIB,
        _ => return None,
    };
    number.checked_mul(unit)
}

fn split(text: &str) -> Option<(u64, &str)> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    Some((number.parse().ok()?, unit))
}

fn integer(value: &DeValue<'_>) -> Option<i64> {
    let integer = value.as_integer()?;
    i64::from_str_radix(integer.as_str(), integer.radix()).ok()
}

fn number(value: &DeValue<'_>) -> Option<f64> {
    let float = value.as_float().map(|float| float.as_str());
    float.or_else(|| value.as_integer().map(|integer| integer.as_str()))?.parse().ok()
}

/// In the largest unit that leaves nothing over.
impl fmt::Display for Spoken<Duration> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ms = self.0.as_millis();
        match [(3_600_000, "h"), (60_000, "m"), (1_000, "s")]
            .iter()
            .find(|(unit, _)| ms.is_multiple_of(*unit))
        {
            Some((unit, name)) => write!(f, "{}{name}", ms / unit),
            None => write!(f, "{ms}ms"),
        }
    }
}

impl fmt::Display for Spoken<Bytes> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = self.0.0;
        match [(GIB, "GiB"), (MIB, "MiB"), (KIB, "KiB")].iter().find(|(unit, _)| bytes.is_multiple_of(*unit))
        {
            Some((unit, name)) => write!(f, "{} {name}", bytes / unit),
            None => write!(f, "{bytes}"),
        }
    }
}
