//! The skill `script`: a JavaScript function that a model or a person wrote, run by an engine inside this component. The
//! script is taken to be hostile. What the component may do at all, and how much time and memory it has, is the host's.

mod call;
mod desk;
mod ending;
mod engine;
mod host;
mod input;
mod jobs;
mod json;
mod limit;
#[cfg(target_arch = "wasm32")]
mod memory;
mod nesting;
mod overflow;
mod thrown;

use patchbay_sdk::{Invocation, Outcome, PluginError, SkillAdapter, SkillDescription, job, skill_adapter};
use sha2::{Digest, Sha256};

use input::Input;

const SKILL: &str = "script";

struct Script;

impl SkillAdapter for Script {
    fn describe() -> Result<Vec<SkillDescription>, PluginError> {
        let description = "Runs a JavaScript function: main(input, host); its result is the output";
        Ok(vec![
            SkillDescription::new(SKILL, description)
                .input(serde_json::from_str(include_str!("input.schema.json"))?),
        ])
    }

    fn run(invocation: &Invocation) -> Result<Outcome, PluginError> {
        let input = Input::read(invocation)?;
        if job::cancelled() {
            return Ok(Outcome::cancelled("cancelled before the script was run"));
        }
        overflow::watch();
        job::note(&format!("source sha256:{}, {} bytes", sha256(&input.source), input.source.len()));
        Ok(match call::call(&input) {
            Ok(output) => Outcome::succeeded(format!("{} returned", input.function)).output(output),
            Err(ending) => ending.outcome(),
        })
    }
}

skill_adapter!(Script);

/// In hexadecimal.
fn sha256(text: &str) -> String {
    Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests;
