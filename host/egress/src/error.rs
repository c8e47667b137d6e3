//! Why there is no answer: a code for the plugin, a sentence for people. None repeats a secret's value, or a URL into
//! which one was filled.

use std::time::Duration;

use crate::address::Zone;

/// Of a text from outside that a message repeats, in characters.
const QUOTE_CHARACTERS_MAX: usize = 100;

#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum SendError {
    #[error("{url:?} is no URL for a request: {reason}; expected http:// or https:// with a host")]
    Url { url: String, reason: String },
    #[error(
        "{0:?} is no method that can be sent: expected one like GET or POST, and neither CONNECT nor TRACE"
    )]
    Method(String),
    #[error("header {name:?} cannot be sent: {reason}")]
    Header { name: String, reason: &'static str },
    #[error(
        "{found:?} does not name a secret: expected {{{{secret:NAME}}}}, NAME of 1 to 64 of a-z A-Z 0-9 . _ -, at most \
         {max} times in a request"
    )]
    Placeholder { found: String, max: usize },
    #[error("{origin} was not granted: add it to `http` of [grants], and have the operator allow it")]
    NotGranted { origin: String },
    #[error(
        "secret {name:?} was not granted: add it to `secrets` of [grants], and have the operator allow it"
    )]
    SecretNotGranted { name: String },
    #[error("secret {name:?} is not there: have the operator set it")]
    SecretMissing { name: String },
    #[error("secret {name:?} is not bound to {origin}, so it does not go there: have the operator bind it")]
    SecretBound { name: String, origin: String },
    #[error("secret {name:?} cannot be filled in: {reason}; have the operator set it anew")]
    SecretUnusable { name: String, reason: &'static str },
    #[error("{host} {leads}, which may not be reached: {hint}")]
    Address { host: String, leads: &'static str, hint: &'static str },
    #[error("no answer from {origin}: {reason}")]
    Connect { origin: String, reason: String },
    #[error("no whole answer within {} ms", .within.as_millis())]
    Timeout { within: Duration },
    #[error("{what} is too large: at most {max} are allowed")]
    TooLarge { what: &'static str, max: String },
    #[error(
        "the answer of {origin} is packed as {encoding:?}, which cannot be searched for the secret that was sent"
    )]
    Packed { origin: String, encoding: String },
}

impl SendError {
    /// As the contract names it.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Url { .. } | Self::Method(_) | Self::Header { .. } | Self::Placeholder { .. } => "invalid",
            Self::Packed { .. } => "invalid",
            Self::NotGranted { .. } | Self::SecretNotGranted { .. } => "refused",
            Self::SecretMissing { .. } | Self::SecretBound { .. } | Self::SecretUnusable { .. } => "secret",
            Self::Address { .. } => "address",
            Self::Connect { .. } => "connect",
            Self::Timeout { .. } => "timeout",
            Self::TooLarge { .. } => "too-large",
        }
    }

    pub(crate) fn address(host: &str, lies: Zone) -> Self {
        let (leads, hint) = match lies {
            Zone::Metadata => (
                "is where a cloud hands out credentials",
                "only a grant of this very name or address with `private = true` allows it",
            ),
            _ => ("leads to a private address", "a grant of this origin with `private = true` allows it"),
        };
        Self::Address { host: shown(host), leads, hint }
    }

    pub(crate) fn bytes(what: &'static str, max: usize) -> Self {
        Self::TooLarge { what, max: format!("{max} bytes") }
    }
}

pub(crate) fn shown(text: &str) -> String {
    match text.char_indices().nth(QUOTE_CHARACTERS_MAX) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
