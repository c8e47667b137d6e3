//! Who is asking, and for what. Nothing of the body has been read yet.

use http::{HeaderMap, Method, Request, header, request};
use hyper::body::Incoming;
use patchbay_types::AgentName;
use patchbay_wire::Endpoint;

use crate::gateway::Gateway;
use crate::rescue::Refusal;
use crate::settle::Journey;

/// A request with a valid key, for an endpoint that exists.
pub(crate) struct Admitted {
    pub(crate) endpoint: Endpoint,
    pub(crate) head: request::Parts,
    pub(crate) body: Incoming,
    /// Only this module can make one.
    _proof: (),
}

pub(crate) fn admit(
    gateway: &Gateway,
    journey: &mut Journey,
    request: Request<Incoming>,
) -> Result<Admitted, Refusal> {
    let (head, body) = request.into_parts();
    journey.agent = Some(agent(gateway, &head.headers)?);
    let path = head.uri.path();
    let endpoint = Endpoint::from_path(path).ok_or_else(|| Refusal::NoSuchPath(path.to_owned()))?;
    if head.method != Method::POST {
        return Err(Refusal::Method { found: head.method, expected: Method::POST });
    }
    Ok(Admitted { endpoint, head, body, _proof: () })
}

/// Whose key the request carries: `Authorization: Bearer`, or `x-api-key` as some clients have it.
pub(crate) fn agent(gateway: &Gateway, headers: &HeaderMap) -> Result<AgentName, Refusal> {
    let key = bearer(headers).or_else(|| headers.get("x-api-key")?.to_str().ok());
    let Some(key) = key else {
        return Err(Refusal::NoKey { any: !gateway.keyring.is_empty() });
    };
    gateway.keyring.find(key).ok_or(Refusal::WrongKey)
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, key) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| key.trim())
}
