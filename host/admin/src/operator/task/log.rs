//! The log of a run, a part at a time. It must not know who follows it.

use patchbay_tasks::{Hold, TaskName, Why};

use super::named;
use crate::OperatorError;
use crate::api::{LogQuery, LogView};
use crate::operator::Operator;

const LINES_DEFAULT: usize = 1_000;
const LINES_MAX: usize = 10_000;
/// More lines than a log has, which keeps 100,000 characters.
const ALL: usize = 1_000_000;

impl Operator {
    /// Lines of the attempt that is asked for, or of the latest.
    ///
    /// # Errors
    /// An unknown task, or a store that cannot be read.
    pub async fn task_log(&self, name: &str, query: &LogQuery) -> Result<LogView, OperatorError> {
        let (name, engine) = (named(name)?, &self.desk().parts.engine);
        // First where it stands: what it said until then is there once it is read.
        let (seen, why) = (engine.show(&name).await?, engine.why(&name).await?);
        among_attempts(&name, query.attempt, seen.task.tally.attempts)?;
        let limit = query.limit.unwrap_or(LINES_DEFAULT).min(LINES_MAX);
        let wanted = if query.tail.is_some() { ALL } else { limit };
        let after = query.after.unwrap_or_default();
        let (attempt, mut lines, _) = engine.log(&name, query.attempt, after, wanted).await?;
        if let Some(tail) = query.tail {
            lines.drain(..lines.len().saturating_sub(tail.min(LINES_MAX)));
        }
        let (state, over) = (seen.state.to_owned(), is_over(why.code));
        Ok(LogView { attempt, state, over, waits: waits(why), lines })
    }
}

/// Attempts are numbered from 1 up to the latest.
fn among_attempts(name: &TaskName, wanted: Option<u32>, latest: u32) -> Result<(), OperatorError> {
    let Some(wanted) = wanted.filter(|wanted| *wanted == 0 || *wanted > latest) else { return Ok(()) };
    let there = match latest {
        0 => format!("task {name} has had none yet"),
        1 => format!("task {name} has had one: expected 1"),
        latest => format!("task {name} has had {latest}: expected 1 to {latest}"),
    };
    Err(OperatorError::field("attempt", format!("there is no attempt {wanted}: {there}")))
}

fn waits(why: Why) -> Option<String> {
    let runs = matches!(why.code, Hold::Running | Hold::Ended | Hold::Nothing | Hold::Lease);
    (!runs).then_some(why.text)
}

/// Whether nothing more comes before a person says something.
fn is_over(hold: Hold) -> bool {
    matches!(hold, Hold::Ended | Hold::Draft | Hold::Approval | Hold::Breaker | Hold::Person | Hold::Paused)
}
