//! `/api/models` and `/api/aliases`.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;

use super::ACTOR;
use super::answer::{Answer, Failure};
use super::body::Body;
use crate::Operator;
use crate::api::{AddAlias, AliasView, Removed, ServedModel};

type Named = (State<Operator>, Path<String>);

pub(super) async fn list(State(operator): State<Operator>) -> Json<Vec<ServedModel>> {
    Json(operator.models())
}

pub(super) async fn aliases(State(operator): State<Operator>) -> Json<Vec<AliasView>> {
    Json(operator.aliases())
}

pub(super) async fn add_alias(
    State(operator): State<Operator>,
    Body(request): Body<AddAlias>,
) -> Result<(StatusCode, Json<AliasView>), Failure> {
    Ok((StatusCode::CREATED, Json(operator.add_alias(request, ACTOR).await?)))
}

pub(super) async fn alias((State(operator), Path(name)): Named) -> Answer<AliasView> {
    Ok(Json(operator.alias(&name)?))
}

pub(super) async fn remove_alias((State(operator), Path(name)): Named) -> Answer<Removed> {
    Ok(Json(operator.remove_alias(&name, ACTOR).await?))
}
