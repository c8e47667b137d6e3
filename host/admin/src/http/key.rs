//! `/api/keys`.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;

use super::ACTOR;
use super::answer::{Answer, Failure};
use super::body::Body;
use crate::Operator;
use crate::api::{CreateKey, KeyCreated, KeyView, SetKey};

pub(super) async fn list(State(operator): State<Operator>) -> Json<Vec<KeyView>> {
    Json(operator.keys())
}

pub(super) async fn create(
    State(operator): State<Operator>,
    Body(request): Body<CreateKey>,
) -> Result<(StatusCode, Json<KeyCreated>), Failure> {
    Ok((StatusCode::CREATED, Json(operator.create_key(request, ACTOR).await?)))
}

pub(super) async fn show(State(operator): State<Operator>, Path(id): Path<String>) -> Answer<KeyView> {
    Ok(Json(operator.key(&id)?))
}

pub(super) async fn set(
    State(operator): State<Operator>,
    Path(id): Path<String>,
    Body(request): Body<SetKey>,
) -> Answer<KeyView> {
    Ok(Json(operator.set_key(&id, request, ACTOR).await?))
}

pub(super) async fn revoke(
    State(operator): State<Operator>,
    Path(agent_or_id): Path<String>,
) -> Answer<Vec<KeyView>> {
    Ok(Json(operator.revoke_key(&agent_or_id, ACTOR).await?))
}
