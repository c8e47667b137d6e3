//! Whether a provider of models is what is in trouble, and which.

use patchbay_sdk::Problem;
use serde::Deserialize;

/// What must be mended, as the host says it.
#[derive(Deserialize)]
struct Target {
    kind: String,
    #[serde(default)]
    provider: String,
}

/// Its name, if the problem's target is a provider and the code says that it has too much to do, or is broken.
pub(crate) fn in_trouble(problem: &Problem) -> Option<String> {
    let code = problem.attributes.get("code").unwrap_or_default();
    let status: u16 = code.strip_prefix("http:").unwrap_or(code).parse().ok()?;
    let target: Target = serde_json::from_str(problem.attributes.get("target")?).ok()?;
    let is_one = target.kind == "provider" && !target.provider.is_empty();
    (is_one && matches!(status, 429 | 500..=599)).then_some(target.provider)
}
