//! `/api/todos`.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;

use super::ACTOR;
use super::answer::{Answer, Failure};
use super::body::{Params, Raw};
use crate::Operator;
use crate::api::{TodosExported, TodosImported, TodosQuery};

/// A todos file, in bytes.
pub(super) const TODOS_BYTES_MAX: usize = patchbay_tasks::todos::TEXT_BYTES_MAX;

pub(super) async fn export(
    State(operator): State<Operator>,
    Params(query): Params<TodosQuery>,
    Raw(body): Raw,
) -> Answer<TodosExported> {
    Ok(Json(operator.export_todos(query, text(body)?).await?))
}

pub(super) async fn import(
    State(operator): State<Operator>,
    Params(query): Params<TodosQuery>,
    Raw(body): Raw,
) -> Answer<TodosImported> {
    Ok(Json(operator.import_todos(query, text(body)?, ACTOR).await?))
}

pub(super) async fn agreed(
    State(operator): State<Operator>,
    Params(query): Params<TodosQuery>,
    Raw(body): Raw,
) -> Answer<()> {
    Ok(Json(operator.agree_todos(query, text(body)?).await?))
}

fn text(body: Vec<u8>) -> Result<String, Failure> {
    String::from_utf8(body).map_err(|error| {
        let message = format!("body: a todos file is UTF-8, and this is not: {error}");
        Failure::new(StatusCode::UNPROCESSABLE_ENTITY, "bad-value", message)
            .with_field(Some("body".to_owned()))
    })
}
