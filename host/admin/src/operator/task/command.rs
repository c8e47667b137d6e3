//! One word about one task: which words there are, which fields each takes, and what it means to the engine. It must not
//! know in which state a task may hear it.

use std::sync::Arc;

use patchbay_engine::EngineError;
use patchbay_tasks::{Definition, Priority, State, Task, TaskName, What, merge_patch};
use serde::Deserialize;
use serde_json::Value;

use super::below::passed_over;
use super::{by, named, subject};
use crate::OperatorError;
use crate::api::{TaskCommand, TaskView};
use crate::operator::{Desk, Operator};

/// What may be said of a task.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Verb {
    Publish,
    Pause,
    Resume,
    Cancel,
    Void,
    Retry,
    Approve,
    Reject,
    Answer,
    /// Whatever of these makes it go on now.
    Run,
    Priority,
    Assign,
}

/// What is written down if nobody says why.
const RUN_REASON: &str = "it was told to run";

impl Verb {
    const ALL: [(&'static str, Verb); 12] = [
        ("publish", Self::Publish),
        ("pause", Self::Pause),
        ("resume", Self::Resume),
        ("cancel", Self::Cancel),
        ("void", Self::Void),
        ("retry", Self::Retry),
        ("approve", Self::Approve),
        ("reject", Self::Reject),
        ("answer", Self::Answer),
        ("run", Self::Run),
        ("priority", Self::Priority),
        ("assign", Self::Assign),
    ];

    fn read(word: &str) -> Result<Self, OperatorError> {
        let found = Self::ALL.into_iter().find(|(name, _)| *name == word);
        found.map(|(_, verb)| verb).ok_or_else(|| OperatorError::UnknownVerb {
            found: word.chars().take(100).collect(),
            expected: Self::ALL.map(|(name, _)| name).join(", "),
        })
    }

    /// A field that would be ignored is a misunderstanding.
    fn check(self, command: &TaskCommand) -> Result<(), OperatorError> {
        let answers = self == Self::Answer;
        let given = [
            ("set", command.set.is_some(), answers || matches!(self, Self::Priority | Self::Assign)),
            ("note", command.note.is_some(), answers),
            ("reason", command.reason.is_some(), !answers),
            (
                "children",
                command.children,
                matches!(self, Self::Pause | Self::Resume | Self::Cancel | Self::Void),
            ),
        ];
        match given.into_iter().find(|(_, given, taken)| *given && !taken) {
            Some((field, ..)) => Err(OperatorError::field(field, "that is not taken here: leave it out")),
            None => Ok(()),
        }
    }

    /// None: it goes on already.
    fn what(self, task: &Task, command: TaskCommand) -> Result<Option<What>, OperatorError> {
        let fence = task.fence;
        let reason = command.reason.unwrap_or_default();
        Ok(Some(match self {
            Self::Publish => What::Published,
            Self::Pause => What::Paused { reason },
            Self::Resume => What::Resumed,
            Self::Cancel => What::Cancelled { reason },
            Self::Void => What::Voided { reason },
            Self::Retry => What::Retried { reason },
            Self::Approve => What::Approved { fence, reason },
            Self::Reject => What::Rejected { fence, remarks: reason },
            Self::Answer => answered(task, command.set, command.note)?,
            Self::Run => return Ok(run(&task.state, reason)),
            Self::Priority => prioritised(task, command.set)?,
            Self::Assign => return assigned(task, command.set),
        }))
    }
}

/// What lets a task go on from where it stands.
fn run(state: &State, reason: String) -> Option<What> {
    match state {
        State::Draft => Some(What::Published),
        State::Paused { .. } => Some(What::Resumed),
        State::Backoff { .. } | State::NeedsHuman { .. } => Some(What::Retried { reason: or_run(reason) }),
        state if state.is_end() => Some(What::Retried { reason: or_run(reason) }),
        _ => None,
    }
}

fn or_run(reason: String) -> String {
    if reason.trim().is_empty() { RUN_REASON.to_owned() } else { reason }
}

fn answered(task: &Task, set: Option<Value>, note: Option<String>) -> Result<What, OperatorError> {
    if set.is_none() && note.is_none() {
        return Err(OperatorError::field("set", "expected fields of the input here, or a `note`"));
    }
    let input = match set {
        None => None,
        Some(fields @ Value::Object(_)) => Some(merge_patch(&task.definition.input, &fields)),
        Some(_) => return Err(OperatorError::field("set", "expected an object: fields of the input")),
    };
    Ok(What::Answered { input, note })
}

fn prioritised(task: &Task, set: Option<Value>) -> Result<What, OperatorError> {
    let wrong = |_| OperatorError::field("set", "expected P0, P1 or P2");
    let priority = Priority::deserialize(set.unwrap_or_default()).map_err(wrong)?;
    let definition = Definition { priority, ..Definition::clone(&task.definition) };
    Ok(What::Edited { definition: Arc::new(definition) })
}

/// None: it is theirs already, or nobody's.
fn assigned(task: &Task, set: Option<Value>) -> Result<Option<What>, OperatorError> {
    let assignee = match set {
        None => None,
        Some(Value::String(agent)) if Definition::may_be_assignee(&agent) => Some(agent),
        Some(_) => {
            return Err(OperatorError::field("set", "expected a word for who works, of at most 128 bytes"));
        }
    };
    if task.definition.assignee == assignee {
        return Ok(None);
    }
    let definition = Definition { assignee, ..Definition::clone(&task.definition) };
    Ok(Some(What::Edited { definition: Arc::new(definition) }))
}

impl Operator {
    /// Says one of the words of [`Verb`] about a task.
    ///
    /// # Errors
    /// An unknown task or word, a field that the word does not take, or a state in which it cannot be.
    pub async fn command_task(
        &self,
        name: &str,
        verb: &str,
        command: TaskCommand,
        actor: &str,
    ) -> Result<TaskView, OperatorError> {
        let (asked, verb, actor) = (name.to_owned(), verb.to_owned(), actor.to_owned());
        self.change(|desk| async move { desk.command_task(&asked, &verb, command, &actor).await }).await?;
        self.task(name).await
    }
}

impl Desk {
    async fn command_task(
        &self,
        name: &str,
        word: &str,
        command: TaskCommand,
        actor: &str,
    ) -> Result<(), OperatorError> {
        let (verb, name) = (Verb::read(word)?, named(name)?);
        verb.check(&command)?;
        let task: Arc<Task> = self.parts.engine.find(&name).await?;
        let (rev, detail, children) = (command.rev, detail(&command), command.children);
        let Some(what) = verb.what(&task, command)? else { return Ok(()) };
        let below = if children { self.below(&name).await? } else { Vec::new() };
        let told = self.parts.engine.command(&name, rev, &by(actor), what.clone()).await;
        let mut told = match told {
            // It may have heard it before its children.
            Err(EngineError::Illegal(_)) if !below.is_empty() => Vec::new(),
            told => told.map(|_| vec![name])?,
        };
        told.extend(self.tell_each(below, actor, &what).await?);
        let action = format!("task.{word}");
        let audits = told.iter().map(|name| self.audit(actor, &action, &subject(name), detail.clone()));
        self.write_down(audits.collect()).await
    }

    /// Which of them it could be said of.
    async fn tell_each(
        &self,
        names: Vec<TaskName>,
        actor: &str,
        what: &What,
    ) -> Result<Vec<TaskName>, OperatorError> {
        let mut told = Vec::new();
        for name in names {
            match self.parts.engine.command(&name, None, &by(actor), what.clone()).await {
                Ok(_) => told.push(name),
                Err(error) if passed_over(&error) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(told)
    }
}

/// What was given, without values of the input: they may be secret.
fn detail(command: &TaskCommand) -> String {
    let fields = command.set.as_ref().map(|set| match set {
        Value::Object(fields) => format!("set={}", fields.keys().cloned().collect::<Vec<_>>().join(",")),
        other => format!("set={}", other.as_str().unwrap_or_default()),
    });
    let texts = [fields, command.reason.clone(), command.note.clone()].into_iter().flatten();
    texts
        .filter(|text| !text.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
        .chars()
        .take(DETAIL_CHARS_MAX)
        .collect()
}

/// Characters of what was said that an audit keeps.
const DETAIL_CHARS_MAX: usize = 1_000;
