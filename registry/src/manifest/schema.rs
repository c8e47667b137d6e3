//! The JSON Schema (draft 2020-12) of a plugin's configuration: whether it is one, and whether a configuration keeps it.
//! It must not know where a configuration comes from. A schema is a stranger's: nothing is fetched for it, and what it
//! may cost is bounded.

mod fault;
mod reference;

use jsonschema::{Draft, PatternOptions, ValidationError, Validator};
use serde_json::{Map, Value};

use super::wrong::Wrong;
use crate::text::shown;

pub use fault::ConfigFault;

const DRAFT: &str = "https://json-schema.org/draft/2020-12/schema";
/// Where it stands in a manifest.
const PLACE: &str = "config.schema";
/// What one compiled pattern takes.
const PATTERN_BYTES_MAX: usize = 1 << 20;
const FAULTS_MAX: usize = 20;

/// Refuses a schema that is none, and one that needs what is not in it or too much of what is.
pub(super) fn check(schema: &Map<String, Value>) -> Result<(), Wrong> {
    if let Some(draft) = schema.get("$schema").filter(|draft| *draft != DRAFT) {
        let message = format!("{} is another kind of schema: expected {DRAFT:?}", shown(&draft.to_string()));
        return Err(Wrong::at(PLACE, message).below("$schema"));
    }
    reference::check(&Value::Object(schema.clone()))?;
    validator(schema).map(|_| ()).map_err(|error| {
        let message = format!("it is no JSON Schema: {}", shown(&error.to_string()));
        let steps = error.instance_path().as_str().split('/').skip(1);
        steps.fold(Wrong::at(PLACE, message), |wrong, step| wrong.below(unescaped(step)))
    })
}

/// What `config` does not keep of `schema`, the first.
pub(super) fn faults(schema: &Map<String, Value>, config: &Value) -> Vec<ConfigFault> {
    match validator(schema) {
        Ok(validator) => validator.iter_errors(config).take(FAULTS_MAX).map(ConfigFault::of).collect(),
        // Nobody comes here: a manifest whose schema cannot be used was refused when it was read.
        Err(error) => vec![ConfigFault::of_schema(shown(&error.to_string()))],
    }
}

fn validator(schema: &Map<String, Value>) -> Result<Validator, ValidationError<'static>> {
    let patterns = PatternOptions::regex().size_limit(PATTERN_BYTES_MAX).dfa_size_limit(PATTERN_BYTES_MAX);
    let options =
        jsonschema::options().with_draft(Draft::Draft202012).offline().with_pattern_options(patterns);
    options.build(&Value::Object(schema.clone()))
}

/// A step of a JSON pointer.
fn unescaped(step: &str) -> String {
    step.replace("~1", "/").replace("~0", "~")
}
