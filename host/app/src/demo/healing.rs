//! The acts in which tasks fail: one is diagnosed, mended, verified and remembered; the same fault costs no model the next
//! time; a hopeless one ends with a person. The model is a scripted provider behind the real gateway.

use anyhow::{Context, ensure};
use patchbay_admin::api::{ApplyTasks, FixView, ProblemQuery, TaskView};
use patchbay_tasks::FixState;
use serde_json::{Value, json};

use super::stage::{ACTOR, Stage};
use super::{tell, until};

/// A task that fails on a setting in its input, is mended, and checked by somebody else than its worker.
pub(super) async fn mend(stage: &Stage) -> anyhow::Result<()> {
    tell::act("A task fails on a wrong setting in its input");
    stage.apply(report(stage, "report-berlin", "Germany")).await?;
    let done = stage.ended("report-berlin").await?;
    tell::attempts(&done);
    ensure!(done.verified == Some(true), "the task did not end verified: {}", done.state);
    let fix = stage.last_fix(FixState::Verified).await?;
    ensure!(fix.record.provenance.known.is_none(), "the first fix was known already");
    let problem = stage.problem(&fix).await?;
    tell::healed(&problem, &fix);
    Ok(())
}

/// The same fault in another task: what was remembered is tried first, and no model is asked.
pub(super) async fn remember(stage: &Stage) -> anyhow::Result<()> {
    tell::act("The same fault in another task");
    let asked = stage.thought();
    stage.apply(report(stage, "report-paris", "Germany")).await?;
    let done = stage.ended("report-paris").await?;
    tell::attempts(&done);
    ensure!(done.verified == Some(true), "the task did not end verified: {}", done.state);
    let fix = stage.last_fix(FixState::Verified).await?;
    let known = fix.record.provenance.known.context("the second fix was not the known one")?;
    let more = stage.thought() - asked;
    ensure!(more == 0, "a model was asked {more} times about a known fault");
    tell::note(&format!("fix {known} was remembered: no model was asked"));
    Ok(())
}

/// Nobody knows a plan: the breaker opens, and a person is asked, once.
pub(super) async fn give_up(stage: &Stage) -> anyhow::Result<()> {
    tell::act("A hopeless task: no plan helps, and a person is asked");
    let before = stage.reports().await?.len();
    stage.apply(hopeless("print-labels")).await?;
    let task = stage.ended("print-labels").await?;
    ensure!(task.state == "needs-human", "expected needs-human, not {}", task.state);
    tell::attempts(&task);
    let problems = stage.host.operator.problems(ProblemQuery { open: true }).await?;
    ensure!(problems.len() == 1, "expected one open problem, not {}", problems.len());
    let reports = stage.reports().await?;
    ensure!(reports.len() == before + 1, "expected one report more, not {}", reports.len() - before);
    tell::asked(&task, &problems, reports.last().context("the report is not there")?);
    Ok(())
}

/// It writes a file, if it knows the country.
fn report(stage: &Stage, name: &str, country: &str) -> Value {
    let file = stage.host.folder().path().join(format!("{name}.json"));
    let script = "echo \"reading the orders of $COUNTRY\"; \
                  case $COUNTRY in DE|FR) echo '{\"rows\": 42}' > \"$OUT\" ;; \
                  *) echo \"ValueError: unknown country code $COUNTRY, expected two letters\" >&2; exit 3 ;; esac";
    let file = file.display().to_string();
    json!({
        "name": name, "skill": "exec",
        "input": {"program": "sh", "args": ["-c", script], "env": {"COUNTRY": country, "OUT": file}},
        "checks": [{"kind": "json-path", "file": file, "path": "$.rows", "equals": 42}],
    })
}

fn hopeless(name: &str) -> Value {
    let script = "echo 'LabelError: printer 7 answers nothing that this program knows' >&2; exit 4";
    json!({"name": name, "skill": "exec", "input": {"program": "sh", "args": ["-c", script]}})
}

impl Stage {
    async fn apply(&self, task: Value) -> anyhow::Result<()> {
        let tasks = vec![serde_json::from_value(task)?];
        self.host.operator.apply_tasks(ApplyTasks { tasks, draft: false }, ACTOR).await?;
        Ok(())
    }

    /// The task, once it has ended or needs a person.
    async fn ended(&self, name: &str) -> anyhow::Result<TaskView> {
        let is_over = |state: &str| matches!(state, "succeeded" | "needs-human" | "dead");
        until(&format!("task {name} to end"), || async {
            Ok(is_over(&self.host.operator.task(name).await?.state))
        })
        .await?;
        Ok(self.host.operator.task(name).await?)
    }

    /// The newest fix, once it is in this state.
    async fn last_fix(&self, state: FixState) -> anyhow::Result<FixView> {
        let operator = &self.host.operator;
        let last = || async {
            let fixes = operator.fixes(&patchbay_admin::api::FixQuery::default()).await?;
            anyhow::Ok(fixes.last().map(|fix| (fix.id, fix.state)))
        };
        until("the fix to be judged", || async { Ok(last().await?.is_some_and(|(_, now)| now == state)) })
            .await?;
        let (id, _) = last().await?.context("there is no fix")?;
        Ok(operator.fix(&id.0.to_string()).await?)
    }

    async fn problem(&self, fix: &FixView) -> anyhow::Result<patchbay_admin::api::ProblemView> {
        Ok(self.host.operator.problem(&fix.record.fix.problem.0).await?)
    }

    /// How often the scripted model was asked to think.
    fn thought(&self) -> u64 {
        self.alpha.thought() + self.beta.thought()
    }
}
