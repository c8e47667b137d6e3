//! The skill `exec`: one program that the operator has named, never through a shell, its lines into the run's log as
//! they come. Which programs may run, and how a child is ended, is the host's.

mod follow;
mod input;
mod tail;

use patchbay_sdk::{Invocation, Outcome, PluginError, SkillAdapter, SkillDescription, skill_adapter};

use follow::Ended;
use input::Input;

const SKILL: &str = "exec";

struct Exec;

impl SkillAdapter for Exec {
    fn describe() -> Result<Vec<SkillDescription>, PluginError> {
        let description = "Runs a program, line by line into the log; succeeds by its exit status";
        Ok(vec![
            SkillDescription::new(SKILL, description)
                .input(serde_json::from_str(include_str!("input.schema.json"))?),
        ])
    }

    fn run(invocation: &Invocation) -> Result<Outcome, PluginError> {
        let input = Input::read(invocation)?;
        let ended = follow::run(&input)?;
        Ok(outcome(&input, &ended))
    }
}

skill_adapter!(Exec);

fn outcome(input: &Input, ended: &Ended) -> Outcome {
    let program = &input.program;
    let outcome = match (ended.is_cancelled(), ended.code(&input.success_codes)) {
        (true, _) => Outcome::cancelled(format!("{program} was ended because the run was cancelled")),
        (false, None) => Outcome::succeeded(format!("{program} ended with {}", ended.status())),
        (false, Some(code)) => Outcome::failed(code, format!("{program} ended with {}", ended.status())),
    };
    outcome.output(ended.output())
}

#[cfg(test)]
mod tests;
