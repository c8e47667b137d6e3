//! Errors in the shape of each dialect, as a body and as an event.

use std::borrow::Cow;

use bytes::Bytes;
use serde::Serialize;

use crate::call::CallError;
use crate::endpoint::Dialect;
use crate::error_word::{anthropics, status_of};

/// What clients match on are `type` and `code`; `message` is for people.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct ApiError {
    pub message: String,
    /// `type`, in OpenAI's words: `invalid_request_error`, `AllPoolsExhausted`.
    #[serde(rename = "type")]
    pub kind: Cow<'static, str>,
    pub code: Option<Cow<'static, str>>,
    /// The field of the request that is to blame.
    pub param: Option<Cow<'static, str>>,
    /// What it is answered with: Anthropic has a `type` for most. None: told by `kind` and `code`.
    #[serde(skip)]
    pub status: Option<u16>,
}

/// OpenAI's `{"error":{"message","type","code","param"}}`.
#[derive(Serialize)]
struct Envelope<'a> {
    error: &'a ApiError,
}

/// Anthropic's `{"type":"error","error":{"type","message"}}`, with our `code` and `param`.
#[derive(Serialize)]
struct Typed<'a> {
    r#type: &'static str,
    error: TypedError<'a>,
}

#[derive(Serialize)]
struct TypedError<'a> {
    r#type: &'static str,
    message: &'a str,
    code: Option<&'a str>,
    param: Option<&'a str>,
}

/// The event of the Responses API; `error` is what readers of the older streams look for.
#[derive(Serialize)]
struct Event<'a> {
    r#type: &'static str,
    code: Option<&'a str>,
    message: &'a str,
    param: Option<&'a str>,
    error: &'a ApiError,
}

impl ApiError {
    pub fn new(kind: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        Self { message: message.into(), kind: kind.into(), code: None, param: None, status: None }
    }

    #[must_use]
    pub fn code(self, code: impl Into<Cow<'static, str>>) -> Self {
        Self { code: Some(code.into()), ..self }
    }

    #[must_use]
    pub fn param(self, param: impl Into<Cow<'static, str>>) -> Self {
        Self { param: Some(param.into()), ..self }
    }

    #[must_use]
    pub fn status(self, status: u16) -> Self {
        Self { status: Some(status), ..self }
    }

    /// The body of an answer, in OpenAI's shape.
    #[must_use]
    pub fn to_json(&self) -> Bytes {
        json(&Envelope { error: self })
    }

    /// The body of an answer.
    #[must_use]
    pub fn to_json_for(&self, dialect: Dialect) -> Bytes {
        match dialect {
            Dialect::OpenAi | Dialect::Responses => self.to_json(),
            Dialect::Anthropic => json(&Typed { r#type: "error", error: self.typed() }),
        }
    }

    /// The last event of a stream that could not go on.
    ///
    /// Unless what was sent before ends `between_events`, two line ends go ahead of it: the first ends a half-sent
    /// line (or the half of a CRLF), the second the event that it belongs to, so that the error is an event of its
    /// own. What a client makes of a half-sent event cannot be mended from here: its data is not JSON, and SDKs fail
    /// on that, as they should.
    #[must_use]
    pub fn to_sse_for(&self, dialect: Dialect, between_events: bool) -> Bytes {
        let end: &[u8] = if between_events { b"" } else { b"\n\n" };
        let (head, data): (&[u8], _) = match dialect {
            Dialect::OpenAi => (b"data: ", self.to_json()),
            Dialect::Responses => (b"event: error\ndata: ", json(&self.event())),
            Dialect::Anthropic => (b"event: error\ndata: ", self.to_json_for(dialect)),
        };
        [end, head, &data, b"\n\n"].concat().into()
    }

    fn typed(&self) -> TypedError<'_> {
        let status = self.status.or_else(|| status_of(self.code.as_deref()?));
        TypedError {
            r#type: anthropics(&self.kind, status),
            message: &self.message,
            code: self.code.as_deref(),
            param: self.param.as_deref(),
        }
    }

    fn event(&self) -> Event<'_> {
        Event {
            r#type: "error",
            code: self.code.as_deref(),
            message: &self.message,
            param: self.param.as_deref(),
            error: self,
        }
    }
}

fn json(value: &impl Serialize) -> Bytes {
    serde_json::to_vec(value).expect("texts always become JSON").into()
}

impl From<&CallError> for ApiError {
    fn from(error: &CallError) -> Self {
        let refused = Self::new("invalid_request_error", error.to_string()).status(400);
        Self { param: error.param().map(Cow::Borrowed), ..refused }
    }
}

#[cfg(test)]
mod tests;
