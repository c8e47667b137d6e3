//! `/api/slots`, `/api/chains`, `/api/components`.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderName, StatusCode, header};
use patchbay_slots::{GenerationView, Promote, Promoted, SlotView, TrialReport};
use patchbay_types::Digest;

use super::ACTOR;
use super::answer::{Answer, Failure};
use super::body::{Body, Params};
use super::load::Upload;
use super::watch::Limit;
use crate::Operator;
use crate::api::{ChainOrder, PromoteOptions, Removed};

/// Recorded calls that a candidate answers before it is in charge, if nobody says how many.
const GATE_CALLS: usize = 500;

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
    Upload(load): Upload,
) -> Answer<GenerationView> {
    Ok(Json(operator.load(&slot, load).await?))
}

pub(super) async fn rollback(
    State(operator): State<Operator>,
    Path(slot): Path<String>,
) -> Answer<GenerationView> {
    Ok(Json(operator.rollback(&slot, ACTOR).await?))
}

pub(super) async fn promote(
    State(operator): State<Operator>,
    Path(slot): Path<String>,
    Body(options): Body<PromoteOptions>,
) -> Answer<Promoted> {
    let PromoteOptions { generation, calls, accept_diff } = options;
    let calls = calls.unwrap_or(GATE_CALLS);
    let promote = Promote { generation, calls, accept_diff, actor: ACTOR.to_owned() };
    Ok(Json(operator.promote(&slot, promote).await?))
}

pub(super) async fn discard(
    State(operator): State<Operator>,
    Path(slot): Path<String>,
) -> Answer<GenerationView> {
    Ok(Json(operator.discard(&slot, ACTOR).await?))
}

pub(super) async fn remove(State(operator): State<Operator>, Path(slot): Path<String>) -> Answer<Removed> {
    Ok(Json(operator.remove_slot(&slot, ACTOR).await?))
}

pub(super) async fn trial(
    State(operator): State<Operator>,
    Path(slot): Path<String>,
    Params(limit): Params<Limit>,
) -> Answer<TrialReport> {
    Ok(Json(operator.trial_report(&slot, limit.or_default())?))
}

pub(super) async fn order(
    State(operator): State<Operator>,
    Path(kind): Path<String>,
    Body(ChainOrder { order }): Body<ChainOrder>,
) -> Answer<ChainOrder> {
    let order = operator.order(&kind, &order, ACTOR).await?;
    Ok(Json(ChainOrder { order: order.iter().map(ToString::to_string).collect() }))
}

pub(super) async fn component(
    State(operator): State<Operator>,
    Path(digest): Path<String>,
) -> Result<([(HeaderName, &'static str); 1], Vec<u8>), Failure> {
    let wrong = |message: String| {
        Failure::new(StatusCode::UNPROCESSABLE_ENTITY, "bad-value", message)
            .with_field(Some("digest".to_owned()))
    };
    let digest: Digest = digest.parse().map_err(wrong)?;
    Ok(([(header::CONTENT_TYPE, "application/wasm")], operator.component(digest).await?))
}
