//! `/api/providers`.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;

use super::ACTOR;
use super::answer::{Answer, Failure};
use super::body::Body;
use crate::Operator;
use crate::api::{AddProvider, PatchProvider, ProviderView, Removed, TestView};

type Named = (State<Operator>, Path<String>);

pub(super) async fn list(State(operator): State<Operator>) -> Json<Vec<ProviderView>> {
    Json(operator.providers())
}

pub(super) async fn add(
    State(operator): State<Operator>,
    Body(request): Body<AddProvider>,
) -> Result<(StatusCode, Json<ProviderView>), Failure> {
    Ok((StatusCode::CREATED, Json(operator.add_provider(request, ACTOR).await?)))
}

pub(super) async fn show((State(operator), Path(name)): Named) -> Answer<ProviderView> {
    Ok(Json(operator.provider(&name)?))
}

pub(super) async fn set(
    (State(operator), Path(name)): Named,
    Body(patch): Body<PatchProvider>,
) -> Answer<ProviderView> {
    Ok(Json(operator.set_provider(&name, patch, ACTOR).await?))
}

pub(super) async fn remove((State(operator), Path(name)): Named) -> Answer<Removed> {
    Ok(Json(operator.remove_provider(&name, ACTOR).await?))
}

pub(super) async fn enable((State(operator), Path(name)): Named) -> Answer<ProviderView> {
    Ok(Json(operator.enable_provider(&name, true, ACTOR).await?))
}

pub(super) async fn disable((State(operator), Path(name)): Named) -> Answer<ProviderView> {
    Ok(Json(operator.enable_provider(&name, false, ACTOR).await?))
}

pub(super) async fn test((State(operator), Path(name)): Named) -> Answer<TestView> {
    Ok(Json(operator.test_provider(&name).await?))
}
