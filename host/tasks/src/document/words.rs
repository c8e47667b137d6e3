//! The forms in which people write single values, to the form of a definition. It must not know where a value stood.

use patchbay_types::{NanoUsd, NanoUsdPerMillion, Written};
use serde_json::{Value, json};

use crate::{Priority, TaskName, TaskType};

/// Less nano-USD than this were meant as dollars.
const NANO_USD_MIN: u64 = 1_000_000;

fn found(value: &Value) -> String {
    let text: String = value.to_string().chars().take(60).collect();
    format!("found {text}")
}

pub(super) fn text(value: &Value) -> Result<Value, String> {
    match value {
        Value::Null => Ok(json!("")),
        Value::String(_) => Ok(value.clone()),
        other => Err(format!("{}, expected a text: put it in quotes", found(other))),
    }
}

pub(super) fn optional_text(value: &Value) -> Result<Value, String> {
    if value.is_null() { Ok(Value::Null) } else { text(value) }
}

pub(super) fn name(value: &Value) -> Result<Value, String> {
    let Some(name) = value.as_str() else {
        return Err(format!("{}, expected a task's name as a text: put it in quotes", found(value)));
    };
    name.parse::<TaskName>().map(|name| json!(name)).map_err(|error| error.to_string())
}

pub(super) fn optional_name(value: &Value) -> Result<Value, String> {
    if value.is_null() { Ok(Value::Null) } else { name(value) }
}

pub(super) fn kind(value: &Value) -> Result<Value, String> {
    known::<TaskType>(value, "fix, regular or creative")
}

pub(super) fn priority(value: &Value) -> Result<Value, String> {
    known::<Priority>(value, "P0, P1 or P2")
}

fn known<T: serde::de::DeserializeOwned>(value: &Value, words: &str) -> Result<Value, String> {
    let read = serde_json::from_value::<T>(value.clone());
    read.map(|_| value.clone()).map_err(|_| format!("{}, expected {words}", found(value)))
}

/// Milliseconds since 1970, a moment, or a day, which is over at its end.
pub(super) fn deadline(value: &Value) -> Result<Value, String> {
    match value {
        Value::Null => Ok(Value::Null),
        Value::Number(number) if number.is_u64() => Ok(value.clone()),
        Value::String(text) => {
            let written: Written = text.parse().map_err(|_| no_time(text))?;
            Ok(json!(written.end))
        }
        other => Err(format!(
            "{}, expected a time such as 2027-03-01T09:00:00Z, or milliseconds since 1970",
            found(other)
        )),
    }
}

fn no_time(text: &str) -> String {
    format!(
        "{:?} is no time: expected a date that exists, as 2027-03-01T09:00:00Z, 2027-03-01T09:00:00+01:00 or 2027-03-01",
        text.chars().take(60).collect::<String>()
    )
}

/// The name that a budget has in a definition, and its value.
pub(super) fn budget<'k>(key: &'k str, value: &Value) -> Result<(&'k str, Value), String> {
    match (key, value) {
        ("usd", Value::String(text)) => Ok((key, json!(dollars(text)?))),
        ("usd", Value::Number(number)) if number.as_u64().is_some_and(|n| n >= NANO_USD_MIN || n == 0) => {
            Ok((key, value.clone()))
        }
        ("usd", Value::Number(_)) => Err(format!(
            "{} nano-USD, which is next to nothing: write dollars as a text, as \"2.50\"",
            found(value)
        )),
        ("wall", Value::String(text)) => Ok(("wall_ms", json!(milliseconds(text)?))),
        ("wall", other) => Err(format!("{}, expected a time in s, m, h or d, as \"2h\"", found(other))),
        (_, Value::Null) if key != "attempts" => Ok((key, Value::Null)),
        (_, Value::Number(number)) if number.is_u64() => Ok((key, value.clone())),
        (_, other) => Err(format!("{}, expected a whole number", found(other))),
    }
}

/// A price has the same form: decimal, nine decimals, nothing rounded.
fn dollars(text: &str) -> Result<NanoUsd, String> {
    let amount = text.parse::<NanoUsdPerMillion>().map(|price| NanoUsd(price.0));
    amount.map_err(|_| format!("{text:?} is no amount: expected US dollars from 0 to 10000, as \"2.50\""))
}

/// `90s`, `30m`, `2h`, `1d`.
fn milliseconds(text: &str) -> Result<u64, String> {
    let wrong = || format!("{text:?} is no time: expected a whole number and s, m, h or d, as \"2h\"");
    let (number, unit_ms) = [("s", 1_000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000_u64)]
        .into_iter()
        .find_map(|(unit, ms)| text.strip_suffix(unit).map(|number| (number, ms)))
        .ok_or_else(wrong)?;
    let is_number = number.bytes().all(|byte| byte.is_ascii_digit());
    number.parse::<u64>().ok().filter(|_| is_number).and_then(|n| n.checked_mul(unit_ms)).ok_or_else(wrong)
}

/// A text, or a map: `{when}` is that text; `{cron, zone}`, `{every}` and `{at, zone}` become one.
pub(super) fn schedule(value: &Value) -> Result<Value, String> {
    let object = match value {
        Value::Null => return Ok(Value::Null),
        Value::String(when) => return Ok(json!({ "when": when })),
        Value::Object(object) => object,
        other => {
            return Err(format!(
                "{}, expected a text such as \"0 9 * * 1-5 Europe/Berlin\", or a map",
                found(other)
            ));
        }
    };
    let field = |key: &str| match object.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.as_str())),
        Some(other) => Err(format!("`{key}` is {}, expected a text: put it in quotes", found(other))),
    };
    let zone = field("zone")?.map(|zone| format!(" {zone}")).unwrap_or_default();
    let when = match (field("when")?, field("cron")?, field("every")?, field("at")?) {
        (Some(when), None, None, None) if zone.is_empty() => when.to_owned(),
        (None, Some(cron), None, None) => format!("{cron}{zone}"),
        (None, None, Some(every), None) if zone.is_empty() => format!("every {every}"),
        (None, None, None, Some(at)) => format!("at {at}{zone}"),
        _ => {
            return Err(
                "expected exactly one of `when`, `cron`, `every`, `at`; `zone` goes with `cron` and `at`"
                    .into(),
            );
        }
    };
    let time = |key: &str| {
        let text = field(key)?.map(milliseconds).transpose();
        text.map_err(|reason| format!("`{key}`: {reason}"))
    };
    Ok(json!({
        "when": when,
        "overlap": field("overlap")?,
        "catch_up_ms": time("catch_up")?,
        "jitter_ms": time("jitter")?,
        "pause_after": object.get("pause_after"),
    }))
}
