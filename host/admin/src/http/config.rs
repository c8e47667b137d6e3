//! `/api/config`.

use axum::Json;
use axum::extract::State;

use super::ACTOR;
use super::answer::Answer;
use crate::Operator;
use crate::api::{ConfigReloaded, ConfigSetting};

pub(super) async fn show(State(operator): State<Operator>) -> Answer<Vec<ConfigSetting>> {
    Ok(Json(operator.config()?))
}

pub(super) async fn reload(State(operator): State<Operator>) -> Answer<ConfigReloaded> {
    Ok(Json(operator.reload_config(ACTOR).await?))
}
