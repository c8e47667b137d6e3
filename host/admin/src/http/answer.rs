//! How a refusal looks on the wire.

use axum::Json;
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};

use crate::OperatorError;
use crate::api::{ErrorAnswer, ErrorBody};
use crate::error::Kind;

/// An answer that is not 2xx.
pub(super) struct Failure {
    status: StatusCode,
    body: ErrorBody,
}

pub(super) type Answer<T> = Result<Json<T>, Failure>;

impl Failure {
    pub(super) fn new(status: StatusCode, code: &str, message: impl Into<String>) -> Self {
        Self {
            status,
            body: ErrorBody { code: code.to_owned(), message: message.into(), field: None, hint: None },
        }
    }

    pub(super) fn unknown_path(path: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, "unknown-path", format!("there is nothing at /api{path}"))
    }

    pub(super) fn wrong_method(method: &Method, path: &str) -> Self {
        let message = format!("/api{path} does not know the method {method}");
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "wrong-method", message)
    }

    pub(super) fn with_field(mut self, field: Option<String>) -> Self {
        self.body.field = field;
        self
    }
}

impl From<OperatorError> for Failure {
    fn from(error: OperatorError) -> Self {
        let status = match error.kind() {
            Kind::Unknown => StatusCode::NOT_FOUND,
            Kind::Conflict => StatusCode::CONFLICT,
            Kind::BadValue => StatusCode::UNPROCESSABLE_ENTITY,
            Kind::Untrusted => StatusCode::FORBIDDEN,
            Kind::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Kind::Stopped => StatusCode::SERVICE_UNAVAILABLE,
            Kind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        };
        if status.is_server_error() {
            tracing::error!(%error, code = error.code(), "an operation failed");
        }
        let body = ErrorBody {
            code: error.code().to_owned(),
            message: error.to_string(),
            field: error.wrong_field().map(str::to_owned),
            hint: error.hint(),
        };
        Self { status, body }
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        (self.status, Json(ErrorAnswer { error: self.body })).into_response()
    }
}
