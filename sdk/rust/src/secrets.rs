//! Secrets of the operator. Their values never come here: a placeholder stands for one in the URL or a header of an
//! [`http::Request`](crate::http::Request), and the host fills it in, for the origins that the secret is bound to.
//!
//! Grant: `secrets = ["name"]`.

use crate::{PluginError, host};

/// Whether the operator has set it.
///
/// # Errors
/// `refused` if it was not granted.
pub fn exists(name: &str) -> Result<bool, PluginError> {
    host::secrets::exists(name)
}

/// What stands for a secret until the host fills it in: `{{secret:name}}`.
#[must_use]
pub fn placeholder(name: &str) -> String {
    format!("{{{{secret:{name}}}}}")
}
