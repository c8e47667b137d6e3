//! `patchbay fix`: plans against problems, where they came from, and a person's word about them.

use std::path::Path;

use clap::{Args, Subcommand};
use http::Method;
use patchbay_admin::api::{FixRow, FixView, MendCommand};
use patchbay_engine::Provenance;
use patchbay_tasks::{Action, Plan};
use url::form_urlencoded::Serializer;

use super::table::Table;
use super::{AnswerOptions, Failure, answer, json, output, pairs};
use crate::client::Request;

const FIXES: &str = "/api/fixes";

#[derive(Subcommand, Debug)]
pub enum Command {
    /// List fixes, the newest last
    #[command(after_help = "Example:\n  patchbay fix list --state waits-for-approval")]
    List(List),
    /// Show a fix and what it rests on: problem, evidence, model, plugins, scripts, approver, undo
    Show(One),
    /// Say yes to a plan that waits for it
    Approve(Reasoned),
    /// Say no to a plan
    #[command(after_help = "Example:\n  patchbay fix reject 12 --reason 'not on a Friday'")]
    Reject(Reasoned),
    /// Take a fix back: inputs become what they were, and its own undo is done
    Undo(Reasoned),
}

#[derive(Args, Debug)]
pub struct List {
    /// Only those of this problem: its fingerprint, or the beginning of it
    #[arg(long, value_name = "FINGERPRINT")]
    problem: Option<String>,
    /// Only those in this state; several with commas between them
    #[arg(long, value_name = "STATE")]
    state: Option<String>,
    #[command(flatten)]
    answer: AnswerOptions,
}

/// A fix by its number.
#[derive(Args, Debug)]
pub struct One {
    /// The number of a fix from `fix list`
    #[arg(value_name = "N")]
    id: u64,
    #[command(flatten)]
    answer: AnswerOptions,
}

#[derive(Args, Debug)]
pub struct Reasoned {
    #[command(flatten)]
    one: One,
    /// Why, for the audit
    #[arg(long, alias = "remarks", value_name = "TEXT")]
    reason: Option<String>,
}

impl Command {
    /// # Errors
    /// As [`answer::ask`].
    pub async fn run(self, dir: &Path) -> Result<(), Failure> {
        match self {
            Self::List(options) => answer::show(dir, options.request(), options.answer.json, list).await,
            Self::Show(One { id, answer: options }) => {
                let request = Request::get(format!("{FIXES}/{id}"));
                answer::show(dir, request, options.json, |view: FixView| shown(&view)).await
            }
            Self::Approve(word) => word.run(dir, "approve").await,
            Self::Reject(word) => word.run(dir, "reject").await,
            Self::Undo(word) => word.run(dir, "undo").await,
        }
    }
}

impl List {
    fn request(&self) -> Request {
        let given = [("problem", self.problem.as_deref()), ("state", self.state.as_deref())];
        let given = given.into_iter().filter_map(|(name, value)| Some((name, value?)));
        Request::get(format!("{FIXES}?{}", Serializer::new(String::new()).extend_pairs(given).finish()))
    }
}

impl Reasoned {
    async fn run(self, dir: &Path, verb: &str) -> Result<(), Failure> {
        let Self { one: One { id, answer: options }, reason } = self;
        let request = Request::submit(Method::POST, format!("{FIXES}/{id}/{verb}"), &MendCommand { reason });
        let answer = answer::ask(dir, request).await?;
        match options.json {
            true => output::line(&answer.text()),
            false => {
                let view: FixView = answer.read()?;
                let approved = view.record.fix.approved_by.as_ref().map(|by| format!(", approved by {by}"));
                let state = json::word(&view.row.state);
                output::note(&format!("fix {id} is {state}{}", approved.unwrap_or_default()));
            }
        }
        Ok(())
    }
}

pub fn list(fixes: Vec<FixRow>) -> String {
    let rows = fixes.into_iter().map(|fix| {
        [
            fix.id.to_string(),
            json::word(&fix.state),
            json::word(&fix.class),
            fix.task.map(|task| task.to_string()).unwrap_or_default(),
            fix.made.to_string(),
            fix.made_by,
            fix.problem.to_string(),
            fix.title,
            fix.reason,
        ]
    });
    Table::new([">FIX", "STATE", "CLASS", "TASK", "MADE", "BY", "PROBLEM", "TITLE", "WHY"])
        .with(rows)
        .or("no fixes")
}

fn shown(view: &FixView) -> String {
    let (fix, record) = (&view.record.fix, &view.record);
    let mut lines = vec![
        ("fix", fix.id.to_string()),
        ("state", json::word(&fix.state)),
        ("why", record.reason.clone()),
        ("class", json::word(&view.row.class)),
        ("problem", fix.problem.to_string()),
    ];
    lines.extend(provenance(&record.provenance));
    lines.extend([
        ("made", format!("{} by {}", fix.made, fix.made_by)),
        ("plugin", fix.plugin.as_ref().map(ToString::to_string).unwrap_or_default()),
        ("approved by", fix.approved_by.clone().unwrap_or_default()),
        ("applied", fix.applied.map(|at| format!("{at}, {} times", fix.executions)).unwrap_or_default()),
    ]);
    lines.extend(plan(&fix.plan));
    lines.extend(record.results.iter().map(|result| ("result", result.clone())));
    if record.begun {
        let text =
            format!("action {}: its end is not written, it may have been done", record.results.len() + 1);
        lines.push(("begun", text));
    }
    lines.push(("watched", record.watch.clone()));
    let inputs = record.inputs.iter();
    lines.extend(inputs.map(|(task, input)| ("input before", format!("{task}: {}", json::compact(input)))));
    let scripts: Vec<String> = fix.plan.actions.iter().filter_map(script).collect();
    [vec![pairs(lines)], scripts].concat().join("\n\n")
}

fn provenance(from: &Provenance) -> Vec<(&'static str, String)> {
    let evidence = from.task.as_ref().map(|task| match from.attempt {
        0 => task.to_string(),
        attempt => format!("{task}, attempt {attempt}: patchbay task log {task} --attempt {attempt}"),
    });
    let mut lines = vec![
        ("evidence", evidence.unwrap_or_default()),
        ("step", from.step.clone()),
        ("cause", from.cause.clone()),
    ];
    lines.extend(from.known.map(|known| ("known from", format!("fix {known}"))));
    lines.extend(from.attributes.iter().map(|(name, value)| ("told", format!("{name}: {value}"))));
    lines
}

fn plan(plan: &Plan) -> Vec<(&'static str, String)> {
    let mut lines = vec![
        ("plan", plan.title.clone()),
        ("reason", plan.reason.clone()),
        ("confidence", plan.confidence.to_string()),
        ("plan hash", plan.digest().to_string()),
    ];
    lines.extend(plan.actions.iter().map(|action| ("action", json::compact(action))));
    lines.extend(plan.checks.iter().map(|check| ("check", json::compact(check))));
    lines.extend(plan.undo.iter().map(|action| ("undo", json::compact(action))));
    lines
}

/// A script as it would be read in a file.
fn script(action: &Action) -> Option<String> {
    let Action::RunScript { source, .. } = action else { return None };
    let lines: Vec<String> = source.lines().map(|line| format!("  {}", output::printable(line))).collect();
    Some(format!("script\n{}", lines.join("\n")))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_fix_is_shown_with_what_it_rests_on_and_its_script_as_it_is_written() {
        let plan = json!({"title": "Right it", "reason": "r", "checks": [], "undo": [], "confidence": 0.5,
            "actions": [{"kind": "run-script", "language": "javascript", "source": "a();\nb();"}]});
        let fix = json!({"id": 7, "problem": "fp_v1:1", "plan": plan, "state": "waits-for-approval", "executions": 0,
            "made": 0, "made_by": "strategies/x/1"});
        let provenance = json!({"task": "a", "step": "step-fix", "cause": "c", "attempt": 2,
            "attributes": [["model", "m-1"], ["prompt-hash", "abc"]]});
        let record = json!({"fix": fix, "provenance": provenance, "begun": true});
        let view = json!({"id": 7, "problem": "fp_v1:1", "state": "waits-for-approval", "class": "data",
            "title": "Right it", "task": "a", "executions": 0, "made": 0, "made_by": "strategies/x/1", "reason": "",
            "record": record});
        let view: FixView = serde_json::from_value(view).unwrap();
        let text = shown(&view);
        for words in [
            "state        waits-for-approval",
            "told         model: m-1",
            "told         prompt-hash: abc",
            "patchbay task log a --attempt 2",
            "begun        action 1: its end is not written",
            "script\n  a();\n  b();",
        ] {
            assert!(text.contains(words), "{words:?} is missing in\n{text}");
        }
        assert!(list(vec![view.row]).contains("7  waits-for-approval  data"));
    }
}
