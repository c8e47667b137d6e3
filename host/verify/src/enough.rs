//! Whether checks are worth anything for what they are to judge. It must not know what that is.

use patchbay_tasks::Check;

/// Opinions alone would judge what cannot be taken back.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error(
    "only `llm-judge` checks ({found}) would judge what cannot be taken back: expected one more of another kind; add a \
     `command`, `http`, `file`, `json-path`, `skill` or `human` check"
)]
pub struct NotEnough {
    pub found: usize,
}

/// A model's opinion is never alone for something destructive. No check at all is no opinion: then nothing is verified,
/// and it is called so.
///
/// # Errors
/// See [`NotEnough`].
pub fn is_enough(checks: &[Check], destructive: bool) -> Result<(), NotEnough> {
    let opinions = checks.iter().filter(|check| matches!(check, Check::LlmJudge { .. })).count();
    match destructive && opinions > 0 && opinions == checks.len() {
        true => Err(NotEnough { found: opinions }),
        false => Ok(()),
    }
}
