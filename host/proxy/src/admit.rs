//! Who is asking, and for what. Nothing of the body has been read yet.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Request, header, request};
use hyper::body::Incoming;
use patchbay_types::AgentName;
use patchbay_wire::Endpoint;

use crate::gateway::Gateway;
use crate::journey::Journey;
use crate::keyring::{Holder, KeyEntry};
use crate::pass::{Barred, PassPath};
use crate::rescue::Refusal;
use crate::stages::Stage;
use crate::tab;

/// A request with a valid key that is within its limits, or of the host's own, for a path that is served.
pub(crate) struct Admitted {
    pub(crate) door: Door,
    pub(crate) head: request::Parts,
    pub(crate) body: Sent,
    /// Only this module can make one.
    _proof: (),
}

/// What is asked for.
#[derive(Clone, Debug)]
pub(crate) enum Door {
    Endpoint(Endpoint),
    Pass(PassPath),
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
    journey.dialect = Endpoint::from_path(head.uri.path()).map_or(journey.dialect, Endpoint::dialect);
    let key = holder(gateway, &head.headers)?;
    journey.admitted(key, &head.headers)?;
    journey.tab = tab::named(gateway.tabs.as_deref(), &head.headers)?;
    let door = door(journey, &head)?;
    journey.passed(Stage::Admit);
    Ok(Admitted { door, head, body: Sent::Coming(body), _proof: () })
}

/// The host's own request: it has no key, because it comes by no socket.
pub(crate) fn admit_inside(journey: &mut Journey, agent: AgentName, body: Bytes) -> Admitted {
    journey.holder = Some(Holder::Host(agent));
    let (mut head, ()) = Request::new(()).into_parts();
    head.method = Method::POST;
    let headers = [(header::CONTENT_TYPE, "application/json"), (header::ACCEPT_ENCODING, "identity")];
    head.headers.extend(headers.map(|(name, value)| (name, HeaderValue::from_static(value))));
    let door = Door::Endpoint(Endpoint::ChatCompletions);
    Admitted { door, head, body: Sent::Here(body), _proof: () }
}

/// Whose key the request carries: `Authorization: Bearer`, or `x-api-key` as some clients have it.
pub(crate) fn holder(gateway: &Gateway, headers: &HeaderMap) -> Result<Arc<KeyEntry>, Refusal> {
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

fn door(journey: &Journey, head: &request::Parts) -> Result<Door, Refusal> {
    let path = head.uri.path();
    let endpoint = Endpoint::from_path(path);
    if let Some(endpoint) = endpoint.filter(|_| head.method == Method::POST) {
        return Ok(Door::Endpoint(endpoint));
    }
    let below = path.strip_prefix("/v1/").unwrap_or_default();
    match PassPath::of(below, &journey.options.pass_through) {
        Ok(path) if endpoint.is_none() || head.method == Method::GET => Ok(Door::Pass(path)),
        Ok(_) => Err(Refusal::Method { found: head.method.clone(), expected: Method::POST }),
        Err(_) if endpoint.is_some() => {
            Err(Refusal::Method { found: head.method.clone(), expected: Method::POST })
        }
        Err(Barred::Unknown) => Err(Refusal::NoSuchPath(path.to_owned())),
        Err(Barred::Devious) => Err(Refusal::DeviousPath(path.to_owned())),
    }
}
