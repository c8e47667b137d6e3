//! Where the failure stands in the log of its attempt. It must not know who reads it.

use patchbay_tasks::Task;

use crate::engine::Inner;
use crate::error::EngineError;
use crate::row::{Attempt, attempt_key};

/// A shorter line says too little to be recognised in a message.
const LINE_CHARS_MIN: usize = 4;

impl Inner {
    /// The first and the last line of the latest attempt that the message repeats; else the last lines, as many as an
    /// analysis is shown. None: it has no log.
    pub(super) async fn evidence(
        &self,
        task: &Task,
        message: &str,
    ) -> Result<Option<(u64, u64)>, EngineError> {
        let key = attempt_key(task.id, task.tally.attempts);
        let Some(row) = self.read::<Attempt>(&key).await? else { return Ok(None) };
        let log = row.record.log;
        let repeated = |text: &str| text.chars().count() >= LINE_CHARS_MIN && message.contains(text);
        let mut found = log.iter().filter(|line| repeated(line.text.trim())).map(|line| line.number);
        let Some(first) = found.next() else {
            let lines = usize::try_from(self.options.load().fixes.ladder.log_lines).unwrap_or(usize::MAX);
            let from = log.get(log.len().saturating_sub(lines)).map(|line| line.number);
            return Ok(from.zip(log.last().map(|line| line.number)));
        };
        Ok(Some((first, found.next_back().unwrap_or(first))))
    }
}
