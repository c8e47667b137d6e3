//! A plugin's secret: sealed under a name and for the origins that it may be sent to, and opened for just these. It
//! must not know what a plugin is, nor who sends the secret.

use std::collections::BTreeSet;

use patchbay_types::Secret;
use serde::{Deserialize, Serialize};

use crate::seal::{Kind, OpenError, SealError, Sealed, Text, VERSION, another_kind, same};
use crate::{Recipient, Vault};

const KIND: Kind = Kind::Secret;
/// In the payload, so that nothing else that is sealed passes for a secret.
const PAYLOAD_KIND: &str = "plugin-secret";
/// Of a name or a list of origins that a message repeats, in characters: the row may have been edited.
const QUOTE_CHARACTERS_MAX: usize = 100;

/// What a secret is called and where it may go: it is not given out for anything else.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SecretBinding<'a> {
    pub name: &'a str,
    /// Each `https://api.example.com:443`, compared byte for byte; their order does not count.
    pub origins: &'a [String],
}

#[derive(Serialize)]
struct PayloadRef<'a> {
    version: u32,
    kind: &'a str,
    name: &'a str,
    origins: &'a [String],
    value: &'a str,
}

#[derive(Deserialize)]
struct Payload {
    kind: String,
    name: String,
    origins: Vec<String>,
    value: Text,
}

impl Vault {
    /// Seals `value` for the identity in charge and for `binding` alone.
    ///
    /// # Errors
    /// Sealing has failed inside; the secret has gone nowhere.
    pub fn seal_secret(
        &self,
        value: &Secret<String>,
        binding: &SecretBinding<'_>,
    ) -> Result<Sealed, SealError> {
        self.seal_secret_for(&self.recipient(), value, binding)
    }

    pub(crate) fn seal_secret_for(
        &self,
        to: &Recipient,
        value: &Secret<String>,
        binding: &SecretBinding<'_>,
    ) -> Result<Sealed, SealError> {
        let (&SecretBinding { name, origins }, value) = (binding, value.expose().as_str());
        let payload = PayloadRef { version: VERSION, kind: PAYLOAD_KIND, name, origins, value };
        // Two quotes and a comma belong to each origin.
        let text_bytes =
            name.len() + value.len() + origins.iter().map(|origin| origin.len() + 3).sum::<usize>();
        self.seal_payload(&to.0, (KIND, name), &payload, text_bytes)
    }

    /// Opens what was sealed for an identity of this vault and for `binding`.
    ///
    /// # Errors
    /// Another identity, a damaged text, or another name or other origins than it was sealed for.
    pub fn unseal_secret(
        &self,
        sealed: &Sealed,
        binding: &SecretBinding<'_>,
    ) -> Result<Secret<String>, OpenError> {
        let Payload { kind, name, origins, value: Text(value) } = self.open_payload(KIND, sealed)?;
        if kind != PAYLOAD_KIND {
            return Err(another_kind(KIND));
        }
        same(KIND, "name", binding.name, name).map_err(cut)?;
        same_set(binding.origins, &origins).map_err(cut)?;
        Ok(value)
    }
}

fn same_set(expected: &[String], found: &[String]) -> Result<(), OpenError> {
    let (expected, found) = (set(expected), set(found));
    if expected == found {
        return Ok(());
    }
    let text = |origins: BTreeSet<&str>| origins.into_iter().collect::<Vec<_>>().join(", ");
    Err(OpenError::Bound { kind: KIND, what: "origins", expected: text(expected), found: text(found) })
}

fn set(origins: &[String]) -> BTreeSet<&str> {
    origins.iter().map(String::as_str).collect()
}

fn cut(error: OpenError) -> OpenError {
    let short = |text: String| match text.char_indices().nth(QUOTE_CHARACTERS_MAX) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    };
    match error {
        OpenError::Bound { kind, what, expected, found } => {
            OpenError::Bound { kind, what, expected: short(expected), found: short(found) }
        }
        error => error,
    }
}
