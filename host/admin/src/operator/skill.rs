//! A skill that is tried by hand, outside of any task: written down who did it, bounded in time, and over when whoever
//! asked for it goes away. It must not know how a skill runs.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use super::Operator;
use crate::OperatorError;
use crate::api::{RunSkill, SkillRan};

/// How long one run may take, in seconds: if nobody says, and at most.
const TIMEOUT_S: u64 = 60;
const TIMEOUT_S_MAX: u64 = 3_600;
/// Of a skill's name that is shown, in characters.
const NAME_CHARACTERS_MAX: usize = 100;

/// Who can have a skill run.
pub trait SkillPort: Send + Sync {
    /// Runs a skill once. Dropping the future ends the run and all that it started.
    ///
    /// # Errors
    /// Nobody has the skill: what lacks.
    fn run<'a>(&'a self, skill: &'a str, input: &'a Value, timeout: Duration) -> RunningSkill<'a>;
}

/// The answer of [`SkillPort::run`], to be awaited.
pub type RunningSkill<'a> = Pin<Box<dyn Future<Output = Result<SkillRan, String>> + Send + 'a>>;

impl Operator {
    /// Names who runs skills. Once, when the host is wired.
    pub fn skilled_by(&self, port: Arc<dyn SkillPort>) {
        // A second one has nothing to say.
        let _ = self.desk().skills.set(port);
    }

    /// Tries a skill by hand: what it does is done. A run that fails is an answer.
    ///
    /// # Errors
    /// A skill that nobody has, a time out of range, or a store that does not write down who asked: then nothing ran.
    ///
    /// # Cancel safety
    /// Dropping the future ends the run, and what it has started.
    pub async fn run_skill(
        &self,
        skill: &str,
        run: RunSkill,
        actor: &str,
    ) -> Result<SkillRan, OperatorError> {
        let desk = self.desk();
        let timeout = timeout(run.timeout_s)?;
        let port = desk.skills.get().ok_or(OperatorError::ShuttingDown)?;
        let shown: String = skill.chars().take(NAME_CHARACTERS_MAX).collect();
        let detail = format!("by hand, for at most {} s", timeout.as_secs());
        desk.write_down(vec![desk.audit(actor, "skill.run", &shown, detail)]).await?;
        let ran = port.run(skill, &run.input, timeout).await;
        ran.map_err(|lacks| OperatorError::UnknownSkill { name: shown, lacks })
    }
}

fn timeout(asked: Option<u64>) -> Result<Duration, OperatorError> {
    let seconds = asked.unwrap_or(TIMEOUT_S);
    match (1..=TIMEOUT_S_MAX).contains(&seconds) {
        true => Ok(Duration::from_secs(seconds)),
        false => {
            let message = format!("{seconds} is out of range: expected 1 to {TIMEOUT_S_MAX}");
            Err(OperatorError::field("timeout_s", message))
        }
    }
}
