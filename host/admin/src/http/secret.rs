//! `/api/secrets`.

use axum::Json;
use axum::extract::{Path, State};

use super::ACTOR;
use super::answer::Answer;
use super::body::Body;
use crate::Operator;
use crate::api::{Removed, SecretView, SetSecret};

pub(super) async fn list(State(operator): State<Operator>) -> Json<Vec<SecretView>> {
    Json(operator.secrets())
}

pub(super) async fn set(
    State(operator): State<Operator>,
    Path(name): Path<String>,
    Body(request): Body<SetSecret>,
) -> Answer<SecretView> {
    Ok(Json(operator.set_secret(&name, request, ACTOR).await?))
}

pub(super) async fn remove(State(operator): State<Operator>, Path(name): Path<String>) -> Answer<Removed> {
    Ok(Json(operator.remove_secret(&name, ACTOR).await?))
}
