//! `/api/slots`.

use axum::Json;
use axum::extract::{Path, State};
use patchbay_slots::{GenerationView, SlotView};

use super::ACTOR;
use super::answer::Answer;
use super::body::{Params, Raw};
use super::watch::Limit;
use crate::Operator;

pub(super) async fn list(
    State(operator): State<Operator>,
    Params(limit): Params<Limit>,
) -> Answer<Vec<SlotView>> {
    Ok(Json(operator.slots(limit.or_default()).await?))
}

pub(super) async fn show(
    State(operator): State<Operator>,
    Path(slot): Path<String>,
    Params(limit): Params<Limit>,
) -> Answer<SlotView> {
    Ok(Json(operator.slot(&slot, limit.or_default()).await?))
}

pub(super) async fn load(
    State(operator): State<Operator>,
    Path(slot): Path<String>,
    Raw(component): Raw,
) -> Answer<GenerationView> {
    Ok(Json(operator.load(&slot, component, ACTOR).await?))
}

pub(super) async fn rollback(
    State(operator): State<Operator>,
    Path(slot): Path<String>,
) -> Answer<GenerationView> {
    Ok(Json(operator.rollback(&slot, ACTOR).await?))
}
