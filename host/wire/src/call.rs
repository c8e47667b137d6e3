//! What the gateway must know of a request's body, read in one pass. Everything else in it is the provider's to judge:
//! the body is only skimmed, so its numbers and texts are neither converted nor copied.

use std::borrow::Cow;
use std::ops::Range;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::splice::span_in;

/// The head of a call: what routing, limits and accounting need before the body is forwarded.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CallHead {
    /// The `model` that the client asked for, unescaped: 1 to 256 bytes.
    pub model: String,
    /// Where the value of `model` lies in the body, its quotes included: for [`crate::splice_model`].
    pub model_span: Range<usize>,
    pub stream: bool,
    /// The largest of `max_tokens`, `max_completion_tokens` and `max_output_tokens`.
    pub max_tokens: Option<u64>,
    /// The same for bodies that begin with the same 1,024 bytes, on every host and in every version.
    pub prefix_hash: u64,
}

/// Why a body is no call. The client's to mend; each message is meant for it.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum CallError {
    #[error("the request body is empty: expected a JSON object with a `model`")]
    Empty,
    /// `reason` names the place too.
    #[error("the request body is not JSON: {reason}")]
    NotJson { reason: String, line: usize, column: usize },
    #[error("the request body is nested deeper than {DEPTH_MAX} levels")]
    TooDeep,
    #[error("the request body is not a JSON object: expected {{\"model\": …}}")]
    NotAnObject,
    #[error("the request body has no `{param}`: expected {expected}")]
    Missing { param: &'static str, expected: &'static str },
    #[error("the request body has more than one `{param}`: send it once")]
    Duplicate { param: &'static str },
    #[error("`{param}` is {found}: expected {expected}")]
    Wrong { param: &'static str, found: String, expected: &'static str },
}

/// Objects and arrays in one another; also what serde_json allows where it recurses.
const DEPTH_MAX: usize = 128;
const MODEL_BYTES_MAX: usize = 256;
const PREFIX_BYTES: usize = 1024;

const MODEL: &str = "model";
const STREAM: &str = "stream";
const FIELDS: [&str; 5] = [MODEL, STREAM, "max_tokens", "max_completion_tokens", "max_output_tokens"];
const A_MODEL: &str = "the name of a model, a string of 1 to 256 bytes";

/// The values of [`FIELDS`], as they stand in the body.
#[derive(Default)]
struct Fields<'a> {
    found: [Option<&'a RawValue>; FIELDS.len()],
    duplicate: Option<&'static str>,
}

/// A key's place in [`FIELDS`], if it has one.
struct Key(Option<usize>);

impl CallHead {
    /// Reads the body of a request to any [`crate::Endpoint`].
    ///
    /// The whole body is checked to be one JSON object. A key given twice is refused where two readers could take
    /// different values from it: what is admitted here must be what the provider runs.
    ///
    /// # Errors
    /// [`CallError`]; [`CallError::param`] names the field.
    pub fn read(body: &[u8]) -> Result<Self, CallError> {
        let text =
            std::str::from_utf8(body).map_err(|error| CallError::not_utf8(body, error.valid_up_to()))?;
        if text.trim_ascii().is_empty() {
            return Err(CallError::Empty);
        }
        let fields: Fields<'_> = serde_json::from_str(text).map_err(|error| CallError::not_json(&error))?;
        if is_too_deep(body) {
            return Err(CallError::TooDeep);
        }
        if let Some(param) = fields.duplicate {
            return Err(CallError::Duplicate { param });
        }
        fields.head(text)
    }
}

impl CallError {
    /// The field of the body that is to blame.
    #[must_use]
    pub fn param(&self) -> Option<&'static str> {
        match self {
            Self::Missing { param, .. } | Self::Duplicate { param } | Self::Wrong { param, .. } => {
                Some(param)
            }
            Self::Empty | Self::NotJson { .. } | Self::TooDeep | Self::NotAnObject => None,
        }
    }

    fn not_json(error: &serde_json::Error) -> Self {
        if error.is_data() {
            return Self::NotAnObject;
        }
        Self::NotJson { reason: error.to_string(), line: error.line(), column: error.column() }
    }

    fn not_utf8(body: &[u8], valid: usize) -> Self {
        let before = body.get(..valid).unwrap_or(body);
        let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
        let column = 1 + before.iter().rev().take_while(|byte| **byte != b'\n').count();
        Self::NotJson { reason: format!("invalid UTF-8 at line {line} column {column}"), line, column }
    }

    fn wrong(param: &'static str, found: &RawValue, expected: &'static str) -> Self {
        let found = match found.get().char_indices().nth(60) {
            Some((end, _)) => format!("{}…", &found.get()[..end]),
            None => found.get().to_owned(),
        };
        Self::Wrong { param, found, expected }
    }
}

impl Fields<'_> {
    fn head(&self, text: &str) -> Result<CallHead, CallError> {
        let [model, stream, limits @ ..] = self.found;
        let model = model.ok_or(CallError::Missing { param: MODEL, expected: A_MODEL })?;
        let mut max_tokens = None;
        for (param, limit) in FIELDS[2..].iter().zip(limits) {
            max_tokens = max_tokens.max(read_limit(param, limit)?);
        }
        Ok(CallHead {
            model: read_model(model)?,
            model_span: span_in(text.as_bytes(), model.get().as_bytes()),
            stream: read_stream(stream)?,
            max_tokens,
            prefix_hash: prefix_hash(text.as_bytes()),
        })
    }
}

fn read_model(raw: &RawValue) -> Result<String, CallError> {
    match serde_json::from_str::<Cow<'_, str>>(raw.get()) {
        Ok(model) if (1..=MODEL_BYTES_MAX).contains(&model.len()) => Ok(model.into_owned()),
        _ => Err(CallError::wrong(MODEL, raw, A_MODEL)),
    }
}

fn read_stream(raw: Option<&RawValue>) -> Result<bool, CallError> {
    match raw.map(|raw| (raw, raw.get())) {
        None | Some((_, "null" | "false")) => Ok(false),
        Some((_, "true")) => Ok(true),
        Some((raw, _)) => Err(CallError::wrong(STREAM, raw, "true or false")),
    }
}

fn read_limit(param: &'static str, raw: Option<&RawValue>) -> Result<Option<u64>, CallError> {
    match raw.filter(|raw| raw.get() != "null") {
        None => Ok(None),
        Some(raw) => match raw.get().parse() {
            Ok(limit) => Ok(Some(limit)),
            Err(_) => Err(CallError::wrong(param, raw, "an integer that is not negative")),
        },
    }
}

/// serde_json skips values without recursion, so its own limit does not hold for what is skipped.
/// Few bodies have so many brackets that the second, slower look is needed.
fn is_too_deep(json: &[u8]) -> bool {
    let opens = |byte: &&u8| matches!(**byte, b'{' | b'[');
    json.iter().filter(opens).count() > DEPTH_MAX && depth(json) > DEPTH_MAX
}

/// The greatest depth of a text that is known to be JSON.
fn depth(json: &[u8]) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    let (mut in_string, mut escaped) = (false, false);
    for byte in json {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => in_string = !in_string,
            _ if in_string => {}
            b'{' | b'[' => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

/// FNV-1a's shape over words of eight bytes, little-endian, the last one filled with zeros; each word's high half is
/// folded down, since a product carries nothing from high bits to low ones.
fn prefix_hash(body: &[u8]) -> u64 {
    let prefix = body.get(..PREFIX_BYTES).unwrap_or(body);
    prefix.chunks(8).fold(0xcbf2_9ce4_8422_2325, |hash, chunk| {
        let mut word = [0; 8];
        word[..chunk.len()].copy_from_slice(chunk);
        let mixed = (hash ^ u64::from_le_bytes(word)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        mixed ^ (mixed >> 32)
    })
}

impl<'de> Deserialize<'de> for Fields<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;

        impl<'de> Visitor<'de> for Object {
            type Value = Fields<'de>;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut fields = Fields::default();
                while let Some(Key(place)) = map.next_key()? {
                    let Some(place) = place else {
                        map.next_value::<IgnoredAny>()?;
                        continue;
                    };
                    if fields.found[place].replace(map.next_value()?).is_some() {
                        fields.duplicate = Some(FIELDS[place]);
                    }
                }
                Ok(fields)
            }
        }

        deserializer.deserialize_map(Object)
    }
}

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Name;

        impl Visitor<'_> for Name {
            type Value = Key;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a key")
            }

            fn visit_str<E>(self, key: &str) -> Result<Key, E> {
                Ok(Key(FIELDS.iter().position(|field| *field == key)))
            }
        }

        deserializer.deserialize_identifier(Name)
    }
}

#[cfg(test)]
mod tests;
