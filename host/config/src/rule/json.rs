//! A value that is passed on as it is, in JSON.

use serde_json::{Map, Number, Value};
use toml::de::{DeTable, DeValue};

use super::{Rule, integer, number};

pub(crate) fn json() -> Rule<Map<String, Value>> {
    Rule::new("a table of values that JSON has too (no dates, no inf, no nan)", |value| {
        object(value.as_table()?)
    })
}

/// The parser has bounded the depth.
fn object(table: &DeTable<'_>) -> Option<Map<String, Value>> {
    table.iter().map(|(key, value)| Some((key.get_ref().to_string(), any(value.get_ref())?))).collect()
}

fn any(value: &DeValue<'_>) -> Option<Value> {
    match value {
        DeValue::String(text) => Some(Value::from(text.as_ref())),
        DeValue::Integer(_) => integer(value).map(Value::from),
        DeValue::Float(_) => Number::from_f64(number(value)?).map(Value::Number),
        DeValue::Boolean(flag) => Some(Value::from(*flag)),
        DeValue::Datetime(_) => None,
        DeValue::Array(items) => items.iter().map(|item| any(item.get_ref())).collect(),
        DeValue::Table(table) => object(table).map(Value::Object),
    }
}
