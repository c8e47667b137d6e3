//! What a body says of `stream_options.include_usage`, and where a wish for it would have to be put in.

use std::ops::Range;

use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use crate::splice::span_in;

#[derive(Default)]
pub(super) struct StreamOptions {
    pub(super) include_usage: Option<bool>,
    /// None where it is there already, or where the options are of another shape.
    pub(super) wish: Option<(Range<usize>, &'static str)>,
}

#[derive(Deserialize)]
struct Options<'a> {
    #[serde(borrow, default, deserialize_with = "stated")]
    include_usage: Option<&'a RawValue>,
}

const OPTIONS_MEMBER: &str = r#","stream_options":{"include_usage":true}"#;
const OPTIONS: &str = r#"{"include_usage":true}"#;
const FIRST_MEMBER: &str = r#""include_usage":true,"#;
const ONLY_MEMBER: &str = r#""include_usage":true"#;

impl StreamOptions {
    /// `raw` is the value of `stream_options` in `text`; without one the wish goes to `member_end`, the end of another
    /// member.
    pub(super) fn read(text: &str, raw: Option<&RawValue>, member_end: usize) -> Self {
        let Some(raw) = raw else { return Self::wishing(member_end..member_end, OPTIONS_MEMBER) };
        let span = span_in(text.as_bytes(), raw.get().as_bytes());
        match raw.get().strip_prefix('{') {
            None if raw.get() == "null" => Self::wishing(span, OPTIONS),
            None => Self::default(),
            Some(members) => match serde_json::from_str::<Options<'_>>(raw.get()) {
                Ok(Options { include_usage: Some(value) }) => Self::stated(text, value),
                Ok(Options { include_usage: None }) => Self::without(span.start + 1, members),
                Err(_) => Self::default(),
            },
        }
    }

    fn stated(text: &str, value: &RawValue) -> Self {
        let span = span_in(text.as_bytes(), value.get().as_bytes());
        match value.get() {
            "true" => Self { include_usage: Some(true), wish: None },
            "false" => Self { include_usage: Some(false), wish: Some((span, "true")) },
            "null" => Self::wishing(span, "true"),
            _ => Self::default(),
        }
    }

    fn without(at: usize, members: &str) -> Self {
        let is_empty = members.trim_ascii_start().starts_with('}');
        Self::wishing(at..at, if is_empty { ONLY_MEMBER } else { FIRST_MEMBER })
    }

    fn wishing(span: Range<usize>, text: &'static str) -> Self {
        Self { include_usage: None, wish: Some((span, text)) }
    }
}

/// A value that is there, also null.
fn stated<'de: 'a, 'a, D: Deserializer<'de>>(deserializer: D) -> Result<Option<&'a RawValue>, D::Error> {
    <&RawValue>::deserialize(deserializer).map(Some)
}
