//! The body of a load: a component alone, or a line of options and then the component.

use axum::extract::{FromRequest, Request};
use axum::http::{StatusCode, header};
use patchbay_registry::Signature;
use patchbay_slots::Load;

use super::ACTOR;
use super::answer::Failure;
use super::body::Raw;
use crate::OperatorError;
use crate::api::{LOAD_CONTENT_TYPE, LoadOptions};

/// The line of options, in bytes.
pub(super) const OPTIONS_BYTES_MAX: usize = 1 << 20;

/// What is to be loaded.
pub(super) struct Upload(pub(super) Load);

impl<S: Send + Sync> FromRequest<S> for Upload {
    type Rejection = Failure;

    async fn from_request(request: Request, state: &S) -> Result<Self, Failure> {
        let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        let has_options =
            kind.is_some_and(|kind| kind.split(';').next().map(str::trim) == Some(LOAD_CONTENT_TYPE));
        let Raw(body) = Raw::from_request(request, state).await?;
        match has_options {
            true => read(body).map(Self),
            false => Ok(Self(Load { component: body, actor: ACTOR.to_owned(), ..Load::default() })),
        }
    }
}

fn read(mut body: Vec<u8>) -> Result<Load, Failure> {
    let line = body.iter().take(OPTIONS_BYTES_MAX + 1).position(|byte| *byte == b'\n');
    let line = line.ok_or_else(|| {
        wrong(format!("expected a line of JSON of at most {OPTIONS_BYTES_MAX} bytes before the component"))
    })?;
    let component = body.split_off(line + 1);
    let options: LoadOptions =
        serde_json::from_slice(&body).map_err(|error| wrong(format!("options: {error}")))?;
    Ok(load(options, component)?)
}

fn load(options: LoadOptions, component: Vec<u8>) -> Result<Load, OperatorError> {
    let LoadOptions { config, granted, signatures, accept_grants, allow_downgrade, trial } = options;
    let signatures: Result<_, _> = signatures.iter().map(|text| Signature::parse(text)).collect();
    Ok(Load {
        component,
        signatures: signatures.map_err(|error| OperatorError::field("signatures", error))?,
        config: config.map(|config| config.to_string()),
        granted,
        accept_grants,
        allow_downgrade,
        trial,
        actor: ACTOR.to_owned(),
    })
}

fn wrong(message: String) -> Failure {
    Failure::new(StatusCode::UNPROCESSABLE_ENTITY, "bad-value", message)
}
