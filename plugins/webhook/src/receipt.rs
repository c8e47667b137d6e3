//! The receiver's own id of what it took, if it says one.

use patchbay_sdk::http::Response;
use serde_json::Value;

/// Of an id, in characters.
const ID_MAX: usize = 200;
const HEADERS: [&str; 2] = ["x-message-id", "x-request-id"];

/// `id` of a JSON body, or a header; empty if there is neither.
pub(crate) fn id(response: &Response) -> String {
    let header = || HEADERS.iter().find_map(|name| response.header(name).map(str::to_owned));
    let id = in_body(response).or_else(header).unwrap_or_default();
    id.chars().take(ID_MAX).collect()
}

fn in_body(response: &Response) -> Option<String> {
    let body: Value = serde_json::from_slice(response.body()).ok()?;
    match body.get("id")? {
        Value::String(id) => Some(id.clone()),
        Value::Number(id) => Some(id.to_string()),
        _ => None,
    }
}
