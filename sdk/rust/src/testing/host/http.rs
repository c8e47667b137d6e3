//! `http`.

use serde::Deserialize;
use serde_json::json;

use super::ask;
use crate::PluginError;
use crate::http::{Request, Response};
use crate::testing::payload::Payload;

#[derive(Deserialize)]
struct Answer {
    response: Response,
    body: Payload,
}

pub(crate) fn send(request: Request) -> Result<Response, PluginError> {
    let body = Payload::of(request.body.as_deref().unwrap_or_default());
    let answer: Answer = ask(json!({ "call": "http.send", "request": request, "body": body }), "response")?;
    let Response { status, headers, attributes, .. } = answer.response;
    Ok(Response::new(status, headers, attributes, answer.body.0))
}
