//! What a provider's answer means for routing: the host's own table as a plugin, so that a quirk of a provider can be
//! put into a copy of it while the host runs. `fixtures.json` holds both to the same verdicts.

mod answer;
mod date;
mod pause;
mod verdict;

use patchbay_sdk::{Diagnosis, ErrorAnalyzer, Failure, PluginError, error_analyzer};

use answer::Answer;
use verdict::{Ask, Verdict};

/// The one kind of failure that it takes.
const KIND: &str = "upstream";
/// The code of a failure without an answer.
const CONNECT: &str = "connect";

struct UpstreamErrors;

impl ErrorAnalyzer for UpstreamErrors {
    fn analyze(failure: &Failure) -> Result<Option<Diagnosis>, PluginError> {
        Ok(verdict(failure).map(|verdict| diagnosis(&failure.code, verdict)))
    }
}

error_analyzer!(UpstreamErrors);

/// None for what is neither a status nor the lack of an answer: another analyzer may know it.
fn verdict(failure: &Failure) -> Option<Verdict> {
    match failure.code.as_str() {
        _ if failure.kind != KIND => None,
        CONNECT => Some(Verdict::Unreachable),
        _ => Answer::of(failure).map(|answer| verdict::judge(&answer)),
    }
}

fn diagnosis(code: &str, verdict: Verdict) -> Diagnosis {
    let diagnosis = Diagnosis::new(verdict.as_str(), format!("{code}: {}", verdict.meaning()));
    match verdict {
        Verdict::RateLimited(ask) | Verdict::Overloaded(ask) => asked(diagnosis, ask),
        _ => diagnosis,
    }
}

fn asked(diagnosis: Diagnosis, ask: Ask) -> Diagnosis {
    let scope = if ask.model_only { "model" } else { "provider" };
    let diagnosis = diagnosis.attribute("scope", scope);
    match ask.at_least {
        Some(at_least) => diagnosis.retry_after(at_least),
        None => diagnosis,
    }
}

#[cfg(test)]
mod tests;
