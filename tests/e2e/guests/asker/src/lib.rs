//! The skill `ask`: asks its host whatever its input says, one call after the other, and tells what came back, word for
//! word. It stands for a plugin that means harm, so it must not be careful in any way.

mod call;
mod hoard;

use patchbay_sdk::{Invocation, Outcome, PluginError, SkillAdapter, SkillDescription, skill_adapter};
use serde_json::{Value, json};

use call::Call;

struct Asker;

impl SkillAdapter for Asker {
    fn describe() -> Result<Vec<SkillDescription>, PluginError> {
        Ok(vec![SkillDescription::new("ask", "Asks its host what it is told to ask")])
    }

    fn run(invocation: &Invocation) -> Result<Outcome, PluginError> {
        let calls: Vec<Call> = invocation.input()?;
        let answers: Vec<Value> = calls.into_iter().map(|call| told(call.make())).collect();
        Ok(Outcome::succeeded("asked").output(Value::Array(answers)))
    }
}

skill_adapter!(Asker);

fn told(answer: Result<Value, PluginError>) -> Value {
    match answer {
        Ok(value) => json!({ "ok": value }),
        Err(error) => json!({ "error": error.code, "message": error.message }),
    }
}
