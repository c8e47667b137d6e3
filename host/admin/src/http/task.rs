//! `/api/tasks`.

use axum::Json;
use axum::extract::{Path, State};
use patchbay_tasks::{Event, Why};
use serde::Deserialize;

use super::ACTOR;
use super::answer::Answer;
use super::body::{Body, BodyOrNone, Params};
use crate::Operator;
use crate::api::{
    ApplyTasks, AttemptView, LogQuery, LogView, TaskApplied, TaskCommand, TaskQuery, TaskRow, TaskTree,
    TaskView,
};

/// Task files at once, in bytes of JSON.
pub(super) const APPLY_BYTES_MAX: usize = 8 << 20;
const EVENTS_DEFAULT: usize = 100;
const EVENTS_MAX: usize = 1_000;

/// Which events are asked for.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Events {
    #[serde(default)]
    after: u64,
    limit: Option<usize>,
}

pub(super) async fn list(
    State(operator): State<Operator>,
    Params(query): Params<TaskQuery>,
) -> Answer<Vec<TaskRow>> {
    Ok(Json(operator.tasks(&query).await?))
}

pub(super) async fn apply(
    State(operator): State<Operator>,
    Body(request): Body<ApplyTasks>,
) -> Answer<Vec<TaskApplied>> {
    Ok(Json(operator.apply_tasks(request, ACTOR).await?))
}

pub(super) async fn show(State(operator): State<Operator>, Path(name): Path<String>) -> Answer<TaskView> {
    Ok(Json(operator.task(&name).await?))
}

/// A task may be called `apply`, which is a path of its own.
pub(super) async fn show_apply(State(operator): State<Operator>) -> Answer<TaskView> {
    Ok(Json(operator.task("apply").await?))
}

pub(super) async fn history(
    State(operator): State<Operator>,
    Path(name): Path<String>,
    Params(events): Params<Events>,
) -> Answer<Vec<Event>> {
    let limit = events.limit.unwrap_or(EVENTS_DEFAULT).min(EVENTS_MAX);
    Ok(Json(operator.task_history(&name, events.after, limit).await?))
}

pub(super) async fn attempts(
    State(operator): State<Operator>,
    Path(name): Path<String>,
) -> Answer<Vec<AttemptView>> {
    Ok(Json(operator.task_attempts(&name).await?))
}

pub(super) async fn log(
    State(operator): State<Operator>,
    Path(name): Path<String>,
    Params(query): Params<LogQuery>,
) -> Answer<LogView> {
    Ok(Json(operator.task_log(&name, &query).await?))
}

pub(super) async fn why(State(operator): State<Operator>, Path(name): Path<String>) -> Answer<Why> {
    Ok(Json(operator.why_task(&name).await?))
}

pub(super) async fn tree(State(operator): State<Operator>, Path(name): Path<String>) -> Answer<TaskTree> {
    Ok(Json(operator.task_tree(&name).await?))
}

pub(super) async fn command(
    State(operator): State<Operator>,
    Path((name, verb)): Path<(String, String)>,
    BodyOrNone(command): BodyOrNone<TaskCommand>,
) -> Answer<TaskView> {
    Ok(Json(operator.command_task(&name, &verb, command, ACTOR).await?))
}
