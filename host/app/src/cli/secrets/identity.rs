//! `patchbay secrets rotate` and `drop-old`: one identity after another.

use std::path::Path;

use http::Method;
use patchbay_admin::api::{OldDropped, Rotated};

use super::{VAULT, done};
use crate::cli::{AnswerOptions, Failure};
use crate::client::Request;

pub(super) const ROTATE_EXAMPLES: &str = "\
Example:
  patchbay secrets rotate
  patchbay secrets drop-old     once no backup from before is needed
Requests are not disturbed. What is written from then on, the identity before does not open. It lies beside the new one,
as identity.age.old-1, until it is dropped.";

/// # Errors
/// As `answer::ask`.
pub(super) async fn rotate(dir: &Path, options: AnswerOptions) -> Result<(), Failure> {
    let request = Request::change(Method::POST, format!("{VAULT}/rotate"));
    done(dir, request, options.json, |answer| {
        let Rotated { recipient, credentials, secrets, old, note } = answer.read()?;
        let kept = match (old, note) {
            (Some(old), _) => format!("the one before is kept as {old}"),
            (None, note) => format!("its file follows at the next start: {}", note.unwrap_or_default()),
        };
        Ok(format!("sealed {credentials} keys and {secrets} secrets for {recipient}; {kept}"))
    })
    .await
}

/// # Errors
/// As `answer::ask`.
pub(super) async fn drop_old(dir: &Path, options: AnswerOptions) -> Result<(), Failure> {
    let request = Request::change(Method::POST, format!("{VAULT}/drop-old"));
    done(dir, request, options.json, |answer| {
        let OldDropped { dropped } = answer.read()?;
        Ok(match dropped.is_empty() {
            true => "there are no earlier identities".to_owned(),
            false => format!("deleted {}", dropped.join(" ")),
        })
    })
    .await
}
