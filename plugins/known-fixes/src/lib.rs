//! What was verified for this problem before, the best of it first. It asks no model and keeps nothing: which fixes are
//! known, and which were tried since, the host says.

mod known;
mod past;

use patchbay_sdk::{FixPlan, FixStrategy, PluginError, Problem, fix_strategy};

use known::Known;

struct KnownFixes;

impl FixStrategy for KnownFixes {
    fn propose(problem: &Problem) -> Result<Option<FixPlan>, PluginError> {
        let mut known = known::of(problem);
        if known.is_empty() {
            return Ok(None);
        }
        let failed = past::failed()?;
        known.retain(|fix| !failed.contains(&past::plain(&fix.actions)));
        known.sort_by(Known::better_first);
        Ok(known.first().and_then(Known::plan))
    }
}

fix_strategy!(KnownFixes);

#[cfg(test)]
mod tests;
