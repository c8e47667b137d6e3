//! The root cause of a failure, as a model sees it. It proposes nothing that it would do itself, and must not know how a
//! fix is made.

mod answer;
mod inquiry;
mod picture;
mod question;
mod settings;
mod target;
mod tool;

use patchbay_sdk::llm::{Talk, Usage};
use patchbay_sdk::{Diagnosis, ErrorAnalyzer, Failure, PluginError, error_analyzer};

use answer::Cause;
use inquiry::Used;
use settings::Settings;

const KINDS: [&str; 2] = ["task", "stuck"];

struct RootCause;

impl ErrorAnalyzer for RootCause {
    fn analyze(failure: &Failure) -> Result<Option<Diagnosis>, PluginError> {
        if !KINDS.contains(&&*failure.kind) {
            return Ok(None);
        }
        let settings = Settings::read()?;
        let pictures = settings.pictures(failure);
        let question = question::of(failure, &settings, &pictures)?;
        let mut talk = Talk::new(settings.options(!pictures.is_empty()), &question.rules, &question.text);
        let (cause, used) = inquiry::run(&mut talk, &settings.tools)?;
        let provenance =
            Provenance { model: &settings.model, prompt_hash: &question.hash, usage: talk.usage() };
        Ok(cause.map(|cause| diagnosis(failure, cause, &used, &provenance)))
    }
}

error_analyzer!(RootCause);

/// What made the diagnosis.
struct Provenance<'a> {
    model: &'a str,
    prompt_hash: &'a str,
    usage: Usage,
}

fn diagnosis(failure: &Failure, cause: Cause, used: &[Used], provenance: &Provenance<'_>) -> Diagnosis {
    let class = if cause.class.is_empty() { answer::word(&failure.code) } else { cause.class };
    let class = if class.is_empty() { "unknown".to_owned() } else { class };
    let mut diagnosis = Diagnosis::new(class, cause.root_cause).confidence(cause.confidence);
    for (name, value) in cause.attributes {
        diagnosis = diagnosis.attribute(name, value);
    }
    if !used.is_empty() {
        diagnosis = diagnosis.attribute("tools-used", inquiry::told(used));
    }
    let Provenance { model, prompt_hash, usage } = provenance;
    diagnosis
        .attribute("model", *model)
        .attribute("prompt-tokens", usage.prompt_tokens.to_string())
        .attribute("completion-tokens", usage.completion_tokens.to_string())
        .attribute("prompt-hash", *prompt_hash)
}

#[cfg(test)]
mod tests;
