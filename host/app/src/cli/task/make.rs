//! `patchbay task create` and `patchbay task apply`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::Args;
use http::Method;
use patchbay_admin::api::{ApplyOutcome, ApplyTasks, TaskApplied};
use patchbay_tasks::{Check, Definition, Priority, TaskName, TaskType};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::{TASKS, document};
use crate::cli::{AnswerOptions, Failure, Status, answer, output};
use crate::client::Request;

pub(super) const CREATE_EXAMPLES: &str = "\
Examples:
  patchbay task create build --skill exec --input '{\"program\": \"make\"}' \\
      --check '{\"kind\": \"file\", \"path\": \"out/app\"}'
  patchbay task create report --skill exec --depends-on build --label env=prod --priority P0";

pub(super) const APPLY_EXAMPLES: &str = "\
Examples:
  patchbay task apply -f tasks.yaml
  generate-tasks | patchbay task apply -f - --json";

#[derive(Args, Debug)]
pub struct Create {
    /// What it is called: letters, digits, `.`, `_` and `-`
    #[arg(value_name = "NAME")]
    name: TaskName,
    /// What does the work; without it the task is done when its children are
    #[arg(long, value_name = "SKILL")]
    skill: Option<String>,
    /// What the skill is given
    #[arg(long, value_name = "JSON", value_parser = json)]
    input: Option<Value>,
    /// fix, regular or creative [default: regular]
    #[arg(long = "type", value_name = "TYPE", value_parser = word::<TaskType>)]
    kind: Option<TaskType>,
    /// P0, P1 or P2 [default: P1]
    #[arg(long, value_name = "PRIORITY", value_parser = word::<Priority>)]
    priority: Option<Priority>,
    /// The task that it is a part of
    #[arg(long, value_name = "NAME")]
    parent: Option<TaskName>,
    /// A task that has to succeed first; several with commas between them or by several --depends-on
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    depends_on: Vec<TaskName>,
    /// What must hold before it counts as done; may be given several times
    #[arg(long = "check", value_name = "JSON", value_parser = check)]
    checks: Vec<Check>,
    /// May be given several times
    #[arg(long = "label", value_name = "KEY=VALUE", value_parser = label)]
    labels: Vec<(String, String)>,
    /// What people read, in any language
    #[arg(long, value_name = "TEXT")]
    title: Option<String>,
    /// Write it down only; `task publish` has it done
    #[arg(long)]
    draft: bool,
    #[command(flatten)]
    answer: AnswerOptions,
}

#[derive(Args, Debug)]
pub struct Apply {
    /// The task file, or - for standard input
    #[arg(short, long, value_name = "FILE")]
    file: PathBuf,
    /// Write new ones down only; `task publish` has them done
    #[arg(long)]
    draft: bool,
    #[command(flatten)]
    answer: AnswerOptions,
}

impl Create {
    pub(super) async fn run(self, dir: &Path) -> Result<(), Failure> {
        let (draft, json) = (self.draft, self.answer.json);
        let taken = answer::attempt(dir, Request::get(super::path(&self.name, ""))).await;
        if taken.is_ok() {
            let message = format!("there is already a task {}", self.name);
            let hint = "look at it with `patchbay task show`; `patchbay task apply -f FILE` edits it";
            return Err(Failure::new(message).hint(hint));
        }
        submit(dir, ApplyTasks { tasks: vec![self.definition()], draft }, json).await
    }

    fn definition(self) -> Definition {
        let plain = Definition::named(self.name);
        Definition {
            title: self.title.unwrap_or_default(),
            kind: self.kind.unwrap_or_default(),
            priority: self.priority.unwrap_or_default(),
            parent: self.parent,
            depends_on: self.depends_on,
            skill: self.skill,
            input: self.input.unwrap_or_default(),
            checks: self.checks,
            labels: self.labels.into_iter().collect::<BTreeMap<_, _>>(),
            ..plain
        }
    }
}

impl Apply {
    pub(super) async fn run(self, dir: &Path) -> Result<(), Failure> {
        let tasks = document::load(&self.file)?;
        submit(dir, ApplyTasks { tasks, draft: self.draft }, self.answer.json).await
    }
}

async fn submit(dir: &Path, tasks: ApplyTasks, json: bool) -> Result<(), Failure> {
    if tasks.tasks.is_empty() {
        return Err(Failure::new("there is no task in it: nothing was changed").status(Status::Usage));
    }
    let answer = answer::ask(dir, Request::submit(Method::POST, format!("{TASKS}/apply"), &tasks)).await?;
    match json {
        true => output::line(&answer.text()),
        false => {
            let applied: Vec<TaskApplied> = answer.read()?;
            applied.iter().for_each(|one| output::line(&sentence(one)));
        }
    }
    Ok(())
}

/// `created TC-FLOW-001 (ready)`.
pub(super) fn sentence(applied: &TaskApplied) -> String {
    let word = match applied.outcome {
        ApplyOutcome::Created => "created",
        ApplyOutcome::Changed => "changed",
        ApplyOutcome::Unchanged => "unchanged",
    };
    format!("{word} {} ({})", applied.name, applied.state)
}

fn json(text: &str) -> Result<Value, String> {
    serde_json::from_str(text).map_err(|error| match error.is_eof() {
        true => "expected JSON, and this ends too early".to_owned(),
        false => format!("expected JSON, and this is none from column {} on", error.column()),
    })
}

/// A check, as a task file has it, with the same words for what is wrong.
pub(super) fn check(text: &str) -> Result<Check, String> {
    let task = json!({"name": "a", "checks": [json(text)?]}).to_string();
    let read = patchbay_tasks::document::read(&task);
    // What was typed is no list.
    let wrong = |text: String| text.replace("field `checks[0]`: ", "").replace("checks[0].", "");
    let read = read.map_err(|error| wrong(error.without_place()))?;
    let check = read.into_iter().flat_map(|task| task.checks).next();
    check.ok_or_else(|| "expected a check".to_owned())
}

/// One of a few words; which, is what the parser ends its complaint with.
fn word<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    serde_json::from_value(Value::from(text)).map_err(|error| {
        let error = error.to_string();
        let known = error.split_once("expected ").map_or(error.as_str(), |(_, known)| known);
        format!("expected {}", known.trim_start_matches("one of ").replace('`', ""))
    })
}

fn label(text: &str) -> Result<(String, String), String> {
    let (key, value) = text.split_once('=').ok_or("expected KEY=VALUE")?;
    if key.is_empty() {
        return Err("expected KEY=VALUE: the key is empty".to_owned());
    }
    Ok((key.to_owned(), value.to_owned()))
}
