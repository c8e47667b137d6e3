//! Errors in OpenAI's shape, as a body and as an event.

use std::borrow::Cow;

use bytes::Bytes;
use serde::Serialize;

use crate::call::CallError;

/// `{"error":{"message","type","code","param"}}`. What clients match on are `type` and `code`; `message` is for people.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct ApiError {
    pub message: String,
    /// `type`: `invalid_request_error`, `AllPoolsExhausted`.
    #[serde(rename = "type")]
    pub kind: Cow<'static, str>,
    pub code: Option<Cow<'static, str>>,
    /// The field of the request that is to blame.
    pub param: Option<Cow<'static, str>>,
}

#[derive(Serialize)]
struct Envelope<'a> {
    error: &'a ApiError,
}

impl ApiError {
    pub fn new(kind: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        Self { message: message.into(), kind: kind.into(), code: None, param: None }
    }

    #[must_use]
    pub fn code(self, code: impl Into<Cow<'static, str>>) -> Self {
        Self { code: Some(code.into()), ..self }
    }

    #[must_use]
    pub fn param(self, param: impl Into<Cow<'static, str>>) -> Self {
        Self { param: Some(param.into()), ..self }
    }

    /// The body of an answer.
    #[must_use]
    pub fn to_json(&self) -> Bytes {
        serde_json::to_vec(&Envelope { error: self }).expect("texts always become JSON").into()
    }

    /// The last event of a stream that could not go on: `data: {…}` and a blank line.
    ///
    /// Two line ends go ahead of it, because what was sent before may stop anywhere: the first ends a half-sent line
    /// (or the half of a CRLF), the second the event that it belongs to, so that the error is an event of its own.
    /// Between two events they are empty lines, which dispatch nothing. What a client makes of a half-sent event
    /// cannot be mended from here: its data is not JSON, and SDKs fail on that, as they should.
    #[must_use]
    pub fn to_sse(&self) -> Bytes {
        [b"\n\ndata: ", self.to_json().as_ref(), b"\n\n"].concat().into()
    }
}

impl From<&CallError> for ApiError {
    fn from(error: &CallError) -> Self {
        let refused = Self::new("invalid_request_error", error.to_string());
        Self { param: error.param().map(Cow::Borrowed), ..refused }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{CallHead, StreamTee};

    #[test]
    fn an_error_has_openais_shape() {
        let check = |error: ApiError, expect: &str| assert_eq!(error.to_json(), expect);
        check(
            ApiError::new("AllPoolsExhausted", "wait \"a\"\nbit").code("all_pools_exhausted"),
            r#"{"error":{"message":"wait \"a\"\nbit","type":"AllPoolsExhausted","code":"all_pools_exhausted","param":null}}"#,
        );
        check(
            ApiError::from(&CallHead::read(br#"{"model":"m","stream":1}"#).unwrap_err()),
            r#"{"error":{"message":"`stream` is 1: expected true or false","type":"invalid_request_error","code":null,"param":"stream"}}"#,
        );
    }

    #[test]
    fn an_error_event_is_an_event_of_its_own_wherever_the_stream_broke_off() {
        let event = ApiError::new("upstream_error", "gone\r\n\n").to_sse();
        for sent in
            ["", "data: {\"a\":1}\n\n", "data: {\"a\":1}\n", "data: {\"a", "data: {\"a\":1}\r", "data: x\r\n"]
        {
            let stream = [sent.as_bytes(), &event].concat();
            let text = String::from_utf8(stream.clone()).unwrap().replace("\r\n", "\n").replace('\r', "\n");
            let last = text.trim_end().rsplit("\n\n").next().unwrap();
            assert!(last.trim_start().starts_with("data: {\"error\""), "{sent:?}: {text:?}");
            let mut tee = StreamTee::new(None);
            tee.push(&stream);
            assert_eq!(tee.error(), Some("gone\r\n\n"));
        }
    }
}
