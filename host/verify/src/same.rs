//! Whether two JSON values are equal as JSON means it: 1 and 1.0 are. It must not know where they come from.

use serde_json::{Number, Value};

/// Parsed values are at most 128 levels deep, so this is too.
pub(crate) fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => same_number(one, other),
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            let has =
                |(key, value): (&String, &Value)| other.get(key).is_some_and(|found| same(value, found));
            one.len() == other.len() && one.iter().all(has)
        }
        _ => one == other,
    }
}

/// Whole numbers exactly, others as they are computed with.
fn same_number(one: &Number, other: &Number) -> bool {
    let whole = |number: &Number| !number.is_f64();
    match whole(one) && whole(other) {
        true => one == other,
        false => one.as_f64() == other.as_f64(),
    }
}
