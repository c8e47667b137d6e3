//! The one place where errors become responses: OpenAI's shape, always JSON.

use std::sync::Arc;
use std::time::Duration;

use http::{Method, Response, StatusCode, header};
use patchbay_pool::Verdict;
use patchbay_quota::Exceeded;
use patchbay_types::{Blame, Fault, ProviderName, Retry};
use patchbay_wire::{ApiError, CallError, Dialect};
use thiserror::Error;

use crate::body::AnswerBody;
use crate::headers::put;
use crate::journey::Journey;

/// Why a request got no answer from a provider.
#[derive(Debug, Error)]
pub(crate) enum Refusal {
    #[error("no API key: send one as `Authorization: Bearer pbk_…`{hint}", hint = if *any { "" } else { "; none exists yet: `patchbay key create AGENT` makes one" })]
    NoKey { any: bool },
    #[error("this API key is not known here: it was mistyped or revoked, or belongs to another server")]
    WrongKey,
    #[error(transparent)]
    Exceeded(#[from] Exceeded),
    #[error(
        "the header x-patchbay-task names no attempt that goes on: send what PATCHBAY_TASK_TOKEN says, and nothing once \
         the attempt is over"
    )]
    NoSuchTab,
    #[error("{0}")]
    TabFull(String),
    #[error(
        "{0} is not served: there are POST /v1/chat/completions, /v1/completions, /v1/embeddings, /v1/responses, /v1/messages, GET /v1/models, and what [routing] pass_through lists"
    )]
    NoSuchPath(String),
    #[error("{0} has an empty part, a dot for one, or an encoded slash: write the path as it is meant")]
    DeviousPath(String),
    #[error("method {found} is not allowed here: use {expected}")]
    Method { found: Method, expected: Method },
    #[error("the header has more than {limit} bytes: send less, or raise [server] header_bytes_max")]
    HeaderTooLarge { limit: usize },
    #[error("the body is larger than {limit} bytes: send less, or raise [server] body_bytes_max")]
    BodyTooLarge { limit: usize },
    #[error("the body has a Content-Encoding: send it as plain JSON")]
    EncodedBody,
    #[error("the body did not arrive within {0:?}")]
    BodyTimeout(Duration),
    #[error("the body came slower than {rate} bytes a second")]
    BodySlow { rate: u64 },
    #[error("the body broke off")]
    BodyBroken,
    #[error(transparent)]
    Call(#[from] CallError),
    #[error("model {model:?} is served by no provider; there {are}", are = list(known))]
    UnknownModel { model: String, known: Vec<String> },
    #[error("this key may not use model {model:?}: it may use {}", allowed.join(", "))]
    ModelBarred { model: String, allowed: Arc<[String]> },
    #[error("this key may only use {}, and this request does not say which model it uses: send a JSON body or a form with one `model`", allowed.join(", "))]
    NoModelToTell { allowed: Arc<[String]> },
    #[error(
        "this key has a budget, and this request does not say which model it uses, so that nobody can say what it \
         costs: send a JSON body or a form with one `model`, or use a key without a budget"
    )]
    NoPriceToTell,
    #[error(
        "model {model:?} is not served on /v1/{path}: no provider of it speaks that API (`patchbay provider set NAME --api …` says which one it speaks)"
    )]
    NotSpoken { model: String, path: String },
    #[error("{}", match named { Some(name) => format!("there is no provider {name:?} that speaks this API"), None => "no provider speaks this API".to_owned() })]
    NoProvider { named: Option<String> },
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
    /// When it can be asked again, as far as is known.
    pub(crate) back_in: Duration,
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
            Self::Exceeded(exceeded) => (Blame::Client, Retry::After(exceeded.retry_after())),
            Self::Failed { .. } | Self::Deadline { .. } => (Blame::Upstream, Retry::Elsewhere),
            _ => (Blame::Client, Retry::Never),
        };
        Fault::new(blame, retry)
    }

    fn status(&self) -> StatusCode {
        match self {
            Self::NoKey { .. } | Self::WrongKey => StatusCode::UNAUTHORIZED,
            Self::Exceeded(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::ModelBarred { .. }
            | Self::NoModelToTell { .. }
            | Self::NoPriceToTell
            | Self::NoSuchTab
            | Self::TabFull(_) => StatusCode::FORBIDDEN,
            Self::NoSuchPath(_)
            | Self::UnknownModel { .. }
            | Self::NotSpoken { .. }
            | Self::NoProvider { .. } => StatusCode::NOT_FOUND,
            Self::Method { .. } => StatusCode::METHOD_NOT_ALLOWED,
            Self::HeaderTooLarge { .. } => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            Self::BodyTooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::EncodedBody => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::BodyTimeout(_) | Self::BodySlow { .. } => StatusCode::REQUEST_TIMEOUT,
            Self::BodyBroken | Self::Call(_) | Self::DeviousPath(_) => StatusCode::BAD_REQUEST,
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
            Self::Exceeded(Exceeded::Requests { .. } | Exceeded::Concurrency { .. }) => {
                ("requests", "rate_limit_exceeded")
            }
            Self::Exceeded(Exceeded::Tokens { .. }) => ("tokens", "rate_limit_exceeded"),
            Self::Exceeded(Exceeded::Budget { .. }) => ("insufficient_quota", "insufficient_quota"),
            Self::NoSuchTab => ("invalid_request_error", "task_not_running"),
            Self::TabFull(_) => ("insufficient_quota", "task_budget_exhausted"),
            Self::NoSuchPath(_) => ("invalid_request_error", "unknown_url"),
            Self::DeviousPath(_) => ("invalid_request_error", "invalid_path"),
            Self::ModelBarred { .. } | Self::NoModelToTell { .. } => {
                ("invalid_request_error", "model_not_allowed")
            }
            Self::NoPriceToTell => ("invalid_request_error", "price_not_known"),
            Self::NotSpoken { .. } => ("invalid_request_error", "model_not_served_here"),
            Self::NoProvider { .. } => ("invalid_request_error", "provider_not_found"),
            Self::Method { .. } => ("invalid_request_error", "method_not_allowed"),
            Self::HeaderTooLarge { .. } => ("invalid_request_error", "header_too_large"),
            Self::BodyTooLarge { .. } => ("invalid_request_error", "request_too_large"),
            Self::EncodedBody => ("invalid_request_error", "unsupported_encoding"),
            Self::BodyTimeout(_) | Self::BodySlow { .. } => ("invalid_request_error", "request_timeout"),
            Self::BodyBroken | Self::Call(_) => ("invalid_request_error", "invalid_body"),
            Self::UnknownModel { .. } => ("invalid_request_error", "model_not_found"),
            // Clients of the proxy that Patchbay replaces wait for this very word.
            Self::Exhausted { .. } => ("AllPoolsExhausted", "all_pools_exhausted"),
            Self::Failed { .. } => ("upstream_error", "upstream_failed"),
            Self::Deadline { .. } => ("upstream_error", "upstream_timeout"),
        }
    }

    /// The word that stands for it.
    pub(crate) fn code(&self) -> &'static str {
        self.words().1
    }

    fn body(&self) -> ApiError {
        let (kind, code) = self.words();
        let error = match self {
            Self::Call(error) => ApiError::from(error),
            Self::UnknownModel { .. } | Self::ModelBarred { .. } | Self::NotSpoken { .. } => {
                ApiError::new(kind, self.to_string()).param("model")
            }
            _ => ApiError::new(kind, self.to_string()),
        };
        error.code(code).status(self.status().as_u16())
    }
}

/// Ends a request that no provider answered.
pub(crate) fn rescue(mut journey: Box<Journey>, refusal: &Refusal) -> Response<AnswerBody> {
    let mut response = shaped(refusal, journey.dialect);
    let status = response.status().as_u16();
    journey.refused(refusal, status, response.headers_mut());
    response
}

/// The response alone, for requests that are no call of a model.
pub(crate) fn plain(refusal: &Refusal) -> Response<AnswerBody> {
    shaped(refusal, Dialect::OpenAi)
}

fn shaped(refusal: &Refusal, dialect: Dialect) -> Response<AnswerBody> {
    let mut response = json(refusal.status(), refusal.body().to_json_for(dialect));
    let headers = response.headers_mut();
    if let Retry::After(wait) = refusal.fault().retry {
        put(headers, header::RETRY_AFTER, &whole_seconds(wait).to_string());
    }
    if let Refusal::Method { expected, .. } = refusal {
        put(headers, header::ALLOW, expected.as_str());
    }
    response
}

pub(crate) fn json(status: StatusCode, body: bytes::Bytes) -> Response<AnswerBody> {
    let mut response = Response::new(AnswerBody::whole(body));
    *response.status_mut() = status;
    put(response.headers_mut(), header::CONTENT_TYPE, "application/json");
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
