//! `/api/problems` and `/api/fixes`.

use axum::Json;
use axum::extract::{Path, State};

use super::ACTOR;
use super::answer::Answer;
use super::body::{BodyOrNone, Params};
use crate::Operator;
use crate::api::{FixQuery, FixRow, FixView, MendCommand, ProblemQuery, ProblemRow, ProblemView};

pub(super) async fn list(
    State(operator): State<Operator>,
    Params(query): Params<ProblemQuery>,
) -> Answer<Vec<ProblemRow>> {
    Ok(Json(operator.problems(query).await?))
}

pub(super) async fn show(
    State(operator): State<Operator>,
    Path(fingerprint): Path<String>,
) -> Answer<ProblemView> {
    Ok(Json(operator.problem(&fingerprint).await?))
}

pub(super) async fn close(
    State(operator): State<Operator>,
    Path(fingerprint): Path<String>,
    BodyOrNone(command): BodyOrNone<MendCommand>,
) -> Answer<ProblemView> {
    Ok(Json(operator.close_problem(&fingerprint, command, ACTOR).await?))
}

pub(super) async fn fixes(
    State(operator): State<Operator>,
    Params(query): Params<FixQuery>,
) -> Answer<Vec<FixRow>> {
    Ok(Json(operator.fixes(&query).await?))
}

pub(super) async fn fix(State(operator): State<Operator>, Path(id): Path<String>) -> Answer<FixView> {
    Ok(Json(operator.fix(&id).await?))
}

pub(super) async fn command(
    State(operator): State<Operator>,
    Path((id, verb)): Path<(String, String)>,
    BodyOrNone(command): BodyOrNone<MendCommand>,
) -> Answer<FixView> {
    Ok(Json(operator.command_fix(&id, &verb, command, ACTOR).await?))
}
