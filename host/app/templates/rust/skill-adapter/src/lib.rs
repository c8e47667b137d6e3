//! Changes the letters of a text: what a skill looks like.

use patchbay_sdk::{
    Invocation, Outcome, PluginError, SkillAdapter, SkillDescription, job, skill_adapter,
};
use serde::Deserialize;
use serde_json::json;

#[derive(Deserialize)]
struct Input {
    text: String,
}

struct Skill;

impl SkillAdapter for Skill {
    // Asked once, when the plugin is loaded. The schema is shown to whoever makes a task.
    fn describe() -> Result<Vec<SkillDescription>, PluginError> {
        let schema = json!({
            "type": "object", "required": ["text"], "properties": { "text": { "type": "string" } },
        });
        Ok(vec![
            SkillDescription::new("{{name}}", "Makes the letters of a text large")
                .input(schema),
        ])
    }

    // An outcome says what came of the work; an error, that it could not be tried.
    fn run(invocation: &Invocation) -> Result<Outcome, PluginError> {
        let Input { text } = invocation.input()?;
        // One that works for long asks now and then.
        if job::cancelled() {
            return Ok(Outcome::cancelled("somebody did not want it any more"));
        }
        job::note(&format!("{} letters", text.chars().count()));
        let outcome = Outcome::succeeded("made the letters large");
        Ok(outcome.output(json!({ "text": text.to_uppercase() })))
    }
}

skill_adapter!(Skill);

#[cfg(test)]
mod tests {
    use patchbay_sdk::testing::{Mock, run_skill_cases};

    use super::*;

    #[test]
    fn every_case_holds() {
        run_skill_cases::<Skill>("cases");
    }

    #[test]
    fn it_ends_when_nobody_wants_it() {
        let _mock = Mock::new().cancel_after(0);
        let invocation = Invocation {
            input: r#"{ "text": "hi" }"#.into(),
            ..Invocation::default()
        };
        assert_eq!(Skill::run(&invocation).unwrap().status, "cancelled");
    }
}
