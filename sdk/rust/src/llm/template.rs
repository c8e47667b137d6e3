//! The text of a question, with places that are filled in: `{{log}}`. It must not know what fills them.

use crate::{PluginError, files};

/// How long a template may be, in bytes.
const BYTES_MAX: usize = 64 * 1024;
const OPEN: &str = "{{";
const CLOSE: &str = "}}";

/// A text with places.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Template(String);

impl Template {
    /// The operator's, as text or in a file that was granted, else the plugin's own.
    ///
    /// # Errors
    /// `bad-config` if both are given, or if it has more than 64 KiB; those of [`files::read`].
    pub fn choose(text: Option<&str>, file: Option<&str>, own: &str) -> Result<Self, PluginError> {
        let chosen = match (text, file) {
            (Some(_), Some(_)) => return Err(bad("`template` and `template_file` are both set: keep one")),
            (Some(text), None) => text.to_owned(),
            (None, Some(file)) => files::read(file)?.text()?.to_owned(),
            (None, None) => own.to_owned(),
        };
        match chosen.len() {
            0..=BYTES_MAX => Ok(Self(chosen)),
            found => Err(bad(&format!("the template has {found} bytes, expected at most {BYTES_MAX}"))),
        }
    }

    /// The text with its places filled in. What is filled in is not looked at: a place in it stays as it is.
    ///
    /// # Errors
    /// `bad-config` if there is a place that has no value, with those that have one.
    pub fn fill(&self, values: &[(&str, String)]) -> Result<String, PluginError> {
        let mut filled = String::new();
        let mut rest = self.0.as_str();
        while let Some((before, place)) = rest.split_once(OPEN) {
            let (name, after) = place.split_once(CLOSE).ok_or_else(|| bad("a {{ without its }}"))?;
            filled.push_str(before);
            filled.push_str(value(values, name.trim())?);
            rest = after;
        }
        Ok(filled + rest)
    }

    /// Names the template and what else is said to the model, before anything is filled in: equal as long as both are.
    /// `fnv1a64:` and 16 hexadecimal digits: 64-bit FNV-1a, as the IETF's draft `draft-eastlake-fnv` has it.
    #[must_use]
    pub fn hash(&self, more: &str) -> String {
        const BASIS: u64 = 0xcbf2_9ce4_8422_2325;
        const PRIME: u64 = 0x0100_0000_01b3;
        // No text has this byte: what ends the one and begins the other cannot be moved.
        let bytes = self.0.bytes().chain([0xff]).chain(more.bytes());
        let hash = bytes.fold(BASIS, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(PRIME));
        format!("fnv1a64:{hash:016x}")
    }
}

fn value<'a>(values: &'a [(&str, String)], name: &str) -> Result<&'a str, PluginError> {
    let found = values.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str());
    found.ok_or_else(|| {
        let known: Vec<&str> = values.iter().map(|(known, _)| *known).collect();
        bad(&format!("the template has a place {name:?}; there are {}", known.join(", ")))
    })
}

fn bad(message: &str) -> PluginError {
    PluginError::new("bad-config", message)
}
