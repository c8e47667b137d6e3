//! One attempt: send, hold the answer until it is worth having, judge it. Until this returns nothing has gone to the
//! client, so that another provider can still be tried; afterwards never.

mod hold;

use std::time::Duration;

use bytes::Bytes;
use http::response::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use patchbay_meter::Price;
use patchbay_pool::{Answer, Permit, Verdict};
use patchbay_wire::{AnswerEdit, StreamError, Usage};
use tokio::time::Instant;

use crate::decide::Routed;
use crate::decode::Decoded;
use crate::gateway::Gateway;
use crate::journey::Journey;
use crate::judge::{Said, judge};
use crate::rescue::Failure;
use crate::stages::Stage;

pub(crate) use hold::is_stream;

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
    /// What it states, if it was read to see whether it is JSON.
    pub(crate) usage: Option<Option<Usage>>,
    /// Puts the client's name of the model back, and takes out what it did not ask for.
    pub(crate) edit: Option<AnswerEdit>,
    /// Only this module can make one.
    _proof: (),
}

/// What has been read so far, and what is still to come.
pub(crate) enum Content {
    Whole(Bytes),
    Begun { first: Bytes, rest: Answer },
}

pub(crate) async fn relay(
    gateway: &Gateway,
    journey: &mut Journey,
    decoded: &Decoded,
    routed: Routed,
) -> Result<Relayed, Failure> {
    journey.asks(&routed.permit, routed.price);
    let attempt = attempt(gateway, journey, decoded, &routed).await;
    let took = journey.heard(
        attempt.as_ref().map_or_else(|refused| &refused.verdict, |attempted| &attempted.verdict).as_str(),
    );
    let Routed { permit, price, .. } = routed;
    match attempt {
        Ok(Attempted { head, content, verdict, usage }) => {
            let edit = edit(decoded, &permit, &head.headers);
            let relayed =
                Relayed { head, content, permit, price, verdict, first_byte: took, usage, edit, _proof: () };
            relayed.note();
            journey.passed(Stage::Relay);
            Ok(relayed)
        }
        Err(Refused { verdict, what, said }) => {
            permit.failed(&verdict, if said.is_empty() { &what } else { &said });
            let back_in = permit.opens_in().unwrap_or_else(|| gateway.pool.config().cooldown_max);
            let failure = Failure { provider: permit.provider().clone(), verdict, what, back_in };
            journey.failed(&permit, &failure, &permit.redact(&said), took);
            journey.passed(Stage::Relay);
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

type Attempt = Result<Attempted, Refused>;

/// What an attempt gave.
struct Attempted {
    head: Parts,
    content: Content,
    verdict: Verdict,
    usage: Option<Option<Usage>>,
}

/// Why an attempt gave nothing.
struct Refused {
    verdict: Verdict,
    /// One sentence for the client.
    what: String,
    /// The provider's own words, for the log: they may hold what is no client's business.
    said: String,
}

impl Refused {
    fn new(verdict: Verdict, what: impl Into<String>) -> Self {
        Self { verdict, what: what.into(), said: String::new() }
    }
}

async fn attempt(gateway: &Gateway, journey: &mut Journey, decoded: &Decoded, routed: &Routed) -> Attempt {
    let (permit, ask) = (&routed.permit, &decoded.ask);
    let deadlines = permit.timeouts();
    let limit = if ask.stream() { deadlines.first_byte } else { deadlines.total };
    let limit = limit.min(routed.time_left);
    let until = Instant::now() + limit;
    let body = ask.body(&decoded.body, permit.native_id(), strips_usage(decoded, permit));
    let path = ["/", ask.path(), &decoded.query].concat();
    let headers = headers(journey, decoded, permit);
    let sent = permit.send_within(limit, decoded.method.clone(), &path, headers, body).await;
    let (head, body) = sent.map_err(|error| Refused::new(error.verdict(), error.to_string()))?.into_parts();
    let streams = head.status.is_success() && hold::is_stream(&head.headers);
    let held = match streams {
        true => hold::opening_of(body, &head.headers, ask.dialect(), until).await,
        false => hold::whole_of(body, until).await,
    };
    let held = held.map_err(|why| Refused::new(Verdict::Unreachable, why))?;
    if let Some(error) = held.error {
        return of_event(gateway, journey, permit, (head, held.content), &error).await;
    }
    let said = held.content.beginning();
    let verdict =
        judge(gateway, journey, permit, &Said { status: head.status, headers: &head.headers, body: said })
            .await;
    if verdict.fails_over() {
        return Err(Refused { verdict, what: format!("it answered {}", head.status), said: beginning(said) });
    }
    if verdict != Verdict::Ok || !ask.is_understood() || streams {
        return Ok(Attempted { head, content: held.content, verdict, usage: None });
    }
    let usage = hold::check(&head, &held.content);
    let usage =
        usage.map_err(|what| Refused { verdict: Verdict::ServerError, what, said: beginning(said) })?;
    Ok(Attempted { head, content: held.content, verdict, usage })
}

/// A stream whose first event is an error: as if the provider had answered so at once.
async fn of_event(
    gateway: &Gateway,
    journey: &Journey,
    permit: &Permit,
    (head, content): (Parts, Content),
    error: &StreamError,
) -> Attempt {
    let status = error.status.and_then(|status| StatusCode::from_u16(status).ok());
    let status = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let said = Said { status, headers: &head.headers, body: &error.json };
    match judge(gateway, journey, permit, &said).await {
        verdict if verdict.fails_over() => Err(Refused {
            verdict,
            what: format!("its stream began with an error ({status})"),
            said: beginning(&error.json),
        }),
        verdict => Ok(Attempted { head, content, verdict, usage: None }),
    }
}

/// Whether the usage is asked for in the client's name, and taken out of the answer again.
fn strips_usage(decoded: &Decoded, permit: &Permit) -> bool {
    decoded.ask.lacks_usage() && permit.asks_usage()
}

fn renames<'a>(decoded: &'a Decoded, permit: &'a Permit) -> Option<(&'a str, &'a str)> {
    let model = decoded.ask.model().filter(|model| *model != permit.native_id())?;
    (!permit.keeps_native_model()).then_some((permit.native_id(), model))
}

/// The client's own headers; an answer that is to be edited must come in plain text.
fn headers(journey: &mut Journey, decoded: &Decoded, permit: &Permit) -> HeaderMap {
    let mut headers = crate::headers::to_provider(&decoded.headers);
    if renames(decoded, permit).is_some() || strips_usage(decoded, permit) {
        headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    }
    if let Some(traced) = &mut journey.trace {
        crate::headers::put(&mut headers, HeaderName::from_static("traceparent"), &traced.open.attempt());
    }
    headers
}

fn edit(decoded: &Decoded, permit: &Permit, headers: &HeaderMap) -> Option<AnswerEdit> {
    let plain = headers.get(header::CONTENT_ENCODING).is_none_or(|encoding| encoding == "identity");
    let edit = AnswerEdit::new(renames(decoded, permit), strips_usage(decoded, permit));
    edit.filter(|_| plain)
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
