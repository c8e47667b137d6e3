//! Who is asking, and for what. Nothing of the body has been read yet.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Request, header, request};
use hyper::body::Incoming;
use patchbay_types::AgentName;
use patchbay_wire::Endpoint;

use crate::gateway::Gateway;
use crate::rescue::Refusal;
use crate::settle::Journey;

/// A request with a valid key or of the host's own, for an endpoint that exists.
pub(crate) struct Admitted {
    pub(crate) endpoint: Endpoint,
    pub(crate) head: request::Parts,
    pub(crate) body: Sent,
    /// Only this module can make one.
    _proof: (),
}

/// A request's body.
pub(crate) enum Sent {
    /// From a client, as it comes.
    Coming(Incoming),
    /// From the host itself.
    Here(Bytes),
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
    Ok(Admitted { endpoint, head, body: Sent::Coming(body), _proof: () })
}

/// The host's own request: it has no key, because it comes by no socket.
pub(crate) fn admit_inside(journey: &mut Journey, agent: AgentName, body: Bytes) -> Admitted {
    journey.agent = Some(agent);
    let (mut head, ()) = Request::new(()).into_parts();
    head.method = Method::POST;
    let headers = [(header::CONTENT_TYPE, "application/json"), (header::ACCEPT_ENCODING, "identity")];
    head.headers.extend(headers.map(|(name, value)| (name, HeaderValue::from_static(value))));
    Admitted { endpoint: Endpoint::ChatCompletions, head, body: Sent::Here(body), _proof: () }
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
