//! `/api/skills/{skill}/run`.

use axum::Json;
use axum::extract::{Path, State};

use super::ACTOR;
use super::answer::Answer;
use super::body::BodyOrNone;
use crate::Operator;
use crate::api::{RunSkill, SkillRan};

pub(super) async fn run(
    State(operator): State<Operator>,
    Path(skill): Path<String>,
    BodyOrNone(run): BodyOrNone<RunSkill>,
) -> Answer<SkillRan> {
    Ok(Json(operator.run_skill(&skill, run, ACTOR).await?))
}
