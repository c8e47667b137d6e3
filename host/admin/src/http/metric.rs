//! `GET /metrics`, for a port of its own.

use axum::Router;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::routing::get;

use crate::{Operator, metrics};

/// Serves [`metrics`] to Prometheus.
pub fn metrics_router(operator: Operator) -> Router {
    Router::new().route("/metrics", get(answer)).with_state(operator)
}

async fn answer(State(operator): State<Operator>) -> impl IntoResponse {
    ([(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], metrics(&operator).await)
}
