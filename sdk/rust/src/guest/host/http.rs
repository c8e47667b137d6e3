//! `http`.

use super::blob;
use crate::PluginError;
use crate::guest::bindings::patchbay::plugin::http as contract;
use crate::http::{Request, Response};

pub(crate) fn send(request: Request) -> Result<Response, PluginError> {
    let body = request.body.as_deref().map(blob::of).transpose()?;
    let request = contract::Request {
        method: request.method,
        url: request.url,
        headers: request.headers,
        timeout_ms: request.timeout_ms,
        attributes: request.attributes.into(),
    };
    let (response, body) = contract::send(&request, body.as_ref())?;
    let contract::Response { status, headers, attributes } = response;
    Ok(Response::new(status, headers, attributes.into(), blob::bytes(&body)))
}
