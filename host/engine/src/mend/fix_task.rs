//! The fix task: what was found out goes to whom the operator has named, as a task with two children, the root cause
//! first and then the step. It must not know who does them.

use std::sync::Arc;

use patchbay_tasks::{Action, Definition, Derived, Plan, Priority, Step, Task, TaskName, TaskType};
use serde_json::{Value, json};

use super::case::Case;
use super::diagnose::value;
use super::propose::{Sought, keep};
use crate::engine::Inner;
use crate::error::EngineError;
use crate::port::Proposed;
use crate::row::{Attempt, attempt_key};

/// Who made such a plan.
pub(super) const MAKER: &str = "patchbay/fix-task";
/// Numbers of fix tasks that are tried for one task.
const NUMBERS_MAX: u32 = 999;
/// Characters of the log that a fix task is shown, and bytes of the input; the task itself has all.
const LOG_CHARS_MAX: usize = 32_000;
const INPUT_BYTES_MAX: usize = 64 * 1024;
/// How sure such a plan is: nobody knows.
const CONFIDENCE: f64 = 0.5;

/// One for each time that the problem is open; after it comes the breaker.
pub(super) async fn fix_task(
    engine: &Inner,
    case: Case,
    task: &Arc<Task>,
    skill: &str,
) -> Result<bool, EngineError> {
    let first = case.record.problem.first;
    let history = engine.history(&case).await?;
    if history.iter().any(|fix| fix.made_by == MAKER && fix.made >= first) {
        return super::give_up(engine, case, "its fix task is over, and it has not mended it").await;
    }
    let Some(plan) = plan(engine, &case, task, skill).await? else {
        return super::give_up(engine, case, "all numbers of fix tasks for this task are taken").await;
    };
    let proposed = Proposed {
        next: 0,
        by: MAKER.to_owned(),
        plugin: None,
        plan: patchbay_tasks::Offered::default(),
        attributes: Vec::new(),
    };
    keep(engine, &case, task, Sought { step: Step::FixTask, part: None }, plan, proposed).await?;
    Ok(true)
}

async fn plan(
    engine: &Inner,
    case: &Case,
    task: &Arc<Task>,
    skill: &str,
) -> Result<Option<Plan>, EngineError> {
    let Some(name) = engine.free(&task.definition.name, Derived::Fix, &[]).await? else { return Ok(None) };
    let Some(cause) = engine.free(&name, Derived::Sub, &[]).await? else { return Ok(None) };
    let Some(step) = engine.free(&name, Derived::Sub, std::slice::from_ref(&cause)).await? else {
        return Ok(None);
    };
    let input = input(engine, case, task).await?;
    let parent = described(case, task, name.clone(), input.clone());
    let child = |child: TaskName, part: &str, depends_on: Vec<TaskName>| {
        let mut input = input.clone();
        input["part"] = json!(part);
        let skill = Some(skill.to_owned());
        let whole = described(case, task, child, input);
        Definition { parent: Some(name.clone()), depends_on, skill, title: titled(task, part), ..whole }
    };
    let children = [child(cause.clone(), "root-cause", Vec::new()), child(step, "step", vec![cause])];
    let actions = std::iter::once(parent).chain(children);
    Ok(Some(Plan {
        title: format!("fix task {name}"),
        reason: found(case).to_owned(),
        actions: actions.map(|task| Action::Subtask { task: Box::new(task) }).collect(),
        checks: Vec::new(),
        undo: Vec::new(),
        confidence: CONFIDENCE,
    }))
}

fn described(case: &Case, task: &Task, name: TaskName, input: Value) -> Definition {
    let problem = &case.record.problem;
    Definition {
        title: titled(task, "problem"),
        description: format!(
            "Task {} fails: {}\nFailures: {}\nCause: {}",
            task.definition.name,
            problem.title,
            problem.failures,
            found(case)
        ),
        kind: TaskType::Fix,
        priority: priority(case).unwrap_or(task.definition.priority),
        labels: [("problem".to_owned(), label(&problem.fingerprint.0))].into(),
        input,
        ..Definition::named(name)
    }
}

fn titled(task: &Task, part: &str) -> String {
    format!("Mend the {part} of {}", task.definition.name)
}

fn found(case: &Case) -> &str {
    case.record.problem.diagnosis.as_ref().map_or("not known", |found| found.cause.as_str())
}

fn priority(case: &Case) -> Option<Priority> {
    let word = value(&case.record.found, "priority")?;
    serde_json::from_value(json!(word)).ok()
}

/// What whoever mends it is given.
async fn input(engine: &Inner, case: &Case, task: &Arc<Task>) -> Result<Value, EngineError> {
    let problem = &case.record.problem;
    let told: serde_json::Map<String, Value> =
        case.record.found.iter().map(|(name, text)| (name.clone(), json!(text))).collect();
    let input = &task.definition.input;
    let fits = serde_json::to_string(input).is_ok_and(|text| text.len() <= INPUT_BYTES_MAX);
    Ok(json!({
        "problem": {
            "fingerprint": problem.fingerprint, "class": problem.class, "title": problem.title,
            "target": problem.target, "failures": problem.failures, "message": case.record.message, "found": told,
        },
        "cause": found(case),
        "log": engine.log_tail(task).await?,
        "task": {
            "name": task.definition.name, "skill": task.definition.skill, "description": task.definition.description,
        },
        "input": if fits { input.clone() } else { json!("it is large: see the task") },
    }))
}

impl Inner {
    /// The first name of this kind that nobody has.
    async fn free(
        &self,
        of: &TaskName,
        prefix: Derived,
        taken: &[TaskName],
    ) -> Result<Option<TaskName>, EngineError> {
        for number in 1..=NUMBERS_MAX {
            let name = of.derived(prefix, number);
            if !taken.contains(&name) && self.find(&name).await?.is_none() {
                return Ok(Some(name));
            }
        }
        Ok(None)
    }

    /// The end of the log of the latest attempt.
    async fn log_tail(&self, task: &Task) -> Result<Vec<String>, EngineError> {
        let lines = usize::try_from(self.options.load().fixes.ladder.log_lines).unwrap_or(usize::MAX);
        let key = attempt_key(task.id, task.tally.attempts);
        let log = self.read::<Attempt>(&key).await?.map(|row| row.record.log).unwrap_or_default();
        let mut chars = 0;
        let last = log.into_iter().rev().take(lines).map(|line| line.text).take_while(|text| {
            chars += text.chars().count();
            chars <= LOG_CHARS_MAX
        });
        let mut last: Vec<String> = last.collect();
        last.reverse();
        Ok(last)
    }
}

/// As much of a text as a label holds.
fn label(text: &str) -> String {
    let fits =
        (0..=text.len().min(Definition::LABEL_BYTES_MAX)).rev().find(|end| text.is_char_boundary(*end));
    text.get(..fits.unwrap_or_default()).unwrap_or_default().to_owned()
}
