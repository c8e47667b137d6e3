//! Which pictures there are of a failure. Their contents the host gives to the model, if it takes some; they never come
//! here.

use patchbay_sdk::Failure;
use patchbay_sdk::llm::{line, mask};
use serde::Deserialize;

/// Where the host tells of them, as JSON.
const ATTRIBUTE: &str = "evidence-images";
/// Of a name, in characters.
const NAME_MAX: usize = 100;

/// One of them, as the host tells of it.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Picture {
    name: String,
    media_type: String,
    bytes: u64,
}

/// None if the host tells of none, or in no form that is known here.
pub(crate) fn of(failure: &Failure) -> Vec<Picture> {
    let told = failure.attributes.get(ATTRIBUTE).unwrap_or("[]");
    serde_json::from_str(told).unwrap_or_default()
}

/// A line each.
pub(crate) fn listed(pictures: &[Picture]) -> String {
    let each = |Picture { name, media_type, bytes }: &Picture| {
        line(&mask(&format!("- {name}, {media_type}, {bytes} bytes")), NAME_MAX)
    };
    match pictures {
        [] => "(none)".to_owned(),
        _ => pictures.iter().map(each).collect::<Vec<_>>().join("\n"),
    }
}
