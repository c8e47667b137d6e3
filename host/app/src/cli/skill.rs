//! `patchbay skill`: what does the work of tasks, tried by hand.

use std::path::Path;
use std::time::Duration;

use clap::{Args, Subcommand};
use patchbay_admin::api::{RunSkill, SkillRan};
use serde_json::Value;

use super::{AnswerOptions, Failure, answer, json, output};
use crate::client::{Request, segment};

/// How long the host may take beside the run itself: it may have to load the skill first.
const BESIDE: Duration = Duration::from_secs(120);

#[derive(Subcommand, Debug)]
pub enum Command {
    /// Run a skill once, outside of any task; what it does is done
    #[command(after_help = EXAMPLES)]
    Run(Run),
}

const EXAMPLES: &str = "\
Examples:
  patchbay skill run exec --input '{\"program\": \"make\", \"args\": [\"test\"]}'
  patchbay skill run script --input @script.json --timeout 10 --json
  generate-input | patchbay skill run http --input -";

#[derive(Args, Debug)]
pub struct Run {
    /// Its name, as tasks say it
    #[arg(value_name = "NAME")]
    skill: String,
    /// What it is given: JSON, or @FILE, or - for standard input
    #[arg(long, value_name = "JSON", default_value = "null")]
    input: String,
    /// How long it may take, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=3600))]
    timeout: u64,
    #[command(flatten)]
    answer: AnswerOptions,
}

impl Command {
    /// # Errors
    /// The input cannot be read, nobody has the skill, or it did not succeed.
    pub async fn run(self, dir: &Path) -> Result<(), Failure> {
        let Self::Run(run) = self;
        run.run(dir).await
    }
}

impl Run {
    async fn run(self, dir: &Path) -> Result<(), Failure> {
        let body = RunSkill { input: json::given(&self.input)?, timeout_s: Some(self.timeout) };
        let request = Request::attempt_with(format!("/api/skills/{}/run", segment(&self.skill)), &body);
        let answer = answer::ask(dir, request.within(Duration::from_secs(self.timeout) + BESIDE)).await?;
        if self.answer.json {
            output::line(&answer.text());
            let ran: SkillRan = answer.read()?;
            return failure(&ran).map_or(Ok(()), Err);
        }
        tell(answer.read()?)
    }
}

fn tell(ran: SkillRan) -> Result<(), Failure> {
    if ran.lines_dropped > 0 {
        output::note(&format!("{} lines before these are not kept", ran.lines_dropped));
    }
    for line in &ran.lines {
        output::note(&format!("{}: {}", output::printable(&line.stream), output::printable(&line.text)));
    }
    for artifact in &ran.artifacts {
        let (name, kind) = (output::printable(&artifact.name), output::printable(&artifact.media_type));
        output::note(&format!("artifact {name} ({kind}, {} bytes) is not kept by hand", artifact.bytes));
    }
    if ran.output != Value::Null {
        output::line(&json::pretty(&ran.output));
    }
    output::note(&format!("{} by {} in {} ms", ran.status, ran.generation, ran.took_ms));
    failure(&ran).map_or(Ok(()), Err)
}

/// None if it succeeded.
fn failure(ran: &SkillRan) -> Option<Failure> {
    let SkillRan { generation, call, code, summary, .. } = ran;
    let failed = || {
        let said = [code, summary].into_iter().filter(|part| !part.is_empty()).cloned().collect::<Vec<_>>();
        let said = if said.is_empty() { ran.status.clone() } else { said.join(": ") };
        Failure::new(output::printable(&said))
            .hint(format!("look at it with `patchbay call show --slot {} {call}`", generation.slot))
    };
    (ran.status != "succeeded").then(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ran(status: &str) -> SkillRan {
        serde_json::from_value(serde_json::json!({
            "generation": "skills/exec/1", "call": "skill_1", "status": status, "code": "exit:3", "summary": "it ended",
            "output": null, "lines": [], "lines_dropped": 0, "artifacts": [], "took_ms": 1,
        }))
        .unwrap()
    }

    #[test]
    fn anything_but_success_is_a_failure() {
        assert_eq!(failure(&ran("succeeded")), None);
        for status in ["failed", "cancelled"] {
            let expected = Failure::new("exit:3: it ended")
                .hint("look at it with `patchbay call show --slot skills/exec skill_1`".to_owned());
            assert_eq!(failure(&ran(status)), Some(expected));
        }
    }
}
