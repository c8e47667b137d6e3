//! What the operator says of plugins in their slots, and is told of one that was asked.

use patchbay_runtime::exchange::Output;
use patchbay_slots::TrialMode;
use patchbay_types::{GenerationId, Grants};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The content type of `POST /api/slots/{slot}/load` with options: one line of JSON, a newline, the component.
pub const LOAD_CONTENT_TYPE: &str = "application/vnd.patchbay.load";

/// The line before the component.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LoadOptions {
    /// The plugin's configuration; none is what the slot has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub config: Option<Value>,
    /// What it gets beyond what its manifest asks for.
    #[serde(default, skip_serializing_if = "Grants::is_empty")]
    pub granted: Grants,
    /// The texts of `.minisig` files.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub signatures: Vec<String>,
    /// That it may get more than what is in charge has.
    #[serde(default)]
    pub accept_grants: bool,
    /// That it may be older than what is in charge.
    #[serde(default)]
    pub allow_downgrade: bool,
    /// `{"shadow": {"sample": 1.0}}` or `{"canary": {"percent": 5.0}}`; none puts it in charge at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trial: Option<TrialMode>,
}

/// `POST /api/slots/{slot}/promote`.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PromoteOptions {
    /// None is the candidate on trial; a number is that or an earlier generation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub generation: Option<u64>,
    /// Recorded calls that it must answer first; 500 if not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calls: Option<usize>,
    /// Why it may answer some of them otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accept_diff: Option<String>,
}

/// `POST /api/chains/{kind}`, and its answer.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChainOrder {
    /// Each slot of the kind once, with or without the kind: `analyzers/rules` or `rules`.
    pub order: Vec<String>,
}

/// `POST /api/slots/{slot}/ask`.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AskPlugin {
    /// `{"ask": "rank", …}`; what is left out has a plain default.
    pub input: Value,
    /// The call's id, which its recording has; a fresh one if not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
}

/// What a plugin said.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Asked {
    pub generation: GenerationId,
    /// The id under which the call is recorded.
    pub call: String,
    /// None if it failed.
    pub output: Option<Output>,
    pub failure: Option<AskFailure>,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct AskFailure {
    /// `refused`, `trap`, `timeout`, `invalid`, `busy` or `quarantined`.
    pub class: String,
    pub message: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_read_as_they_are_written_and_a_misspelt_one_is_refused() {
        let line = r#"{"config":{"a":1},"granted":{"kv":{"max_bytes":9}},"accept_grants":true,"allow_downgrade":false,"trial":{"canary":{"percent":5.0}}}"#;
        let options: LoadOptions = serde_json::from_str(line).unwrap();
        assert_eq!(options.trial, Some(TrialMode::Canary { percent: 5.0 }));
        assert_eq!(serde_json::to_string(&options).unwrap(), line);
        assert_eq!(serde_json::from_str::<LoadOptions>("{}").unwrap(), LoadOptions::default());
        assert!(serde_json::from_str::<LoadOptions>(r#"{"accept_grant":true}"#).is_err());
    }
}
