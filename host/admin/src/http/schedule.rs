//! `/api/schedules`.

use axum::Json;
use axum::extract::{Path, State};
use patchbay_types::Timestamp;

use super::ACTOR;
use super::answer::Answer;
use super::body::{BodyOrNone, Params};
use crate::Operator;
use crate::api::{
    ScheduleCommand, ScheduleQuery, ScheduleRemoved, ScheduleView, SchedulesListed, UpcomingQuery,
};

pub(super) async fn list(
    State(operator): State<Operator>,
    Params(query): Params<ScheduleQuery>,
) -> Answer<SchedulesListed> {
    Ok(Json(operator.schedules(query).await?))
}

pub(super) async fn show(State(operator): State<Operator>, Path(name): Path<String>) -> Answer<ScheduleView> {
    Ok(Json(operator.schedule(&name).await?))
}

pub(super) async fn upcoming(
    State(operator): State<Operator>,
    Path(name): Path<String>,
    Params(query): Params<UpcomingQuery>,
) -> Answer<Vec<Timestamp>> {
    Ok(Json(operator.upcoming(&name, query).await?))
}

pub(super) async fn command(
    State(operator): State<Operator>,
    Path((name, verb)): Path<(String, String)>,
    BodyOrNone(command): BodyOrNone<ScheduleCommand>,
) -> Answer<ScheduleView> {
    Ok(Json(operator.command_schedule(&name, &verb, command, ACTOR).await?))
}

pub(super) async fn remove(
    State(operator): State<Operator>,
    Path(name): Path<String>,
) -> Answer<ScheduleRemoved> {
    Ok(Json(operator.remove_schedule(&name, ACTOR).await?))
}
