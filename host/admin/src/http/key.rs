//! `/api/keys`.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;

use super::ACTOR;
use super::answer::{Answer, Failure};
use super::body::Body;
use crate::Operator;
use crate::api::{CreateKey, KeyCreated, KeyView};

pub(super) async fn list(State(operator): State<Operator>) -> Json<Vec<KeyView>> {
    Json(operator.keys())
}

pub(super) async fn create(
    State(operator): State<Operator>,
    Body(request): Body<CreateKey>,
) -> Result<(StatusCode, Json<KeyCreated>), Failure> {
    Ok((StatusCode::CREATED, Json(operator.create_key(request, ACTOR).await?)))
}

pub(super) async fn revoke(
    State(operator): State<Operator>,
    Path(agent_or_id): Path<String>,
) -> Answer<Vec<KeyView>> {
    Ok(Json(operator.revoke_key(&agent_or_id, ACTOR).await?))
}
