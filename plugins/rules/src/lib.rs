//! What an error means by the operator's own patterns: in their order, and the first that fits. It asks nobody, so it
//! serves every kind of failure.

mod rule;
mod rules;
mod template;

use patchbay_sdk::{Diagnosis, ErrorAnalyzer, Failure, PluginError, error_analyzer};

struct ByRules;

impl ErrorAnalyzer for ByRules {
    fn analyze(failure: &Failure) -> Result<Option<Diagnosis>, PluginError> {
        rules::first_that_fits(failure)
    }
}

error_analyzer!(ByRules);

#[cfg(test)]
mod tests;
