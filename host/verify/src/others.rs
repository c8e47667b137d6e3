//! The port for checks that need more than this crate has: a skill, a model. It must not know who implements it.

use std::pin::Pin;

use patchbay_tasks::Check;
use serde_json::Value;

use crate::text::shown;
use crate::verdict::Finding;

/// An answer that is on its way. Dropping it stops what was begun.
pub type Answering<'a> = Pin<Box<dyn Future<Output = Result<Opinion, NoAnswer>> + Send + 'a>>;

/// Runs what is asked of others. Each answer is waited for no longer than the verifier's limits.
pub trait OtherChecks: Send + Sync {
    /// Why this check could not be asked now, if that is known before: no such skill, no model set. Must not block.
    fn missing(&self, _check: &Check) -> Option<String> {
        None
    }

    /// Runs the skill `name` once, with `input`; its outcome is the verdict.
    fn skill<'a>(&'a self, name: &'a str, input: &'a Value) -> Answering<'a>;

    /// Asks a model `question` about what an attempt has put out.
    fn judge<'a>(&'a self, question: &'a str, output: &'a Value) -> Answering<'a>;
}

/// What was said.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Opinion {
    pub holds: bool,
    /// Why, in a sentence. It is cut if it is long.
    pub text: String,
}

/// Nobody answered: this says nothing about the work.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{0}")]
pub struct NoAnswer(pub String);

pub(crate) async fn skill(others: &dyn OtherChecks, name: &str, input: &Value) -> Finding {
    told(&format!("skill {:?}", shown(name)), others.skill(name, input).await)
}

pub(crate) async fn judge(others: &dyn OtherChecks, question: &str, output: &Value) -> Finding {
    told(&format!("asked {:?}, the model", shown(question)), others.judge(question, output).await)
}

fn told(who: &str, answer: Result<Opinion, NoAnswer>) -> Finding {
    match answer {
        Ok(Opinion { holds: true, text }) => Finding::held(format!("{who} says yes: {text}")),
        Ok(Opinion { holds: false, text }) => Finding::failed(format!("{who} says no, expected yes: {text}")),
        Err(wrong) => Finding::not_run(format!("{who} gave no answer, expected a yes or a no: {wrong}")),
    }
}
