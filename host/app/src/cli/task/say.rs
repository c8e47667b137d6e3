//! One word about one task: `pause`, `retry`, `answer` and the others.

use std::path::Path;

use clap::Args;
use http::Method;
use patchbay_admin::api::{TaskCommand, TaskView};
use patchbay_tasks::{Definition, TaskName};
use serde_json::{Map, Value};

use super::One;
use crate::cli::{AnswerOptions, Failure, answer, output};
use crate::client::Request;

#[derive(Args, Debug)]
pub struct Reasoned {
    #[command(flatten)]
    one: One,
    /// Why, for the history
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// Refuse if the task is not at this revision any more
    #[arg(long, value_name = "REV")]
    rev: Option<u64>,
}

/// A word that can be for all below a task, too.
#[derive(Args, Debug)]
pub struct Whole {
    #[command(flatten)]
    reasoned: Reasoned,
    /// All tasks below it that have not ended, too
    #[arg(long)]
    children: bool,
}

#[derive(Args, Debug)]
pub struct Resume {
    #[command(flatten)]
    one: One,
    /// All tasks below it that are paused, too
    #[arg(long)]
    children: bool,
}

#[derive(Args, Debug)]
pub struct Remarked {
    #[command(flatten)]
    one: One,
    /// What is wrong and what is wanted, for the next attempt
    #[arg(long, alias = "reason", value_name = "TEXT")]
    remarks: Option<String>,
}

#[derive(Args, Debug)]
#[command(group = clap::ArgGroup::new("what").required(true).multiple(true).args(["set", "note"]))]
pub struct Answer {
    /// The task
    #[arg(value_name = "NAME")]
    name: TaskName,
    /// A field of the input; VALUE is JSON if it can be read so, else a text. May be given several times
    #[arg(long, value_name = "KEY=VALUE", value_parser = field)]
    set: Vec<(String, Value)>,
    /// What the next attempt shall know
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
    #[command(flatten)]
    answer: AnswerOptions,
}

#[derive(Args, Debug)]
#[command(group = clap::ArgGroup::new("whom").required(true).args(["agent", "none"]))]
pub struct Assign {
    /// The task
    #[arg(value_name = "NAME")]
    name: TaskName,
    /// Who alone may claim it
    #[arg(value_name = "AGENT", value_parser = assignee)]
    agent: Option<String>,
    /// Nobody: the host works on it again
    #[arg(long)]
    none: bool,
    /// Why, for the history
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    #[command(flatten)]
    answer: AnswerOptions,
}

impl Assign {
    pub(super) async fn run(self, dir: &Path) -> Result<(), Failure> {
        let set = self.agent.map(Value::from);
        let command = TaskCommand { set, reason: self.reason, ..TaskCommand::default() };
        say(dir, &self.name, "assign", &command, self.answer).await
    }
}

impl Reasoned {
    pub(super) async fn run(self, dir: &Path, verb: &str) -> Result<(), Failure> {
        let command = TaskCommand { reason: self.reason, rev: self.rev, ..TaskCommand::default() };
        say(dir, &self.one.name, verb, &command, self.one.answer).await
    }
}

impl Whole {
    pub(super) async fn run(self, dir: &Path, verb: &str) -> Result<(), Failure> {
        let Self { reasoned: Reasoned { one, reason, rev }, children } = self;
        let command = TaskCommand { reason, rev, children, ..TaskCommand::default() };
        say(dir, &one.name, verb, &command, one.answer).await
    }
}

impl Resume {
    pub(super) async fn run(self, dir: &Path) -> Result<(), Failure> {
        let command = TaskCommand { children: self.children, ..TaskCommand::default() };
        say(dir, &self.one.name, "resume", &command, self.one.answer).await
    }
}

impl Remarked {
    pub(super) async fn run(self, dir: &Path) -> Result<(), Failure> {
        let command = TaskCommand { reason: self.remarks, ..TaskCommand::default() };
        say(dir, &self.one.name, "reject", &command, self.one.answer).await
    }
}

impl Answer {
    pub(super) async fn run(self, dir: &Path) -> Result<(), Failure> {
        let fields: Map<String, Value> = self.set.into_iter().collect();
        let set = (!fields.is_empty()).then_some(Value::Object(fields));
        let command = TaskCommand { set, note: self.note, ..TaskCommand::default() };
        say(dir, &self.name, "answer", &command, self.answer).await
    }
}

/// A word that needs nothing beside it.
pub(super) async fn plain(dir: &Path, one: &One, verb: &str) -> Result<(), Failure> {
    say(dir, &one.name, verb, &TaskCommand::default(), one.answer).await
}

async fn say(
    dir: &Path,
    name: &TaskName,
    verb: &str,
    command: &TaskCommand,
    options: AnswerOptions,
) -> Result<(), Failure> {
    let request = Request::submit(Method::POST, super::path(name, &format!("/{verb}")), command);
    let answer = answer::ask(dir, request).await?;
    match options.json {
        true => output::line(&answer.text()),
        false => {
            let task: TaskView = answer.read()?;
            output::note(&format!("{name} is {}: {}", task.state, output::printable(&task.why.text)));
        }
    }
    Ok(())
}

fn assignee(text: &str) -> Result<String, String> {
    match Definition::may_be_assignee(text) {
        true => Ok(text.to_owned()),
        false => Err("expected a word for who works, of 1 to 128 bytes, without blanks around it".to_owned()),
    }
}

pub(super) fn field(text: &str) -> Result<(String, Value), String> {
    let (key, value) = text.split_once('=').ok_or("expected KEY=VALUE")?;
    if key.is_empty() {
        return Err("expected KEY=VALUE: the key is empty".to_owned());
    }
    let value = serde_json::from_str(value).unwrap_or_else(|_| Value::from(value));
    Ok((key.to_owned(), value))
}
