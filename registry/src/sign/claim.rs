//! What a signature's trusted comment says of the component: `patchbay name=NAME version=VERSION sha256=HEX`. Without
//! it, a good signature of an old version would do for any that has the same bytes under another name.

use std::fmt;

use patchbay_types::Digest;

use crate::Plugin;
use crate::text::shown;

/// The comment, read. Its texts are the signer's own words.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Claim {
    name: String,
    version: String,
    sha256: String,
}

/// Why the comment does not fit the component.
#[derive(thiserror::Error, Clone, PartialEq, Eq, Debug)]
pub enum ClaimError {
    #[error(
        "its trusted comment says {times} times {field}=, expected once; sign it with `patchbay plugin sign`, or with \
         minisign -t 'name=NAME version=VERSION sha256=HEX'"
    )]
    Field { field: &'static str, times: usize },
    #[error("it was made for {field} {signed:?}, and this is {found:?}: get the signature of this one")]
    Other { field: &'static str, signed: String, found: String },
}

impl Claim {
    pub(super) fn of(component: &[u8], plugin: &Plugin) -> Self {
        Self {
            name: plugin.name.to_string(),
            version: plugin.version.to_string(),
            sha256: Digest::of(component).hex(),
        }
    }

    /// Words that it does not know are passed over.
    pub(super) fn parse(comment: &str) -> Result<Self, ClaimError> {
        Ok(Self {
            name: field(comment, "name")?,
            version: field(comment, "version")?,
            sha256: field(comment, "sha256")?,
        })
    }

    pub(super) fn check(self, component: &[u8], plugin: &Plugin) -> Result<(), ClaimError> {
        let found = Self::of(component, plugin);
        same("name", self.name, found.name)?;
        same("version", self.version, found.version)?;
        same("sha256", self.sha256, found.sha256)
    }
}

impl fmt::Display for Claim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "patchbay name={} version={} sha256={}", self.name, self.version, self.sha256)
    }
}

fn field(comment: &str, field: &'static str) -> Result<String, ClaimError> {
    let value = |word: &'_ str| word.strip_prefix(field)?.strip_prefix('=').map(str::to_owned);
    let values: Vec<String> = comment.split_whitespace().filter_map(value).collect();
    match <[String; 1]>::try_from(values) {
        Ok([value]) => Ok(value),
        Err(values) => Err(ClaimError::Field { field, times: values.len() }),
    }
}

fn same(field: &'static str, signed: String, found: String) -> Result<(), ClaimError> {
    match signed == found {
        true => Ok(()),
        false => Err(ClaimError::Other { field, signed: shown(&signed), found }),
    }
}
