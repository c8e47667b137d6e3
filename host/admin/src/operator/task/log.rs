//! The log of a run, a part at a time. It must not know who follows it.

use patchbay_tasks::Hold;

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
        let limit = query.limit.unwrap_or(LINES_DEFAULT).min(LINES_MAX);
        let wanted = if query.tail.is_some() { ALL } else { limit };
        let after = query.after.unwrap_or_default();
        let (attempt, mut lines, _) = engine.log(&name, query.attempt, after, wanted).await?;
        if let Some(tail) = query.tail {
            lines.drain(..lines.len().saturating_sub(tail.min(LINES_MAX)));
        }
        Ok(LogView { attempt, state: seen.state.to_owned(), over: is_over(why.code), lines })
    }
}

/// Whether nothing more comes before a person says something.
fn is_over(hold: Hold) -> bool {
    matches!(hold, Hold::Ended | Hold::Draft | Hold::Approval | Hold::Breaker | Hold::Person | Hold::Paused)
}
