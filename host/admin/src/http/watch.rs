//! What is looked at: status, usage, cooldowns and the three logs.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::Uri;
use patchbay_types::{Audit, Event, Report};
use serde::Deserialize;

use super::ACTOR;
use super::answer::{Answer, Failure};
use super::body::Params;
use crate::Operator;
use crate::api::{
    CooldownCleared, CooldownView, Logged, PastCooldown, PastQuery, Status, UsageLine, UsageQuery,
};

const LIMIT_DEFAULT: usize = 100;
const LIMIT_MAX: usize = 1_000;

/// How many entries are asked for.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Limit {
    limit: Option<usize>,
}

impl Limit {
    pub(super) fn or_default(&self) -> usize {
        self.limit.unwrap_or(LIMIT_DEFAULT).min(LIMIT_MAX)
    }
}

pub(super) async fn status(State(operator): State<Operator>) -> Answer<Status> {
    Ok(Json(operator.status().await?))
}

pub(super) async fn usage(
    State(operator): State<Operator>,
    Params(query): Params<UsageQuery>,
) -> Answer<Vec<UsageLine>> {
    Ok(Json(operator.usage(&query).await?))
}

pub(super) async fn cooldowns(State(operator): State<Operator>) -> Json<Vec<CooldownView>> {
    Json(operator.cooldowns())
}

/// At `/cooldowns/history`, which is not a path of its own: a provider of that name can be cleared like any other.
pub(super) async fn past_cooldowns(
    State(operator): State<Operator>,
    Path(what): Path<String>,
    uri: Uri,
    Params(query): Params<PastQuery>,
) -> Answer<Vec<PastCooldown>> {
    match what.as_str() {
        "history" => Ok(Json(operator.past_cooldowns(&query).await?)),
        _ => Err(Failure::unknown_path(uri.path())),
    }
}

pub(super) async fn clear_cooldown(
    State(operator): State<Operator>,
    Path(provider): Path<String>,
) -> Answer<CooldownCleared> {
    Ok(Json(operator.clear_cooldown(&provider, ACTOR).await?))
}

pub(super) async fn events(
    State(operator): State<Operator>,
    Params(limit): Params<Limit>,
) -> Answer<Vec<Logged<Event>>> {
    Ok(Json(operator.events(limit.or_default()).await?))
}

pub(super) async fn audits(
    State(operator): State<Operator>,
    Params(limit): Params<Limit>,
) -> Answer<Vec<Logged<Audit>>> {
    Ok(Json(operator.audits(limit.or_default()).await?))
}

pub(super) async fn reports(
    State(operator): State<Operator>,
    Params(limit): Params<Limit>,
) -> Answer<Vec<Logged<Report>>> {
    Ok(Json(operator.reports(limit.or_default()).await?))
}
