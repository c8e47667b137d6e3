//! A skill that is tried by hand, as the operator's API says it.

use patchbay_types::GenerationId;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What a skill is to do, once.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RunSkill {
    /// What it is given; null if left out.
    pub input: Value,
    /// How long it may take: 1 to 3,600 s, 60 if left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout_s: Option<u64>,
}

/// What came of it.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct SkillRan {
    /// Who did it.
    pub generation: GenerationId,
    /// The id of the call, which its recording has.
    pub call: String,
    /// `succeeded`, `failed` or `cancelled`.
    pub status: String,
    /// The class of the failure: `exit:1`, `script:threw`, `timeout`; empty if it is none.
    pub code: String,
    pub summary: String,
    pub output: Value,
    /// The step that failed, if the skill says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub step: Option<String>,
    /// The last lines of its log.
    pub lines: Vec<SkillLine>,
    /// Lines before them that are not kept.
    pub lines_dropped: u64,
    /// What it would have kept with a task; here it is named only.
    pub artifacts: Vec<SkillArtifact>,
    /// In milliseconds.
    pub took_ms: u64,
}

/// One line of a run's log.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct SkillLine {
    /// `stdout`, `stderr`, `note` or `progress`.
    pub stream: String,
    pub text: String,
}

/// A result that a skill would have kept.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct SkillArtifact {
    pub name: String,
    pub media_type: String,
    pub bytes: u64,
}
