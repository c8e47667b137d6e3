//! `{{secret:NAME}}` in a text, replaced by the secret's value as that place needs it written. It must not know which
//! secrets may be used.

use std::fmt::Write;

use patchbay_types::Secret;

use crate::error::{SendError, shown};
use crate::secret::{Keyring, Used};

/// In one request. Together with the longest secret this bounds what a request grows to.
const PLACEHOLDERS_MAX: usize = 16;
const NAME_BYTES_MAX: usize = 64;

/// Where a text stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Place {
    /// Of a parsed URL, where braces are escaped already.
    Path,
    Query,
    Header,
}

/// Fills the places of one request, one after the other.
pub(crate) struct Filler<'a> {
    keyring: Keyring<'a>,
    left: usize,
}

impl<'a> Filler<'a> {
    pub(crate) fn new(keyring: Keyring<'a>) -> Self {
        Self { keyring, left: PLACEHOLDERS_MAX }
    }

    /// The text with all values in it; none if it names no secret.
    pub(crate) fn fill(&mut self, text: &str, place: Place) -> Result<Option<Secret<String>>, SendError> {
        let (open, close) = place.marks();
        let (mut filled, mut rest) = (String::new(), text);
        while let Some((before, after)) = rest.split_once(open) {
            let found = rest.get(before.len()..).unwrap_or_default();
            let wrong = || SendError::Placeholder { found: shown(found), max: PLACEHOLDERS_MAX };
            let (name, after) =
                after.split_once(close).filter(|(name, _)| is_name(name)).ok_or_else(wrong)?;
            self.left = self.left.checked_sub(1).ok_or_else(wrong)?;
            filled.push_str(before);
            place.write(self.keyring.value(name)?.expose(), &mut filled);
            rest = after;
        }
        if rest.len() == text.len() {
            return Ok(None);
        }
        filled.push_str(rest);
        Ok(Some(Secret::new(filled)))
    }

    pub(crate) fn into_used(self) -> Vec<Used> {
        self.keyring.into_used()
    }
}

impl Place {
    fn marks(self) -> (&'static str, &'static str) {
        match self {
            Self::Path => ("%7B%7Bsecret:", "%7D%7D"),
            Self::Query | Self::Header => ("{{secret:", "}}"),
        }
    }

    pub(crate) fn write(self, value: &str, into: &mut String) {
        match self {
            Self::Path => escape(value, "-._~:@!$&'()*+,;=", into),
            Self::Query => escape(value, "-._~:@/", into),
            Self::Header => into.push_str(value),
        }
    }
}

fn is_name(name: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    (1..=NAME_BYTES_MAX).contains(&name.len()) && name.bytes().all(allowed)
}

/// `%` and two digits for each byte but letters, digits and what is `plain`.
pub(crate) fn escape(value: &str, plain: &str, into: &mut String) {
    for byte in value.bytes() {
        match byte.is_ascii_alphanumeric() || plain.as_bytes().contains(&byte) {
            true => into.push(char::from(byte)),
            // Writing to a text does not fail.
            false => drop(write!(into, "%{byte:02X}")),
        }
    }
}
