//! Tasks: listed, shown, and what was of them.

use patchbay_engine::{EngineError, Query, TaskView as Seen};
use patchbay_tasks::{Event, StateName, TaskId, TaskName, Why};

use super::named;
use super::view::{Around, fix_of, row, whole, without_output};
use crate::OperatorError;
use crate::api::{AttemptView, TaskQuery, TaskRow, TaskTree, TaskView, TreeRow};
use crate::operator::Operator;

const LIMIT_DEFAULT: usize = 100;
const LIMIT_MAX: usize = 1_000;
/// Attempts that a task is shown with.
const ATTEMPTS_SHOWN: u32 = 5;
/// Attempts that are told of at once: each may come with a whole log from the store.
const ATTEMPTS_MAX: u32 = 100;
/// Tasks of one tree.
const TREE_MAX: usize = 10_000;

impl Operator {
    /// A page of tasks, the newest last.
    ///
    /// # Errors
    /// A query that makes no sense, or a store that cannot be read.
    pub async fn tasks(&self, query: &TaskQuery) -> Result<Vec<TaskRow>, OperatorError> {
        let (states, only_running) = states(query.state.as_deref())?;
        let query = Query {
            states,
            label: query.label.as_deref().map(label).transpose()?,
            assignee: query.assignee.clone(),
            after: query.after.map(TaskId),
            limit: query.limit.unwrap_or(LIMIT_DEFAULT).min(LIMIT_MAX),
        };
        let listed = self.desk().parts.engine.list(&query).await?;
        let seen = listed.tasks.iter();
        Ok(seen.filter(|seen| !only_running || seen.state == "running").map(row).collect())
    }

    /// # Errors
    /// An unknown task, or a store that cannot be read.
    pub async fn task(&self, name: &str) -> Result<TaskView, OperatorError> {
        let (name, engine) = (named(name)?, &self.desk().parts.engine);
        let seen = engine.show(&name).await?;
        let attempts = engine.last_attempts(&seen.task, ATTEMPTS_SHOWN).await?;
        let problem = match seen.task.state.problem() {
            Some(problem) => known(engine.problem(&problem.0).await)?,
            None => None,
        };
        let open = problem.as_ref().and_then(|record| record.problem.open_fix);
        let fix = match open.or_else(|| fix_of(&seen.task)) {
            Some(fix) => known(engine.fix(fix).await)?,
            None => None,
        };
        let (why, children) = (engine.why(&name).await?, engine.children(&name).await?.len());
        let imported = engine.imported(&seen.task).await?;
        Ok(whole(seen, Around { why, children, attempts, problem, fix, imported }))
    }

    /// What holds a task.
    ///
    /// # Errors
    /// As [`task`](Self::task).
    pub async fn why_task(&self, name: &str) -> Result<Why, OperatorError> {
        Ok(self.desk().parts.engine.why(&named(name)?).await?)
    }

    /// Its events after number `after`, the oldest first.
    ///
    /// # Errors
    /// As [`task`](Self::task).
    pub async fn task_history(
        &self,
        name: &str,
        after: u64,
        limit: usize,
    ) -> Result<Vec<Event>, OperatorError> {
        Ok(self.desk().parts.engine.history(&named(name)?, after, limit).await?)
    }

    /// Its latest attempts that are over, the oldest first, without what they gave back.
    ///
    /// # Errors
    /// As [`task`](Self::task).
    pub async fn task_attempts(&self, name: &str) -> Result<Vec<AttemptView>, OperatorError> {
        let engine = &self.desk().parts.engine;
        let task = engine.find(&named(name)?).await?;
        let attempts = engine.last_attempts(&task, ATTEMPTS_MAX).await?;
        Ok(attempts.into_iter().map(without_output).collect())
    }

    /// A task and all below it.
    ///
    /// # Errors
    /// As [`task`](Self::task).
    pub async fn task_tree(&self, name: &str) -> Result<TaskTree, OperatorError> {
        let engine = &self.desk().parts.engine;
        let mut waiting: Vec<(u8, Seen)> = vec![(0, engine.show(&named(name)?).await?)];
        let mut tasks = Vec::new();
        while let Some((depth, seen)) = waiting.pop() {
            if tasks.len() >= TREE_MAX {
                return Ok(TaskTree { tasks, cut: true });
            }
            tasks.push(TreeRow { depth, task: row(&seen) });
            let name: &TaskName = &seen.task.definition.name;
            let below = depth.saturating_add(1);
            waiting.extend(engine.children(name).await?.into_iter().rev().map(|child| (below, child)));
        }
        Ok(TaskTree { tasks, cut: false })
    }
}

/// What is named by a row and gone meanwhile is not shown.
fn known<T>(found: Result<T, EngineError>) -> Result<Option<T>, OperatorError> {
    match found {
        Ok(found) => Ok(Some(found)),
        Err(EngineError::NoProblem(_) | EngineError::NoFix(_)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// The states, and whether those that are leased have to run: `running` is shown, but not stored.
fn states(words: Option<&str>) -> Result<(Vec<StateName>, bool), OperatorError> {
    let words: Vec<&str> = words.into_iter().flat_map(|words| words.split(',')).collect();
    let states: Result<Vec<StateName>, OperatorError> = words.iter().copied().map(state).collect();
    Ok((states?, words == ["running"]))
}

fn state(word: &str) -> Result<StateName, OperatorError> {
    let word = if word == "running" { "leased" } else { word };
    StateName::ALL.into_iter().find(|state| state.as_str() == word).ok_or_else(|| {
        let (found, known) =
            (word.chars().take(100).collect::<String>(), StateName::ALL.map(StateName::as_str));
        OperatorError::field(
            "state",
            format!("{found:?} is no state: expected running, {}", known.join(", ")),
        )
    })
}

pub(in crate::operator) fn label(text: &str) -> Result<(String, String), OperatorError> {
    let wrong = || {
        let found: String = text.chars().take(100).collect();
        OperatorError::field("label", format!("{found:?} is no label: expected KEY=VALUE"))
    };
    let (key, value) = text.split_once('=').ok_or_else(wrong)?;
    Ok((key.to_owned(), value.to_owned()))
}
