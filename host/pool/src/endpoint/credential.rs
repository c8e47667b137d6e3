//! How a provider is told who asks: the header that its API wants. It must not know where the secret is kept.

use http::header::{AUTHORIZATION, HeaderName};
use http::{HeaderMap, HeaderValue};
use patchbay_types::Secret;

use crate::{Api, Definition};

const X_API_KEY: HeaderName = HeaderName::from_static("x-api-key");
const ANTHROPIC_VERSION: HeaderName = HeaderName::from_static("anthropic-version");
/// Said for a caller that names none.
const ANTHROPIC_VERSION_DEFAULT: HeaderValue = HeaderValue::from_static("2023-06-01");
const BEARER: &str = "Bearer ";

/// What goes into a request of this API, or why nothing can be sent.
#[derive(Clone, PartialEq)]
pub(crate) struct Credential {
    api: Api,
    key: Key,
}

#[derive(Clone, PartialEq)]
enum Key {
    None,
    /// Marked sensitive. The HTTP library's copies of it are not overwritten.
    Header(HeaderValue),
    Broken(String),
}

impl Credential {
    pub(crate) fn of(definition: &Definition) -> Self {
        let api = definition.provider.api;
        let key = match (&definition.credential_error, &definition.credential) {
            (Some(error), _) => Key::Broken(error.clone()),
            (None, Some(secret)) => Key::of(api, secret),
            (None, None) => Key::None,
        };
        Self { api, key }
    }

    /// Why nothing can be sent.
    pub(crate) fn broken(&self) -> Option<&str> {
        match &self.key {
            Key::Broken(reason) => Some(reason),
            Key::None | Key::Header(_) => None,
        }
    }

    /// Whatever the headers held of a caller's own credential is gone.
    pub(crate) fn put_into(&self, headers: &mut HeaderMap) {
        headers.remove(AUTHORIZATION);
        headers.remove(X_API_KEY);
        if let Key::Header(value) = &self.key {
            headers.insert(name(self.api), value.clone());
        }
        if self.api == Api::AnthropicMessages {
            headers.entry(ANTHROPIC_VERSION).or_insert(ANTHROPIC_VERSION_DEFAULT);
        }
    }

    /// The text without the secret, should a provider have repeated it.
    pub(crate) fn redact(&self, text: &str) -> String {
        let Key::Header(value) = &self.key else { return text.to_owned() };
        let value = value.to_str().unwrap_or_default();
        match value.strip_prefix(scheme(self.api)).filter(|secret| !secret.is_empty()) {
            Some(secret) => text.replace(secret, "…"),
            None => text.to_owned(),
        }
    }
}

impl Key {
    fn of(api: Api, secret: &Secret<String>) -> Self {
        let text = Secret::new(format!("{}{}", scheme(api), secret.expose()));
        match HeaderValue::from_str(text.expose()) {
            Ok(mut header) => {
                header.set_sensitive(true);
                Self::Header(header)
            }
            Err(_) => Self::Broken(
                "the credential holds characters that a header cannot: enter it again".to_owned(),
            ),
        }
    }
}

fn name(api: Api) -> HeaderName {
    if api == Api::AnthropicMessages { X_API_KEY } else { AUTHORIZATION }
}

/// What stands before the secret.
fn scheme(api: Api) -> &'static str {
    if api == Api::AnthropicMessages { "" } else { BEARER }
}
