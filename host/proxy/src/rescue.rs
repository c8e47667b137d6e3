//! The one place where errors become responses: OpenAI's shape, always JSON.

use std::time::Duration;

use http::{Method, Response, StatusCode};
use patchbay_pool::Verdict;
use patchbay_types::{Blame, Fault, ProviderName, Retry};
use patchbay_wire::{ApiError, CallError};
use thiserror::Error;

use crate::body::AnswerBody;
use crate::headers::put;
use crate::settle::Journey;

/// Why a request got no answer from a provider.
#[derive(Debug, Error)]
pub(crate) enum Refusal {
    #[error("no API key: send one as `Authorization: Bearer pbk_…`{hint}", hint = if *any { "" } else { "; none exists yet: `patchbay key create AGENT` makes one" })]
    NoKey { any: bool },
    #[error("this API key is not known here: it was mistyped or revoked, or belongs to another server")]
    WrongKey,
    #[error(
        "{0} is not served: there are POST /v1/chat/completions, /v1/completions, /v1/embeddings, /v1/responses and GET /v1/models"
    )]
    NoSuchPath(String),
    #[error("method {found} is not allowed here: use {expected}")]
    Method { found: Method, expected: Method },
    #[error("the body is larger than {limit} bytes: send less, or raise [server] body_bytes_max")]
    BodyTooLarge { limit: usize },
    #[error("the body has a Content-Encoding: send it as plain JSON")]
    EncodedBody,
    #[error("the body did not arrive within {0:?}")]
    BodyTimeout(Duration),
    #[error("the body broke off")]
    BodyBroken,
    #[error(transparent)]
    Call(#[from] CallError),
    #[error("model {model:?} is served by no provider; there {are}", are = list(known))]
    UnknownModel { model: String, known: Vec<String> },
    /// No candidate may be used now.
    #[error("no provider of model {model:?} can take this request now{after}; the first is back in {} s", whole_seconds(*retry_after))]
    Exhausted { model: String, retry_after: Duration, after: Tried },
    /// Every candidate that could be tried has failed.
    #[error("no provider of model {model:?} answered{after}")]
    Failed { model: String, after: Tried },
    #[error("the request took longer than {limit:?}{after}")]
    Deadline { limit: Duration, after: Tried },
}

/// The attempts that failed, for people.
#[derive(Debug, Default, Clone)]
pub(crate) struct Tried(pub(crate) Vec<Failure>);

/// One attempt that failed before its first byte went to the client.
#[derive(Debug, Clone)]
pub(crate) struct Failure {
    pub(crate) provider: ProviderName,
    pub(crate) verdict: Verdict,
    /// One sentence, without anything that a provider must not tell a client.
    pub(crate) what: String,
}

impl std::fmt::Display for Tried {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|failure| write!(f, "; {}: {}", failure.provider, failure.what))
    }
}

impl Refusal {
    /// Whom this is to be laid at, and whether the same request may be sent again.
    pub(crate) fn fault(&self) -> Fault {
        let (blame, retry) = match self {
            Self::Exhausted { retry_after, .. } => (Blame::Upstream, Retry::After(*retry_after)),
            Self::Failed { .. } | Self::Deadline { .. } => (Blame::Upstream, Retry::Elsewhere),
            _ => (Blame::Client, Retry::Never),
        };
        Fault::new(blame, retry)
    }

    fn status(&self) -> StatusCode {
        match self {
            Self::NoKey { .. } | Self::WrongKey => StatusCode::UNAUTHORIZED,
            Self::NoSuchPath(_) | Self::UnknownModel { .. } => StatusCode::NOT_FOUND,
            Self::Method { .. } => StatusCode::METHOD_NOT_ALLOWED,
            Self::BodyTooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::EncodedBody => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::BodyTimeout(_) => StatusCode::REQUEST_TIMEOUT,
            Self::BodyBroken | Self::Call(_) => StatusCode::BAD_REQUEST,
            Self::Exhausted { .. } => StatusCode::SERVICE_UNAVAILABLE,
            Self::Failed { .. } => StatusCode::BAD_GATEWAY,
            Self::Deadline { .. } => StatusCode::GATEWAY_TIMEOUT,
        }
    }

    /// `type` and `code`: the words that clients match on.
    fn words(&self) -> (&'static str, &'static str) {
        match self {
            Self::NoKey { .. } => ("invalid_request_error", "missing_api_key"),
            Self::WrongKey => ("invalid_request_error", "invalid_api_key"),
            Self::NoSuchPath(_) => ("invalid_request_error", "unknown_url"),
            Self::Method { .. } => ("invalid_request_error", "method_not_allowed"),
            Self::BodyTooLarge { .. } => ("invalid_request_error", "request_too_large"),
            Self::EncodedBody => ("invalid_request_error", "unsupported_encoding"),
            Self::BodyTimeout(_) => ("invalid_request_error", "request_timeout"),
            Self::BodyBroken | Self::Call(_) => ("invalid_request_error", "invalid_body"),
            Self::UnknownModel { .. } => ("invalid_request_error", "model_not_found"),
            // Clients of the proxy that Patchbay replaces wait for this very word.
            Self::Exhausted { .. } => ("AllPoolsExhausted", "all_pools_exhausted"),
            Self::Failed { .. } => ("upstream_error", "upstream_failed"),
            Self::Deadline { .. } => ("upstream_error", "upstream_timeout"),
        }
    }

    fn body(&self) -> ApiError {
        let (kind, code) = self.words();
        let error = match self {
            Self::Call(error) => ApiError::from(error),
            Self::UnknownModel { .. } => ApiError::new(kind, self.to_string()).param("model"),
            _ => ApiError::new(kind, self.to_string()),
        };
        error.code(code)
    }
}

/// Ends a request that no provider answered.
pub(crate) fn rescue(journey: Journey, refusal: &Refusal) -> Response<AnswerBody> {
    let mut response = plain(refusal);
    journey.refused(refusal, response.headers_mut());
    response
}

/// The response alone, for requests that are no call of a model.
pub(crate) fn plain(refusal: &Refusal) -> Response<AnswerBody> {
    let mut response = json(refusal.status(), refusal.body().to_json());
    let headers = response.headers_mut();
    if let Retry::After(wait) = refusal.fault().retry {
        put(headers, "retry-after", &whole_seconds(wait).to_string());
    }
    if let Refusal::Method { expected, .. } = refusal {
        put(headers, "allow", expected.as_str());
    }
    response
}

pub(crate) fn json(status: StatusCode, body: bytes::Bytes) -> Response<AnswerBody> {
    let mut response = Response::new(AnswerBody::whole(body));
    *response.status_mut() = status;
    put(response.headers_mut(), "content-type", "application/json");
    response
}

/// Rounded up: a client that waits this long does not come too early.
fn whole_seconds(wait: Duration) -> u64 {
    wait.as_secs() + u64::from(wait.subsec_nanos() > 0)
}

/// At most as many as a person reads.
fn list(known: &[String]) -> String {
    const SHOWN: usize = 30;
    let shown = known.iter().take(SHOWN).map(|model| format!("{model:?}")).collect::<Vec<_>>().join(", ");
    match known.len() {
        0 => "is no model yet: `patchbay provider add` brings some".to_owned(),
        count if count > SHOWN => format!("are {shown} and {} more", count - SHOWN),
        _ => format!("are {shown}"),
    }
}
