//! HTTP over the desk: paths and methods to its functions, and nothing else. Who may ask is decided by the listener.

mod answer;
mod body;
mod call;
mod config;
mod key;
mod load;
mod metric;
mod model;
mod problem;
mod provider;
mod schedule;
mod secret;
mod skill;
mod slot;
mod task;
mod todos;
mod vault;
mod watch;

use axum::Router;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{Method, Uri};
use axum::routing::{get, post, put};

use crate::Operator;
use answer::Failure;
pub use metric::metrics_router;

/// Who changes something through here: whoever may open the socket, which is the owner with the command line.
const ACTOR: &str = "cli";

/// A JSON body other than a component, in bytes.
const BODY_BYTES_MAX: usize = 2 << 20;

/// Everything under `/api`.
pub fn router(operator: Operator) -> Router {
    let component_bytes_max = usize::try_from(operator.component_bytes_max().0).unwrap_or(usize::MAX);
    let load_bytes_max = component_bytes_max.saturating_add(load::OPTIONS_BYTES_MAX);
    let load = post(slot::load).layer(DefaultBodyLimit::max(load_bytes_max));
    let import = post(vault::import).layer(DefaultBodyLimit::max(vault::IMPORT_BYTES_MAX));
    let apply = post(task::apply).layer(DefaultBodyLimit::max(task::APPLY_BYTES_MAX)).get(task::show_apply);
    let todos_bytes_max = || DefaultBodyLimit::max(todos::TODOS_BYTES_MAX);
    let api = Router::new()
        .route("/status", get(watch::status))
        .route("/config", get(config::show))
        .route("/config/reload", post(config::reload))
        .route("/providers", get(provider::list).post(provider::add))
        .route("/providers/{name}", get(provider::show).patch(provider::set).delete(provider::remove))
        .route("/providers/{name}/enable", post(provider::enable))
        .route("/providers/{name}/disable", post(provider::disable))
        .route("/providers/{name}/test", post(provider::test))
        .route("/keys", get(key::list).post(key::create))
        .route("/keys/{agent_or_id}", get(key::show).patch(key::set).delete(key::revoke))
        .route("/models", get(model::list))
        .route("/aliases", get(model::aliases).post(model::add_alias))
        .route("/aliases/{name}", get(model::alias).delete(model::remove_alias))
        .route("/secrets", get(secret::list))
        .route("/secrets/{name}", put(secret::set).delete(secret::remove))
        .route("/vault", get(vault::show))
        .route("/vault/rotate", post(vault::rotate))
        .route("/vault/drop-old", post(vault::drop_old))
        .route("/vault/export", post(vault::export))
        .route("/vault/import", import)
        .route("/slots", get(slot::list))
        .route("/slots/{slot}", get(slot::show).delete(slot::remove))
        .route("/slots/{slot}/load", load)
        .route("/slots/{slot}/rollback", post(slot::rollback))
        .route("/slots/{slot}/promote", post(slot::promote))
        .route("/slots/{slot}/discard", post(slot::discard))
        .route("/slots/{slot}/trial", get(slot::trial))
        .route("/slots/{slot}/calls", get(call::list))
        .route("/slots/{slot}/calls/{call}", get(call::show))
        .route("/slots/{slot}/ask", post(call::ask))
        .route("/skills/{skill}/run", post(skill::run))
        .route("/chains/{kind}", post(slot::order))
        .route("/components/{digest}", get(slot::component))
        .route("/tasks", get(task::list))
        .route("/tasks/apply", apply)
        .route("/tasks/{name}", get(task::show))
        .route("/tasks/{name}/history", get(task::history))
        .route("/tasks/{name}/attempts", get(task::attempts))
        .route("/tasks/{name}/log", get(task::log))
        .route("/tasks/{name}/why", get(task::why))
        .route("/tasks/{name}/tree", get(task::tree))
        .route("/tasks/{name}/claim", post(task::claim))
        .route("/tasks/{name}/heartbeat", post(task::heartbeat))
        .route("/tasks/{name}/end", post(task::end))
        .route("/tasks/{name}/{verb}", post(task::command))
        .route("/todos/export", post(todos::export).layer(todos_bytes_max()))
        .route("/todos/import", post(todos::import).layer(todos_bytes_max()))
        .route("/todos/agreed", post(todos::agreed).layer(todos_bytes_max()))
        .route("/schedules", get(schedule::list))
        .route("/schedules/{name}", get(schedule::show).delete(schedule::remove))
        .route("/schedules/{name}/next", get(schedule::upcoming))
        .route("/schedules/{name}/{verb}", post(schedule::command))
        .route("/problems", get(problem::list))
        .route("/problems/{fingerprint}", get(problem::show))
        .route("/problems/{fingerprint}/close", post(problem::close))
        .route("/problems/{fingerprint}/merge", post(problem::merge))
        .route("/problems/{fingerprint}/split", post(problem::split))
        .route("/fixes", get(problem::fixes))
        .route("/fixes/{id}", get(problem::fix))
        .route("/fixes/{id}/{verb}", post(problem::command))
        .route("/usage", get(watch::usage))
        .route("/cooldowns", get(watch::cooldowns))
        .route("/cooldowns/{provider}", get(watch::past_cooldowns).delete(watch::clear_cooldown))
        .route("/events", get(watch::events))
        .route("/audit", get(watch::audits))
        .route("/reports", get(watch::reports))
        .fallback(unknown_path)
        .method_not_allowed_fallback(wrong_method)
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX));
    Router::new().nest("/api", api).with_state(operator)
}

async fn unknown_path(State(_): State<Operator>, uri: Uri) -> Failure {
    Failure::unknown_path(uri.path())
}

async fn wrong_method(method: Method, uri: Uri) -> Failure {
    Failure::wrong_method(&method, uri.path())
}

#[cfg(test)]
mod tests;
