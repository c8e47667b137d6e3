//! What a plan may have the host do, done: one function an action. That it may was decided before. It must not know why.

mod config;
mod git;
mod patch;
mod repositories;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use patchbay_engine::{Doing, Done, Hands};
use patchbay_runtime::exchange::{Input, Invocation};
use patchbay_slots::{Load, TrialMode as Trial};
use patchbay_tasks::{Action, Fix, Task, TrialMode};
use patchbay_types::{Digest, Grants, SlotName, Timestamp};
use serde_json::{Value, json};

use self::config::Configuring;
use self::patch::{Change, Grown};
use self::repositories::Repositories;
use super::checks::Verifying;
use super::{Shared, chain, skills};
use crate::capability::Work;

/// The skill that runs scripts.
const SCRIPT: &str = "script";

/// The share of requests or tasks that a component of a fix is tried on.
const CANARY_PERCENT: f64 = 5.0;

/// Where changes of programs are made, below the host's folder.
const PATCHES: &str = "patches";

pub(super) struct HostHands {
    pub(super) shared: Arc<Shared>,
    pub(super) checks: Arc<Verifying>,
    repositories: Repositories,
}

impl Hands for HostHands {
    fn act<'a>(
        &'a self,
        action: &'a Action,
        task: &'a Task,
        fix: &'a Fix,
    ) -> Doing<'a, Result<String, String>> {
        Box::pin(async move {
            let shared = &*self.shared;
            let id = format!("fix-{}", fix.id);
            match action {
                Action::RunSkill { skill, input } => run_skill(shared, &id, skill, input.clone(), None).await,
                Action::RunScript { source, grants, .. } => {
                    let input = json!({"source": source, "input": task.definition.input});
                    run_skill(shared, &id, SCRIPT, input, Some(grants.clone())).await
                }
                Action::CoolProvider { provider, model, for_ms } => {
                    let pause = Duration::from_millis(*for_ms);
                    match shared.pool.cool(provider, model.as_deref(), pause, &id) {
                        true => Ok(format!("{provider} rests for {} s", pause.as_secs())),
                        false => Err(format!("there is no provider {provider}")),
                    }
                }
                Action::LoadPlugin { slot, digest, mode } => load(shared, &id, slot, digest, *mode).await,
                Action::SetConfig { key, value } => configure(shared, &id, Some(key), value).await,
                Action::Patch { repo, diff } => self.patch(fix, &id, (repo, diff)).await,
                Action::ReviveSession { .. } => Err("this host keeps no sessions of agents".to_owned()),
                other => Err(format!("this host does not do `{}`", kind(other))),
            }
        })
    }

    fn measure<'a>(
        &'a self,
        metric: &'a str,
        _: &'a Fix,
        since: Timestamp,
        until: Timestamp,
    ) -> Doing<'a, Option<u64>> {
        Box::pin(async move { self.shared.fared.measure(metric, since, until) })
    }

    fn find<'a>(&'a self, action: &'a Action, fix: &'a Fix) -> Doing<'a, Result<Option<String>, String>> {
        Box::pin(async move {
            let id = format!("fix-{}", fix.id);
            match action {
                Action::SetConfig { key, value } => {
                    let _turn = self.shared.configuring.lock().await;
                    config::found(&self.shared.folder, &id, key, value)
                }
                Action::Patch { repo, diff } => self.merged(&id, (repo, diff)).await,
                _ => Ok(None),
            }
        })
    }

    fn undo<'a>(
        &'a self,
        action: &'a Action,
        result: &'a str,
        fix: &'a Fix,
    ) -> Doing<'a, Option<Result<String, String>>> {
        Box::pin(async move {
            let id = format!("fix-{}", fix.id);
            match action {
                Action::SetConfig { .. } => Some(configure(&self.shared, &id, None, &json!(result)).await),
                Action::Patch { repo, .. } => Some(self.revert(repo, result).await),
                _ => None,
            }
        })
    }
}

impl HostHands {
    pub(super) fn new(shared: Arc<Shared>, checks: Arc<Verifying>) -> Self {
        Self { shared, checks, repositories: Repositories::default() }
    }

    /// Made in a work tree of its own, looked at there, and merged only then.
    async fn patch(&self, fix: &Fix, name: &str, (repo, diff): (&str, &str)) -> Result<String, String> {
        let is_patch = |action: &&Action| matches!(action, Action::Patch { .. });
        if fix.plan.actions.iter().filter(is_patch).count() > 1 {
            return Err("the plan has several patches: expected one, with all that is to change".to_owned());
        }
        let _turn = self.repositories.turn(repo).await?;
        let folder = self.shared.folder.join(PATCHES);
        let tree = match Grown::begin(&Change { repo, diff, name, folder: &folder }).await? {
            Grown::Merged(result) => return Ok(result),
            Grown::Tree(tree) => tree,
        };
        match self.checks.of_change(&fix.plan.checks, Path::new(repo), tree.place()).await {
            Ok(()) => tree.merge().await,
            Err(found) => {
                tree.leave().await;
                Err(format!(
                    "nothing was merged, a check does not hold in the work tree of the change: {found}"
                ))
            }
        }
    }

    /// What a patch that was cut off has merged.
    async fn merged(&self, name: &str, (repo, diff): (&str, &str)) -> Result<Option<String>, String> {
        let _turn = self.repositories.turn_soon(repo).await?;
        let folder = self.shared.folder.join(PATCHES);
        patch::found(&Change { repo, diff, name, folder: &folder }).await
    }

    async fn revert(&self, repo: &str, result: &str) -> Result<String, String> {
        let _turn = self.repositories.turn_soon(repo).await?;
        patch::revert(result).await
    }
}

/// One key is set; without one, what was set is taken back.
async fn configure(shared: &Shared, actor: &str, key: Option<&str>, value: &Value) -> Result<String, String> {
    let operator = shared.operator.get().ok_or("the host is not up yet")?;
    let _turn = shared.configuring.lock().await;
    let configuring = Configuring { folder: &shared.folder, operator, actor };
    match (key, value) {
        (Some(key), value) => configuring.set(key, value).await,
        (None, Value::String(result)) => configuring.restore(result).await,
        (None, _) => Err("it is not known what was set".to_owned()),
    }
}

async fn run_skill(
    shared: &Shared,
    id: &str,
    skill: &str,
    input: Value,
    grants: Option<Grants>,
) -> Result<String, String> {
    let (pin, _) = chain::skilled(&shared.slots, skill, id)
        .await
        .ok_or_else(|| format!("no plugin in charge has the skill {skill:?}"))?;
    if let Some(beyond) = grants.as_ref().map(|grants| grants.beyond(pin.grants())).filter(|b| !b.is_empty())
    {
        return Err(format!("it wants more than {skill} may: {}", beyond.join(", ")));
    }
    let invocation = Invocation {
        id: id.to_owned(),
        skill: skill.to_owned(),
        input: input.to_string(),
        attempt: 1,
        attributes: Vec::new(),
    };
    match skills::ask(shared, &pin, id, Input::Run { invocation }, Work::default(), grants).await {
        Done::Succeeded { summary, .. } => Ok(summary),
        Done::Failed { class, message, .. } => Err(format!("{class}: {message}")),
        Done::Cancelled => Err("it was cancelled".to_owned()),
        Done::NotNow(reason) | Done::OverBudget(reason) => Err(reason),
    }
}

/// As a trial: the gate and the error budget decide about the rest.
async fn load(
    shared: &Shared,
    id: &str,
    slot: &SlotName,
    digest: &Digest,
    mode: TrialMode,
) -> Result<String, String> {
    let (components, digest) = (shared.components.clone(), *digest);
    let read = tokio::task::spawn_blocking(move || components.get(&digest)).await;
    let component = read.map_err(|error| error.to_string())?.map_err(|error| error.to_string())?;
    let trial = match mode {
        TrialMode::Shadow => Trial::Shadow { sample: 1.0 },
        TrialMode::Canary => Trial::Canary { percent: CANARY_PERCENT },
    };
    let load = Load { component, trial: Some(trial), actor: id.to_owned(), ..Load::default() };
    let view = shared.slots.load(slot, load).await.map_err(|error| error.to_string())?;
    Ok(format!("{} is on trial", view.id))
}

fn kind(action: &Action) -> String {
    let value = serde_json::to_value(action).unwrap_or_default();
    value["kind"].as_str().unwrap_or("?").to_owned()
}
