//! One attempt: send, hold the answer until it is worth having, judge it. Until this returns nothing has gone to the
//! client, so that another provider can still be tried; afterwards never.

use std::time::Duration;

use bytes::Bytes;
use http::response::Parts;
use http::{HeaderMap, HeaderValue, Method, header};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use patchbay_meter::Price;
use patchbay_pool::{Permit, Verdict, taxonomy};
use patchbay_wire::ModelBack;
use tokio::time::{Instant, timeout_at};

use crate::decide::Routed;
use crate::decode::{Decoded, Gathered};
use crate::gateway::Gateway;
use crate::rescue::Failure;
use crate::settle::Journey;

/// An answer that goes to the client, whatever it is.
pub(crate) struct Relayed {
    pub(crate) head: Parts,
    pub(crate) content: Content,
    /// Held until the last byte has gone out: the request is in flight until then.
    pub(crate) permit: Permit,
    pub(crate) price: Option<Price>,
    pub(crate) verdict: Verdict,
    /// From when the provider was asked to its first byte.
    pub(crate) first_byte: Duration,
    /// Puts the client's name of the model back, where the provider has another.
    pub(crate) model_back: Option<ModelBack>,
    /// Only this module can make one.
    _proof: (),
}

/// What has been read so far, and what is still to come.
pub(crate) enum Content {
    Whole(Bytes),
    Begun { first: Bytes, rest: Incoming },
}

/// A JSON answer up to this size is held until it is whole, so that one that breaks off can be asked for elsewhere.
const HOLD_BYTES_MAX: usize = 1 << 20;

pub(crate) async fn relay(
    gateway: &Gateway,
    journey: &mut Journey,
    decoded: &Decoded,
    routed: Routed,
) -> Result<Relayed, Failure> {
    journey.asks(routed.permit.provider(), routed.pool.clone());
    let attempt = attempt(gateway, decoded, &routed).await;
    let took = journey.heard();
    let Routed { permit, price, .. } = routed;
    match attempt {
        Ok((head, content, verdict)) => {
            let model_back = model_back(decoded, &permit, &head.headers);
            let relayed =
                Relayed { head, content, permit, price, verdict, first_byte: took, model_back, _proof: () };
            relayed.note();
            Ok(relayed)
        }
        Err(Refused { verdict, what, said }) => {
            permit.failed(&verdict, if said.is_empty() { &what } else { &said });
            let failure = Failure { provider: permit.provider().clone(), verdict, what };
            journey.failed(&failure, &permit.redact(&said), took);
            Err(failure)
        }
    }
}

impl Relayed {
    /// Tells the pool at once: the next request's decision should know.
    fn note(&self) {
        match self.verdict {
            Verdict::Ok => self.permit.succeeded(self.first_byte),
            verdict => self.permit.failed(&verdict, ""),
        }
    }
}

type Attempt = Result<(Parts, Content, Verdict), Refused>;

/// Why an attempt gave nothing.
struct Refused {
    verdict: Verdict,
    /// One sentence for the client.
    what: String,
    /// The provider's own words, for the log: they may hold what is no client's business.
    said: String,
}

impl Refused {
    fn new(verdict: Verdict, what: String) -> Self {
        Self { verdict, what, said: String::new() }
    }
}

async fn attempt(gateway: &Gateway, decoded: &Decoded, routed: &Routed) -> Attempt {
    let limit =
        if decoded.call.stream { gateway.pool.config().first_byte_timeout } else { gateway.options.total };
    let limit = limit.min(routed.time_left);
    let until = Instant::now() + limit;
    let permit = &routed.permit;
    let body = patchbay_wire::splice_model(&decoded.body, &decoded.call.model_span, permit.native_id());
    let path = format!("/{}{}", decoded.endpoint.name(), decoded.query);
    let sent = permit.send_within(limit, Method::POST, &path, headers(decoded, permit), body).await;
    let (head, body) = sent.map_err(|error| Refused::new(error.verdict(), error.to_string()))?.into_parts();
    let content = match head.status.is_success() && is_stream(&head.headers) {
        true => first_of(body, until).await,
        false => whole_of(body, until).await,
    };
    let content = content.map_err(|why| Refused::new(Verdict::Unreachable, why))?;
    let said = content.beginning();
    let verdict = taxonomy::judge(head.status, &head.headers, said, gateway.clock.wall());
    match verdict.fails_over() {
        true => Err(Refused { verdict, what: format!("it answered {}", head.status), said: beginning(said) }),
        false => Ok((head, content, verdict)),
    }
}

/// The client's own headers; an answer whose model is to be renamed must come in plain text.
fn headers(decoded: &Decoded, permit: &Permit) -> HeaderMap {
    let mut headers = decoded.headers.clone();
    if permit.native_id() != decoded.call.model {
        headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    }
    headers
}

fn model_back(decoded: &Decoded, permit: &Permit, headers: &HeaderMap) -> Option<ModelBack> {
    let renamed = permit.native_id() != decoded.call.model;
    let plain = headers.get(header::CONTENT_ENCODING).is_none_or(|encoding| encoding == "identity");
    (renamed && plain).then(|| ModelBack::new(permit.native_id(), &decoded.call.model))
}

pub(crate) fn is_stream(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    kind.is_some_and(|kind| kind.starts_with("text/event-stream"))
}

/// A stream's first bytes: once they go out, no other provider can take over.
async fn first_of(mut body: Incoming, until: Instant) -> Result<Content, String> {
    loop {
        match next(&mut body, until).await? {
            Some(first) if first.is_empty() => {}
            Some(first) => return Ok(Content::Begun { first, rest: body }),
            None => return Err("the stream ended before its first event".to_owned()),
        }
    }
}

/// The whole body, or its first megabyte.
async fn whole_of(mut body: Incoming, until: Instant) -> Result<Content, String> {
    let mut held = Gathered::default();
    while let Some(data) = next(&mut body, until).await? {
        held.push(data);
        if held.len() > HOLD_BYTES_MAX {
            return Ok(Content::Begun { first: held.into_bytes(), rest: body });
        }
    }
    Ok(Content::Whole(held.into_bytes()))
}

async fn next(body: &mut Incoming, until: Instant) -> Result<Option<Bytes>, String> {
    loop {
        match timeout_at(until, body.frame()).await {
            Err(_) => return Err("the answer did not come in time".to_owned()),
            Ok(None) => return Ok(None),
            Ok(Some(Err(_))) => return Err("the answer broke off".to_owned()),
            Ok(Some(Ok(frame))) => {
                if let Ok(data) = frame.into_data() {
                    return Ok(Some(data));
                }
            }
        }
    }
}

impl Content {
    fn beginning(&self) -> &[u8] {
        match self {
            Self::Whole(bytes) | Self::Begun { first: bytes, .. } => bytes,
        }
    }
}

/// The first characters of what a provider said.
fn beginning(said: &[u8]) -> String {
    const SHOWN: usize = 200;
    String::from_utf8_lossy(&said[..said.len().min(4 * SHOWN)]).trim().chars().take(SHOWN).collect()
}
