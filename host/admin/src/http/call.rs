//! `/api/slots/{slot}/calls` and `/api/slots/{slot}/ask`.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use patchbay_slots::Recorded;
use serde::Deserialize;

use super::answer::Answer;
use super::body::{Body, Params};
use crate::Operator;
use crate::api::{AskPlugin, Asked};

const LIMIT_DEFAULT: usize = 100;
/// As many as a slot keeps.
const LIMIT_MAX: usize = 2_000;

/// Which recorded calls are asked for.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Which {
    limit: Option<usize>,
    #[serde(default)]
    failed: bool,
}

pub(super) async fn list(
    State(operator): State<Operator>,
    Path(slot): Path<String>,
    Params(which): Params<Which>,
) -> Answer<Vec<Arc<Recorded>>> {
    let limit = which.limit.unwrap_or(LIMIT_DEFAULT).min(LIMIT_MAX);
    Ok(Json(operator.calls(&slot, limit, which.failed)?))
}

pub(super) async fn show(
    State(operator): State<Operator>,
    Path((slot, call)): Path<(String, String)>,
) -> Answer<Arc<Recorded>> {
    Ok(Json(operator.call(&slot, &call)?))
}

pub(super) async fn ask(
    State(operator): State<Operator>,
    Path(slot): Path<String>,
    Body(AskPlugin { input, id }): Body<AskPlugin>,
) -> Answer<Asked> {
    Ok(Json(operator.ask(&slot, input, id).await?))
}
