//! `patchbay problem`: what is wrong with tasks.

use std::path::Path;

use clap::{Args, Subcommand};
use http::Method;
use patchbay_admin::api::{MendCommand, MergeProblem, ProblemRow, ProblemView};

use patchbay_tasks::{Breaker, Target};

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
    #[command(after_help = "Example:\n  patchbay problem close fp1:3f9a --reason 'the proxy is up again'")]
    Close {
        #[command(flatten)]
        one: One,
        /// Why, for the audit
        #[arg(long, value_name = "TEXT")]
        reason: Option<String>,
    },
    /// A problem is part of another one: its failures, tasks and known fixes are that one's from now on
    #[command(
        after_help = "Example:\n  patchbay problem merge fp1:3f9a fp1:77c0 --reason 'one broken proxy'"
    )]
    Merge {
        /// The problem that becomes a part
        #[arg(value_name = "FROM")]
        from: String,
        /// The problem that it becomes a part of
        #[arg(value_name = "INTO")]
        into: String,
        /// Why, for the audit
        #[arg(long, value_name = "TEXT")]
        reason: Option<String>,
        #[command(flatten)]
        answer: AnswerOptions,
    },
    /// A problem that was merged is one of its own again, for the failures that come; what has moved stays
    #[command(after_help = "Example:\n  patchbay problem split fp1:3f9a")]
    Split {
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
            Self::Close { one, reason } => {
                let request = Request::submit(Method::POST, one.path("/close"), &MendCommand { reason });
                changed(dir, request, one.answer, |row| {
                    format!("closed {}: its tasks go on", row.fingerprint)
                })
                .await
            }
            Self::Merge { from, into, reason, answer: options } => {
                let path = format!("{PROBLEMS}/{}/merge", segment(&from));
                let request = Request::submit(Method::POST, path, &MergeProblem { into, reason });
                changed(dir, request, options, |row| format!("{from} is part of {} now", row.fingerprint))
                    .await
            }
            Self::Split { one, reason } => {
                let request = Request::submit(Method::POST, one.path("/split"), &MendCommand { reason });
                changed(dir, request, one.answer, |row| {
                    format!("{} is its own again, for the failures that come", row.fingerprint)
                })
                .await
            }
        }
    }
}

impl One {
    fn path(&self, below: &str) -> String {
        format!("{PROBLEMS}/{}{below}", segment(&self.fingerprint))
    }
}

/// Asks for a change, and says in one sentence what it made of the problem that is answered.
async fn changed(
    dir: &Path,
    request: Request,
    options: AnswerOptions,
    sentence: impl FnOnce(&ProblemRow) -> String,
) -> Result<(), Failure> {
    let answer = answer::ask(dir, request).await?;
    match options.json {
        true => output::line(&answer.text()),
        false => {
            let view: ProblemView = answer.read()?;
            output::note(&sentence(&view.row));
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
            problem.cause.filter(|cause| !cause.is_empty()).unwrap_or(problem.title),
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
        ("target", target(&row.target)),
        ("failures", format!("{}, first {}, last {}", row.failures, row.first, row.last)),
        ("breaker", breaker(&row.breaker)),
        ("plans", format!("{} tried", problem.used.plans)),
        ("message", view.record.message.clone()),
    ];
    lines.extend(view.record.found.iter().map(|(name, value)| ("found", format!("{name}: {value}"))));
    lines.extend(
        view.part_of
            .iter()
            .map(|alias| ("part of", format!("{}, since {}, says {}", alias.into, alias.since, alias.by))),
    );
    lines.extend(
        view.parts
            .iter()
            .map(|alias| ("merged", format!("{}, since {}, says {}", alias.problem, alias.since, alias.by))),
    );
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

/// What has to be mended.
fn target(target: &Target) -> String {
    match target {
        Target::TaskInput { task } => format!("the input of task {task}"),
        Target::Plugin { name, digest } => format!("plugin {name}, {digest}"),
        Target::Config { key } => format!("the key {key} of patchbay.toml"),
        Target::Provider { provider } => format!("provider {provider}"),
        Target::Agent { agent } => format!("agent {agent}"),
        Target::Program { program } => format!("program {program}"),
        Target::Environment { missing } => format!("the environment: {missing}"),
    }
}

/// Whether plans may be tried.
fn breaker(breaker: &Breaker) -> String {
    match breaker {
        Breaker::Closed => "closed: plans may be tried".to_owned(),
        Breaker::Open { since, reason, .. } => format!("open since {since}, no plan is tried: {reason}"),
        Breaker::HalfOpen { since, trying: true } => {
            format!("half-open since {since}: the one plan is tried")
        }
        Breaker::HalfOpen { since, .. } => format!("half-open since {since}: one plan may be tried"),
    }
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
        let mut unknown = row();
        unknown["cause"] = json!("");
        assert!(
            list(vec![serde_json::from_value(unknown).unwrap()]).ends_with("  t"),
            "the title stands for it"
        );
    }

    #[test]
    fn a_breaker_and_a_target_are_said_in_words() {
        let digest = patchbay_types::Digest::of(b"x");
        let open =
            Breaker::Open { since: patchbay_types::Timestamp(0), reason: "r".to_owned(), target: digest };
        assert_eq!(breaker(&open), "open since 1970-01-01T00:00:00Z, no plan is tried: r");
        assert_eq!(target(&Target::TaskInput { task: "a".parse().unwrap() }), "the input of task a");
    }
}
