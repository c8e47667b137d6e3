//! `/api/vault`.

use axum::Json;
use axum::extract::State;

use super::ACTOR;
use super::answer::Answer;
use super::body::Body;
use crate::Operator;
use crate::api::{
    ExportSecrets, Exported, ImportSecrets, Imported, OldDropped, Rotated, SecretsFile, VaultView,
};

/// A file, and the names around it.
pub(super) const IMPORT_BYTES_MAX: usize = SecretsFile::BYTES_MAX + 1024;

pub(super) async fn show(State(operator): State<Operator>) -> Answer<VaultView> {
    Ok(Json(operator.vault().await?))
}

pub(super) async fn rotate(State(operator): State<Operator>) -> Answer<Rotated> {
    Ok(Json(operator.rotate(ACTOR).await?))
}

pub(super) async fn drop_old(State(operator): State<Operator>) -> Answer<OldDropped> {
    Ok(Json(operator.drop_old_identities(ACTOR).await?))
}

pub(super) async fn export(
    State(operator): State<Operator>,
    Body(request): Body<ExportSecrets>,
) -> Answer<Exported> {
    Ok(Json(operator.export(request, ACTOR).await?))
}

pub(super) async fn import(
    State(operator): State<Operator>,
    Body(request): Body<ImportSecrets>,
) -> Answer<Imported> {
    Ok(Json(operator.import(request, ACTOR).await?))
}
