//! `patchbay problem`: what is wrong with tasks.

use std::path::Path;

use clap::{Args, Subcommand};
use http::Method;
use patchbay_admin::api::{MendCommand, ProblemRow, ProblemView};

use super::table::Table;
use super::{AnswerOptions, Failure, answer, fix, json, output, pairs, task};
use crate::client::{Request, segment};

const PROBLEMS: &str = "/api/problems";

#[derive(Subcommand, Debug)]
pub enum Command {
    /// List the problems that are open
    List {
        /// Those that are closed, too
        #[arg(long)]
        all: bool,
        #[command(flatten)]
        answer: AnswerOptions,
    },
    /// Show a problem: its cause, the tasks that wait for it, its fixes, and what helped before
    Show(One),
    /// A problem is over: its open fix is void, its tasks go on
    #[command(after_help = "Example:\n  patchbay problem close fp_v1:3f9a --reason 'the proxy is up again'")]
    Close {
        #[command(flatten)]
        one: One,
        /// Why, for the audit
        #[arg(long, value_name = "TEXT")]
        reason: Option<String>,
    },
}

/// A problem by its fingerprint.
#[derive(Args, Debug)]
pub struct One {
    /// The problem's fingerprint, or the beginning of it
    #[arg(value_name = "FINGERPRINT")]
    fingerprint: String,
    #[command(flatten)]
    answer: AnswerOptions,
}

impl Command {
    /// # Errors
    /// As [`answer::ask`].
    pub async fn run(self, dir: &Path) -> Result<(), Failure> {
        match self {
            Self::List { all, answer: options } => {
                let request = Request::get(format!("{PROBLEMS}?open={}", !all));
                answer::show(dir, request, options.json, list).await
            }
            Self::Show(one) => {
                let request = Request::get(one.path(""));
                answer::show(dir, request, one.answer.json, |view: ProblemView| shown(&view)).await
            }
            Self::Close { one, reason } => close(dir, &one, reason).await,
        }
    }
}

impl One {
    fn path(&self, below: &str) -> String {
        format!("{PROBLEMS}/{}{below}", segment(&self.fingerprint))
    }
}

async fn close(dir: &Path, one: &One, reason: Option<String>) -> Result<(), Failure> {
    let request = Request::submit(Method::POST, one.path("/close"), &MendCommand { reason });
    let answer = answer::ask(dir, request).await?;
    match one.answer.json {
        true => output::line(&answer.text()),
        false => {
            let closed: ProblemView = answer.read()?;
            output::note(&format!("closed {}: its tasks go on", closed.row.fingerprint));
        }
    }
    Ok(())
}

fn list(problems: Vec<ProblemRow>) -> String {
    let rows = problems.into_iter().map(|problem| {
        [
            problem.fingerprint.to_string(),
            problem.state,
            problem.class,
            problem.failures.to_string(),
            problem.last.to_string(),
            json::word(&problem.breaker),
            problem.open_fix.map(|fix| fix.to_string()).unwrap_or_default(),
            problem.cause.unwrap_or(problem.title),
        ]
    });
    Table::new(["FINGERPRINT", "STATE", "CLASS", ">FAILURES", "LAST", "BREAKER", "FIX", "CAUSE"])
        .with(rows)
        .or("no problems")
}

fn shown(view: &ProblemView) -> String {
    let (row, problem) = (&view.row, &view.record.problem);
    let mut lines = vec![
        ("problem", row.fingerprint.to_string()),
        ("state", row.state.clone()),
        ("class", row.class.clone()),
        ("title", row.title.clone()),
        ("cause", row.cause.clone().unwrap_or_default()),
        ("target", json::compact(&row.target)),
        ("failures", format!("{}, first {}, last {}", row.failures, row.first, row.last)),
        ("breaker", json::compact(&row.breaker)),
        ("plans", format!("{} tried", problem.used.plans)),
        ("message", view.record.message.clone()),
    ];
    lines.extend(view.record.found.iter().map(|(name, value)| ("found", format!("{name}: {value}"))));
    let mut parts = vec![pairs(lines)];
    if !view.tasks.is_empty() {
        parts.push(task::rows(view.tasks.clone()));
    }
    if !view.fixes.is_empty() {
        parts.push(fix::list(view.fixes.clone()));
    }
    parts.extend(view.known.iter().map(|known| {
        let retired = if known.retired { ", not proposed any more" } else { "" };
        let counts = format!("held {}, failed {}{retired}", known.held, known.failed);
        pairs([("known fix", format!("{}: {} ({counts})", known.fix, known.plan.title))])
    }));
    parts.join("\n\n")
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn row() -> Value {
        json!({"fingerprint": "fp_v1:1", "state": "open", "class": "exit:1", "title": "t",
               "target": {"kind": "task-input", "task": "a"}, "failures": 2, "first": 0, "last": 1000,
               "cause": "the setting is wrong", "breaker": {"name": "closed"}, "open_fix": 7, "closed": null})
    }

    #[test]
    fn a_problem_is_one_line_with_its_fix() {
        let text = list(vec![serde_json::from_value(row()).unwrap()]);
        assert!(text.contains("fp_v1:1") && text.contains("closed   7    the setting is wrong"), "{text}");
        assert_eq!(list(Vec::new()), "no problems");
    }
}
