//! From a kind and JSON arguments, which is how the contract says an action or a check, to a value of a type. It must
//! not know which kinds there are.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// Why a kind and its arguments are no action or check.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum PartsError {
    #[error(
        "the arguments of {what} `{kind}` are {found} bytes: expected at most {}; keep what is big as an artifact",
        ARGUMENTS_BYTES_MAX
    )]
    TooBig { what: &'static str, kind: String, found: usize },
    #[error("the arguments of {what} `{kind}` are no JSON object: {reason}; write {{}} if there are none")]
    NoObject { what: &'static str, kind: String, reason: String },
    #[error("`kind` is an argument of {what} `{kind}`: leave it out, the kind has a field of its own")]
    Kind { what: &'static str, kind: String },
    #[error("field `{field}` of {what} `{kind}`: {reason}")]
    Field { what: &'static str, kind: String, field: String, reason: String },
    #[error("{what} `{kind}`: {reason}")]
    Other { what: &'static str, kind: String, reason: String },
}

/// Bytes of one action's or check's arguments.
const ARGUMENTS_BYTES_MAX: usize = 256 * 1024;

/// Reads a value whose `serde` tag is `kind`, once what is written has its stored form.
///
/// # Errors
/// What is wrong, with the kind and, if one can be blamed, the field.
pub(crate) fn from_parts<T: DeserializeOwned>(
    what: &'static str,
    kind: &str,
    arguments: &str,
) -> Result<T, PartsError> {
    let mut object = object(what, kind, arguments)?;
    if object.insert("kind".to_owned(), kind.into()).is_some() {
        return Err(PartsError::Kind { what, kind: kind.to_owned() });
    }
    serde_json::from_value(Value::Object(object.clone())).map_err(|error| {
        let (kind, reason) = (kind.to_owned(), error.to_string());
        match culprit::<T>(&object, &reason) {
            Some(field) => PartsError::Field { what, kind, field, reason },
            None => PartsError::Other { what, kind, reason: plain(&reason).to_owned() },
        }
    })
}

/// Of a word that nobody knows, those that are known.
fn plain(reason: &str) -> &str {
    let unknown = reason.strip_prefix("unknown variant ").and_then(|reason| reason.split_once(", "));
    unknown.map_or(reason, |(_, expected)| expected)
}

fn object(what: &'static str, kind: &str, arguments: &str) -> Result<Map<String, Value>, PartsError> {
    if arguments.len() > ARGUMENTS_BYTES_MAX {
        return Err(PartsError::TooBig { what, kind: kind.to_owned(), found: arguments.len() });
    }
    let text = if arguments.trim().is_empty() { "{}" } else { arguments };
    serde_json::from_str(text).map_err(|error| PartsError::NoObject {
        what,
        kind: kind.to_owned(),
        reason: error.to_string(),
    })
}

/// The field without which the complaint is another one. A tagged value is read from memory, so the reader itself
/// cannot say where it stood.
fn culprit<T: DeserializeOwned>(object: &Map<String, Value>, reason: &str) -> Option<String> {
    if let Some(field) = reason.strip_prefix("missing field `").and_then(|rest| rest.split('`').next()) {
        return Some(field.to_owned());
    }
    let complains = |without: &str| {
        let rest = object.iter().filter(|(key, _)| *key != without).map(|(k, v)| (k.clone(), v.clone()));
        serde_json::from_value::<T>(Value::Object(rest.collect())).err().map(|error| error.to_string())
    };
    let mut fields = object.keys().filter(|key| *key != "kind").take(FIELDS_TRIED_MAX);
    fields.find(|key| complains(key).as_deref() != Some(reason)).cloned()
}

/// Fields that are tried to find the one to blame: more than any kind has.
const FIELDS_TRIED_MAX: usize = 32;
