//! Says what a failure is, by words in its message.

use std::collections::BTreeMap;

use patchbay_sdk::{Diagnosis, ErrorAnalyzer, Failure, PluginError, config, error_analyzer};
use serde::Deserialize;

/// What a message has in it, in lower case, and what the failure is then.
const KNOWN: [(&str, &str); 3] = [
    ("out of memory", "out-of-memory"),
    ("permission denied", "permission-denied"),
    ("timed out", "timeout"),
];

/// What the operator may set. Every field has a default, because nothing set reads as `{}`.
#[derive(Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
struct Settings {
    /// More words; they come first.
    words: BTreeMap<String, String>,
}

struct Analyzer;

impl ErrorAnalyzer for Analyzer {
    // `None` says that it does not know: then the next analyzer is asked. So does an error.
    fn analyze(failure: &Failure) -> Result<Option<Diagnosis>, PluginError> {
        let settings: Settings = config()?;
        let own = settings
            .words
            .iter()
            .map(|(word, class)| (word.as_str(), class.as_str()));
        let message = failure.message.to_lowercase();
        let found = own
            .chain(KNOWN)
            .find(|(word, _)| message.contains(&word.to_lowercase()));
        Ok(found.map(|(word, class)| {
            Diagnosis::new(class, format!("the message says {word:?}")).confidence(0.8)
        }))
    }
}

error_analyzer!(Analyzer);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_case_holds() {
        patchbay_sdk::testing::run_analyzer_cases::<Analyzer>("cases");
    }

    #[test]
    fn what_it_does_not_know_is_left_to_others() {
        assert_eq!(Analyzer::analyze(&Failure::default()), Ok(None));
    }
}
