//! What the gateway must know of a request's body, read in one pass. Everything else in it is the provider's to judge:
//! the body is only skimmed, so its numbers and texts are neither converted nor copied.

mod depth;
mod error;
mod fields;
mod stream_options;

use std::borrow::Cow;
use std::ops::Range;

use serde::Deserialize;
use serde_json::value::RawValue;

pub use error::CallError;
pub(crate) use fields::{Field, Fields};

use crate::splice::span_in;
use depth::is_too_deep;
use stream_options::StreamOptions;

/// The head of a call: what routing, limits and accounting need before the body is forwarded.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CallHead {
    /// The `model` that the client asked for, unescaped: 1 to 256 bytes.
    pub model: String,
    /// Where the value of `model` lies in the body, its quotes included.
    pub model_span: Range<usize>,
    pub stream: bool,
    /// The largest of `max_tokens`, `max_completion_tokens` and `max_output_tokens`.
    pub max_tokens: Option<u64>,
    /// `user`, else Anthropic's `metadata.user_id`: 1 to 256 bytes; anything else is none.
    pub user: Option<String>,
    /// What the client said of `stream_options.include_usage`; none: nothing that is understood.
    pub include_usage: Option<bool>,
    /// What would have to be put where, for the provider to be asked for the usage of a stream.
    pub(crate) usage_wish: Option<(Range<usize>, &'static str)>,
    /// The same for bodies that begin with the same 1,024 bytes, on every host and in every version.
    pub prefix_hash: u64,
}

/// A body is refused beyond it.
pub(crate) const DEPTH_MAX: usize = 128;
pub(crate) const MODEL_BYTES_MAX: usize = 256;
const USER_BYTES_MAX: usize = 256;
const PREFIX_BYTES: usize = 1024;

const A_MODEL: &str = "the name of a model, a string of 1 to 256 bytes";

/// Those of which two readers could take different values.
const ONCE: [Field; 6] = [
    Field::Model,
    Field::Stream,
    Field::MaxTokens,
    Field::MaxCompletionTokens,
    Field::MaxOutputTokens,
    Field::StreamOptions,
];
const LIMITS: [Field; 3] = [Field::MaxTokens, Field::MaxCompletionTokens, Field::MaxOutputTokens];

#[derive(Deserialize)]
struct Metadata<'a> {
    #[serde(borrow)]
    user_id: Option<&'a RawValue>,
}

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
        if let Some(field) = ONCE.into_iter().find(|field| fields.is_twice(*field)) {
            return Err(CallError::Duplicate { param: field.name() });
        }
        Self::of(text, &fields)
    }

    fn of(text: &str, fields: &Fields<'_>) -> Result<Self, CallError> {
        let raw = fields.get(Field::Model);
        let raw = raw.ok_or(CallError::Missing { param: Field::Model.name(), expected: A_MODEL })?;
        let model_span = span_in(text.as_bytes(), raw.get().as_bytes());
        let options = StreamOptions::read(text, fields.get(Field::StreamOptions), model_span.end);
        Ok(Self {
            model: model(raw).ok_or_else(|| CallError::wrong(Field::Model.name(), raw, A_MODEL))?,
            model_span,
            stream: read_stream(fields.get(Field::Stream))?,
            max_tokens: read_limits(fields)?,
            user: read_user(fields),
            include_usage: options.include_usage,
            usage_wish: options.wish,
            prefix_hash: prefix_hash(text.as_bytes()),
        })
    }
}

/// The name of a model, if it is one.
pub(crate) fn model(raw: &RawValue) -> Option<String> {
    short_text(raw, MODEL_BYTES_MAX)
}

/// A string of at least one and at most so many bytes.
fn short_text(raw: &RawValue, bytes_max: usize) -> Option<String> {
    let text = serde_json::from_str::<Cow<'_, str>>(raw.get()).ok()?;
    (1..=bytes_max).contains(&text.len()).then(|| text.into_owned())
}

fn read_stream(raw: Option<&RawValue>) -> Result<bool, CallError> {
    match raw.map(|raw| (raw, raw.get())) {
        None | Some((_, "null" | "false")) => Ok(false),
        Some((_, "true")) => Ok(true),
        Some((raw, _)) => Err(CallError::wrong(Field::Stream.name(), raw, "true or false")),
    }
}

fn read_limits(fields: &Fields<'_>) -> Result<Option<u64>, CallError> {
    LIMITS
        .into_iter()
        .try_fold(None, |most: Option<u64>, field| Ok(most.max(read_limit(field, fields.get(field))?)))
}

fn read_limit(field: Field, raw: Option<&RawValue>) -> Result<Option<u64>, CallError> {
    match raw.filter(|raw| raw.get() != "null") {
        None => Ok(None),
        Some(raw) => match raw.get().parse() {
            Ok(limit) => Ok(Some(limit)),
            Err(_) => Err(CallError::wrong(field.name(), raw, "an integer that is not negative")),
        },
    }
}

/// Only for our own books: nothing in it is an error, and of two there is none.
fn read_user(fields: &Fields<'_>) -> Option<String> {
    let once = |field| fields.get(field).filter(|_| !fields.is_twice(field));
    let user = once(Field::User).and_then(|raw| short_text(raw, USER_BYTES_MAX));
    user.or_else(|| {
        let metadata = once(Field::Metadata)?.get();
        let metadata: Metadata<'_> =
            metadata.starts_with('{').then(|| serde_json::from_str(metadata).ok())??;
        short_text(metadata.user_id?, USER_BYTES_MAX)
    })
}

/// FNV-1a's shape over words of eight bytes, little-endian, the last one filled with zeros; each word's high half is
/// folded down, since a product carries nothing from high bits to low ones.
fn prefix_hash(body: &[u8]) -> u64 {
    let prefix = body.get(..PREFIX_BYTES).unwrap_or(body);
    let (words, rest) = prefix.as_chunks::<8>();
    let mut last = [0; 8];
    last.iter_mut().zip(rest).for_each(|(byte, rest)| *byte = *rest);
    let last = (!rest.is_empty()).then_some(&last);
    words.iter().chain(last).fold(0xcbf2_9ce4_8422_2325, |hash, word| {
        let mixed = (hash ^ u64::from_le_bytes(*word)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        mixed ^ (mixed >> 32)
    })
}

#[cfg(test)]
mod tests;
