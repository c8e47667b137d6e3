//! Bodies and queries, and what is said when they are not what they must be.

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, JsonRejection};
use axum::extract::{FromRequest, FromRequestParts, Query, Request};
use axum::http::StatusCode;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use super::answer::Failure;

/// A JSON body.
pub(super) struct Body<T>(pub(super) T);

/// A JSON body, or none, which is the default.
pub(super) struct BodyOrNone<T>(pub(super) T);

/// The query.
pub(super) struct Params<T>(pub(super) T);

/// A body of bytes.
pub(super) struct Raw(pub(super) Vec<u8>);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, state: &S) -> Result<Self, Failure> {
        let Json(body) = Json::from_request(request, state).await.map_err(wrong_body)?;
        Ok(Self(body))
    }
}

impl<S: Send + Sync, T: DeserializeOwned + Default> FromRequest<S> for BodyOrNone<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, state: &S) -> Result<Self, Failure> {
        if http_body::Body::is_end_stream(request.body()) {
            return Ok(Self(T::default()));
        }
        Body::from_request(request, state).await.map(|Body(body)| Self(body))
    }
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Params<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let query = Query::from_request_parts(parts, state).await;
        let wrong = |text: String| Failure::new(StatusCode::UNPROCESSABLE_ENTITY, "bad-query", text);
        query.map(|Query(query)| Self(query)).map_err(|rejection| wrong(rejection.body_text()))
    }
}

impl<S: Send + Sync> FromRequest<S> for Raw {
    type Rejection = Failure;

    async fn from_request(request: Request, state: &S) -> Result<Self, Failure> {
        let bytes = Bytes::from_request(request, state).await.map_err(wrong_bytes)?;
        Ok(Self(bytes.into()))
    }
}

fn wrong_body(rejection: JsonRejection) -> Failure {
    match rejection {
        JsonRejection::JsonDataError(error) => wrong_field(&innermost(&error)),
        JsonRejection::JsonSyntaxError(error) => Failure::new(
            StatusCode::BAD_REQUEST,
            "not-json",
            format!("the body is not JSON: {}", innermost(&error)),
        ),
        JsonRejection::MissingJsonContentType(_) => {
            let message = "expected a body of JSON with the header content-type: application/json";
            Failure::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "not-json", message)
        }
        JsonRejection::BytesRejection(rejection) => wrong_bytes(rejection),
        rejection => Failure::new(StatusCode::BAD_REQUEST, "not-json", rejection.body_text()),
    }
}

fn wrong_bytes(rejection: BytesRejection) -> Failure {
    match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Failure::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "too-large",
            "the body is larger than what is taken here",
        ),
        status => Failure::new(status, "broken-body", rejection.body_text()),
    }
}

/// `rpm: invalid type: string "abc", expected u32 at line 1 column 9`: the path stands first, unless it is the whole
/// body or a field that is missing.
fn wrong_field(text: &str) -> Failure {
    let (field, message) = match text.split_once(": ") {
        Some((path, message)) if is_path(path) => (Some(path.to_owned()), message),
        _ => (missing(text), text),
    };
    let message = message.split(" at line ").next().unwrap_or(message);
    let message = match &field {
        Some(field) => format!("{field}: {message}"),
        None => message.to_owned(),
    };
    Failure::new(StatusCode::UNPROCESSABLE_ENTITY, "bad-value", message).with_field(field)
}

fn missing(text: &str) -> Option<String> {
    text.strip_prefix("missing field `")?.split_once('`').map(|(field, _)| field.to_owned())
}

fn is_path(text: &str) -> bool {
    !text.is_empty() && !text.contains([' ', '`', '"'])
}

/// What the parser said, without what axum says around it.
fn innermost(error: &dyn std::error::Error) -> String {
    error.source().map_or_else(|| error.to_string(), ToString::to_string)
}
