//! What can go wrong with a registry, in words that say who has to do what. A registry's own words are cut.

use std::error::Error;

use oci_client::errors::{DigestError, OciDistributionError, OciEnvelope, OciErrorCode};
use patchbay_types::Digest;

use super::{LayoutError, Place};
use crate::text::shown;

/// Why nothing was pushed or pulled.
#[derive(thiserror::Error, Clone, PartialEq, Eq, Debug)]
pub enum OciError {
    #[error(
        "plain HTTP is for a registry on this machine (localhost, 127.0.0.1), not for {registry}: leave \
         --plain-http out"
    )]
    PlainHttp { registry: String },
    #[error("cannot speak to registries: {message}; are certificates installed (package ca-certificates)?")]
    Setup { message: String },
    #[error("{place} names a digest, expected a tag: what is pushed gets its digest by what it is")]
    NoTag { place: String },
    #[error("{place} is not there")]
    Missing { place: String },
    #[error(
        "registry {registry} refuses: not allowed as who you are; `docker login` there, or set PATCHBAY_REGISTRY_USER \
         and PATCHBAY_REGISTRY_PASSWORD"
    )]
    Unauthorized { registry: String },
    #[error("cannot reach registry {registry}: {message}")]
    Unreachable { registry: String, message: String },
    #[error("registry {registry} was not done within {seconds} s: try again")]
    Time { registry: String, seconds: u64 },
    #[error("registry {registry} answers {message}")]
    Answer { registry: String, message: String },
    #[error("what registry {registry} sends is wrong: {message}")]
    Content { registry: String, message: String },
    #[error("{place} is not a plugin: {source}")]
    Layout { place: String, source: LayoutError },
    #[error(
        "the {what} that came has digest {found}, expected {expected}: the registry or the way from it is broken"
    )]
    Digest { what: &'static str, expected: Digest, found: Digest },
}

impl OciError {
    pub(super) fn setup(error: &OciDistributionError) -> Self {
        Self::Setup { message: chain(error) }
    }

    pub(super) fn asked(place: &Place, error: OciDistributionError) -> Self {
        use OciDistributionError as E;
        let registry = place.registry().to_owned();
        match error {
            E::UnauthorizedError { .. } | E::AuthenticationFailure(_) => Self::Unauthorized { registry },
            E::ServerError { code: 401 | 403, .. } => Self::Unauthorized { registry },
            E::ServerError { code: 404, .. } => Self::Missing { place: place.to_string() },
            E::ServerError { code, message, .. } => {
                Self::Answer { registry, message: format!("{code}: {}", shown(&message)) }
            }
            E::RegistryError { envelope, .. } => Self::refused(place, &envelope),
            E::RequestError(error) => Self::Unreachable { registry, message: chain(&error.without_url()) },
            E::IoError(error) => Self::Content { registry, message: shown(&error.to_string()) },
            E::DigestError(error) => Self::changed(registry, &error),
            other => Self::Answer { registry, message: chain(&other) },
        }
    }

    fn refused(place: &Place, envelope: &OciEnvelope) -> Self {
        use OciErrorCode as C;
        let says = |codes: &[C]| envelope.errors.iter().any(|error| codes.contains(&error.code));
        let registry = place.registry().to_owned();
        if says(&[C::Denied, C::Unauthorized]) {
            return Self::Unauthorized { registry };
        }
        match says(&[C::ManifestUnknown, C::NameUnknown, C::BlobUnknown]) {
            true => Self::Missing { place: place.to_string() },
            false => Self::Answer { registry, message: shown(&envelope.to_string()) },
        }
    }

    fn changed(registry: String, error: &DigestError) -> Self {
        let DigestError::VerificationError { expected, actual } = error else {
            return Self::Content { registry, message: shown(&error.to_string()) };
        };
        match (expected.parse(), actual.parse()) {
            (Ok(expected), Ok(found)) => Self::Digest { what: "content", expected, found },
            _ => Self::Content { registry, message: "it is not what its digest says".to_owned() },
        }
    }
}

/// An error with what caused it: the outermost alone says nothing.
fn chain(error: &dyn Error) -> String {
    let mut words = vec![error.to_string()];
    let mut cause = error.source();
    while let Some(error) = cause {
        let said = error.to_string();
        if !words.iter().any(|word| word.contains(&said)) {
            words.push(said);
        }
        cause = error.source();
    }
    words.iter().map(|word| shown(word)).collect::<Vec<_>>().join(": ")
}
