//! `patchbay task`: tasks, made, looked at, followed, and told what to do.

mod document;
mod follow;
mod make;
mod say;
mod todos;
mod words;
mod wrap;

use std::path::Path;

use clap::{Args, Subcommand};
use patchbay_admin::api::{TaskRow, TaskTree, TaskView};
use patchbay_tasks::{Event, TaskName, Why};
use url::form_urlencoded::Serializer;

use super::{AnswerOptions, Failure, answer, output};
use crate::client::{Request, segment};

const TASKS: &str = "/api/tasks";
/// Log lines that a task is shown with.
const LINES_SHOWN: usize = 10;

#[derive(Subcommand, Debug)]
pub enum Command {
    /// Make one task; what a task file can say beyond this goes through `task apply`
    #[command(after_help = make::CREATE_EXAMPLES)]
    Create(Box<make::Create>),
    /// Make the tasks of a file, and edit those that are there and say otherwise
    ///
    /// The same file may be applied again and again: what says the same stays as it is. All of its tasks are taken in,
    /// or none.
    #[command(after_help = make::APPLY_EXAMPLES)]
    Apply(make::Apply),
    /// List tasks, the newest last
    #[command(after_help = "Examples:\n  patchbay task list --state needs-human\n  \
                            patchbay task list --state ready,running --label env=prod --limit 500")]
    List(List),
    /// Show one task: where it stands and why, its input, checks, last attempts, log, problem and fix
    Show(One),
    /// Show a task and all below it
    Tree(One),
    /// Print the log of a task's run
    #[command(after_help = "Examples:\n  patchbay task log TC-FLOW-001 -f\n  \
                            patchbay task log TC-FLOW-001 --attempt 2 --lines 500")]
    Log(follow::Log),
    /// Let a task go on now: publish a draft, resume what is paused, begin anew what waits or has ended
    Run(say::Reasoned),
    /// A draft is to be done
    Publish(One),
    /// Begin anew, with a whole budget; what has ended needs a reason
    #[command(after_help = "Example:\n  patchbay task retry TC-FLOW-001 --reason 'the address is right now'")]
    Retry(say::Reasoned),
    /// Hold a task; a worker that has it is stopped, which costs no attempt
    Pause(say::Whole),
    /// Let a task that is paused go on
    Resume(say::Resume),
    /// End a task without success; what waits for it does not go on, its children do unless --children is given
    #[command(after_help = "Example:\n  patchbay task cancel release-7 --children --reason 'it is put off'")]
    Cancel(say::Whole),
    /// A task is not needed any more; what waits for it goes on
    Void(say::Whole),
    /// Say yes to the work of the latest attempt
    Approve(say::Reasoned),
    /// Have it done otherwise: the next attempt is told the remarks
    #[command(after_help = "Example:\n  patchbay task reject TC-FLOW-001 --remarks 'the total is missing'")]
    Reject(say::Remarked),
    /// Bring what a task asks a person for: fields of its input, a note, or both
    #[command(
        override_usage = "patchbay task answer <NAME> [--set <KEY=VALUE>]... [--note <TEXT>] [--json]",
        after_help = "Examples:\n  patchbay task answer TC-FLOW-001 --set url=https://shop.example --set retries=3\n  \
                            patchbay task answer TC-FLOW-001 --note 'the login page has moved'"
    )]
    Answer(say::Answer),
    /// Let one agent alone claim a task, so that the host does not work on it; or give it back
    #[command(
        override_usage = "patchbay task assign <NAME> <AGENT|--none> [--reason <TEXT>] [--json]",
        after_help = "Examples:\n  patchbay task assign TC-FLOW-001 ann\n  \
                      patchbay task assign TC-FLOW-001 --none"
    )]
    Assign(say::Assign),
    /// Run a program here, under a lease of the host: it is logged, renewed, and ended like any attempt
    ///
    /// The exit status is the program's own; 1 if it ended well and the checks of its task did not pass; 125 if the lease
    /// was lost or the host refused what came of it.
    #[command(after_help = wrap::EXAMPLES)]
    Wrap(wrap::Wrap),
    /// Write what the host knows of tasks into a todos file that Git syncs; what others wrote there stays
    #[command(after_help = todos::EXPORT_EXAMPLES)]
    Export(todos::Export),
    /// Take over what a todos file says otherwise, and make the tasks that only it has
    #[command(after_help = todos::IMPORT_EXAMPLES)]
    Import(todos::Import),
    /// Say why a task does not run
    Why(One),
    /// List what happened to a task, the oldest first
    History(History),
    /// Wait until tasks succeed, or end; status 0 if all have succeeded, else 1
    #[command(after_help = "Examples:\n  patchbay task wait TC-FLOW-001 --timeout 10m\n  \
                            patchbay task wait a b c --for end")]
    Wait(follow::Wait),
}

/// A task by its name.
#[derive(Args, Clone, Debug)]
pub struct One {
    /// The task
    #[arg(value_name = "NAME")]
    name: TaskName,
    #[command(flatten)]
    answer: AnswerOptions,
}

#[derive(Args, Debug)]
pub struct List {
    /// Only tasks in this state; several with commas between them or by several --state
    #[arg(long = "state", value_name = "STATE", value_delimiter = ',')]
    states: Vec<String>,
    /// Only tasks with this label
    #[arg(long, value_name = "KEY=VALUE")]
    label: Option<String>,
    /// Only tasks that are assigned to this agent
    #[arg(long, value_name = "AGENT")]
    assignee: Option<String>,
    /// The most tasks to show
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    limit: u32,
    /// Go on after the task with this number, `id` of `--json`
    #[arg(long, value_name = "ID")]
    after: Option<u64>,
    #[command(flatten)]
    answer: AnswerOptions,
}

#[derive(Args, Debug)]
pub struct History {
    #[command(flatten)]
    one: One,
    /// Only what happened after this event
    #[arg(long, value_name = "N", default_value_t = 0)]
    after: u64,
    /// The most events to show
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    limit: u32,
}

impl Command {
    /// # Errors
    /// As [`answer::ask`].
    pub async fn run(self, dir: &Path) -> Result<(), Failure> {
        match self {
            Self::Create(create) => create.run(dir).await,
            Self::Apply(apply) => apply.run(dir).await,
            Self::List(list) => answer::show(dir, list.request(), list.answer.json, words::list).await,
            Self::Show(one) => show(dir, &one).await,
            Self::Tree(one) => {
                answer::show(dir, one.get("/tree"), one.answer.json, |tree: TaskTree| words::tree(&tree))
                    .await
            }
            Self::Log(log) => log.run(dir).await,
            Self::Why(one) => {
                answer::show(dir, one.get("/why"), one.answer.json, |why: Why| words::why(&why)).await
            }
            Self::History(history) => history.run(dir).await,
            Self::Wait(wait) => wait.run(dir).await,
            Self::Answer(options) => options.run(dir).await,
            Self::Reject(options) => options.run(dir).await,
            Self::Assign(options) => options.run(dir).await,
            Self::Wrap(options) => options.run(dir).await,
            Self::Export(options) => options.run(dir).await,
            Self::Import(options) => options.run(dir).await,
            Self::Publish(one) => say::plain(dir, &one, "publish").await,
            Self::Resume(options) => options.run(dir).await,
            Self::Run(options) => options.run(dir, "run").await,
            Self::Retry(options) => options.run(dir, "retry").await,
            Self::Pause(options) => options.run(dir, "pause").await,
            Self::Cancel(options) => options.run(dir, "cancel").await,
            Self::Void(options) => options.run(dir, "void").await,
            Self::Approve(options) => options.run(dir, "approve").await,
        }
    }
}

impl One {
    fn get(&self, below: &str) -> Request {
        Request::get(path(&self.name, below))
    }
}

impl List {
    fn request(&self) -> Request {
        let (states, limit) = (self.states.join(","), self.limit.to_string());
        let after = self.after.map(|id| id.to_string());
        let given = [
            ("state", (!states.is_empty()).then_some(states.as_str())),
            ("label", self.label.as_deref()),
            ("assignee", self.assignee.as_deref()),
            ("after", after.as_deref()),
            ("limit", Some(limit.as_str())),
        ];
        let given = given.into_iter().filter_map(|(name, value)| Some((name, value?)));
        Request::get(format!("{TASKS}?{}", Serializer::new(String::new()).extend_pairs(given).finish()))
    }
}

impl History {
    async fn run(self, dir: &Path) -> Result<(), Failure> {
        let below = format!("/history?after={}&limit={}", self.after, self.limit);
        let words = |events: Vec<Event>| words::history(&events);
        answer::show(dir, self.one.get(&below), self.one.answer.json, words).await
    }
}

/// One screen: the task, and the end of its log.
async fn show(dir: &Path, one: &One) -> Result<(), Failure> {
    let answer = answer::ask(dir, one.get("")).await?;
    if one.answer.json {
        output::line(&answer.text());
        return Ok(());
    }
    let task: TaskView = answer.read()?;
    let log = match task.attempts {
        0 => None,
        _ => Some(answer::ask(dir, one.get(&format!("/log?tail={LINES_SHOWN}"))).await?.read()?),
    };
    output::line(&words::one(&task, log.as_ref()));
    Ok(())
}

fn path(name: &TaskName, below: &str) -> String {
    format!("{TASKS}/{}{below}", segment(name))
}

/// Rows that other screens show as well.
pub fn rows(tasks: Vec<TaskRow>) -> String {
    words::list(tasks)
}

#[cfg(test)]
mod tests;
