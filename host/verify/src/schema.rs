//! The JSON Schema of a `file` check: whether it can be used, and what of a value it does not allow. A schema may be a
//! model's: nothing is fetched for it, and what it may cost is bounded. It must not know files.

mod cost;

use jsonschema::{PatternOptions, ValidationError, Validator};
use serde_json::Value;

use crate::refused::CheckRefused;
use crate::text::shown;

/// What one compiled pattern takes.
const PATTERN_BYTES_MAX: usize = 1 << 20;

pub(crate) struct Schema(Validator);

impl Schema {
    /// Draft 2020-12, unless its `$schema` names another one.
    pub(crate) fn new(schema: &Value) -> Result<Self, CheckRefused> {
        let hint = "refer with #/$defs/NAME within the schema, without circles";
        cost::check(schema).map_err(|reason| CheckRefused::Schema { reason, hint })?;
        let patterns =
            PatternOptions::regex().size_limit(PATTERN_BYTES_MAX).dfa_size_limit(PATTERN_BYTES_MAX);
        let built = jsonschema::options().offline().with_pattern_options(patterns).build(schema);
        built.map(Self).map_err(|wrong| CheckRefused::Schema {
            reason: format!("{}: {}", at(&wrong), shown(&wrong.to_string())),
            hint: "expected one of draft 2020-12, or of the draft that `$schema` names",
        })
    }

    /// The first thing that it does not allow, in words.
    pub(crate) fn fault(&self, value: &Value) -> Option<String> {
        let wrong = self.0.iter_errors(value).next()?;
        let found = shown(&wrong.instance().to_string());
        Some(format!(
            "{}: found {found}, expected otherwise: {}",
            at(&wrong),
            shown(&wrong.masked().to_string())
        ))
    }
}

/// Where, as a JSON pointer.
fn at(wrong: &ValidationError<'_>) -> String {
    match wrong.instance_path().as_str() {
        "" => "at the top".to_owned(),
        pointer => format!("at {:?}", shown(pointer)),
    }
}
