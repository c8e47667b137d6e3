//! What is asked: the body, whole and within its limits, and the few fields that routing needs. The bytes are kept, so
//! that every attempt sends the same. What it will probably use is set aside here.

mod read;

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, Method, header};
use patchbay_meter::{Price, Priced};
use patchbay_pool::{Candidate, Wanted};
use patchbay_types::{NanoUsd, Tokens};

use crate::admit::{Admitted, Sent};
use crate::ask::Ask;
use crate::gateway::Gateway;
use crate::headers;
use crate::journey::Journey;
use crate::keyring::KeyEntry;
use crate::rescue::Refusal;
use crate::stages::Stage;
use crate::turn::others_first;

pub(crate) use read::Gathered;

/// A call that somebody serves, of a key that may make it.
pub(crate) struct Decoded {
    pub(crate) ask: Ask,
    pub(crate) method: Method,
    /// The client's; see [`headers::to_provider`].
    pub(crate) headers: HeaderMap,
    /// With its question mark, or empty.
    pub(crate) query: String,
    pub(crate) body: Bytes,
    /// What it will probably use, prompt and completion.
    pub(crate) tokens: Tokens,
    /// A provider that the client asks for by name, where no model says who serves it.
    pub(crate) provider: Option<String>,
    /// Only this module can make one.
    _proof: (),
}

pub(crate) async fn decode(
    gateway: &Gateway,
    journey: &mut Journey,
    admitted: Admitted,
) -> Result<Decoded, Refusal> {
    let Admitted { door, head, body, .. } = admitted;
    journey.reads(&door);
    if head.headers.get(header::CONTENT_ENCODING).is_some_and(|encoding| encoding != "identity") {
        return Err(Refusal::EncodedBody);
    }
    let began = journey.timed();
    let body = match body {
        Sent::Coming(body) => read::whole(body, &journey.options).await?,
        Sent::Here(body) => read::within(body, journey.options.body_bytes_max)?,
    };
    journey.waited_for_client(gateway.clock.monotonic().since(began));
    others_first().await;
    let content_type = head.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let ask = Ask::read(door, content_type, &body)?;
    journey.called(&ask, body.len());
    may(journey.key(), &ask, &head.method)?;
    serves(gateway, &ask)?;
    let (prompt, completion) = ask.estimate(body.len());
    let tokens = prompt + completion;
    if let Some(key) = journey.key().filter(|key| key.account.is_limited()) {
        let cost = cost(gateway, key, &ask, (prompt, completion));
        journey.reserve(tokens, cost)?;
    }
    let query = head.uri.query().map_or_else(String::new, |query| format!("?{query}"));
    let provider = named(&ask, &head.headers);
    journey.passed(Stage::Decode);
    Ok(Decoded { ask, method: head.method, headers: head.headers, query, body, tokens, provider, _proof: () })
}

/// Whether the key may ask for this model. Where none can be told, a key that is bound to models, or that counts money,
/// may only look and bring files: nobody could say what the rest costs.
fn may(key: Option<&KeyEntry>, ask: &Ask, method: &Method) -> Result<(), Refusal> {
    let Some(key) = key else { return Ok(()) };
    match ask.model() {
        Some(model) if key.allows(model) => Ok(()),
        Some(model) => {
            Err(Refusal::ModelBarred { model: model.to_owned(), allowed: Arc::clone(&key.models) })
        }
        None if matches!(*method, Method::GET | Method::HEAD) => Ok(()),
        None if key.is_bound_to_models() => Err(Refusal::NoModelToTell { allowed: Arc::clone(&key.models) }),
        None if counts_money(key) && !ask.only_brings_files() && *method != Method::DELETE => {
            Err(Refusal::NoPriceToTell)
        }
        None => Ok(()),
    }
}

fn counts_money(key: &KeyEntry) -> bool {
    let limits = key.account.limits();
    limits.usd_per_day.is_some() || limits.usd_per_month.is_some()
}

fn serves(gateway: &Gateway, ask: &Ask) -> Result<(), Refusal> {
    let Some(model) = ask.model() else { return Ok(()) };
    if gateway.pool.speaks(model, ask.apis()) {
        return Ok(());
    }
    Err(match gateway.pool.serves(model) {
        true => Refusal::NotSpoken { model: model.to_owned(), path: ask.path().to_owned() },
        false => Refusal::UnknownModel { model: model.to_owned(), known: gateway.pool.models() },
    })
}

/// What it will cost at most, at the highest price that is asked for the model; nothing where no money is counted.
fn cost(gateway: &Gateway, key: &KeyEntry, ask: &Ask, (prompt, completion): (Tokens, Tokens)) -> NanoUsd {
    let Some(model) = ask.model().filter(|_| counts_money(key)) else { return NanoUsd(0) };
    let wanted = Wanted { model, apis: ask.apis(), tokens: Tokens(0) };
    let candidates = gateway.pool.candidates(wanted, &[]);
    let price = |of: fn(&Candidate) -> Option<patchbay_types::NanoUsdPerMillion>| {
        candidates.iter().filter_map(of).max().unwrap_or_default()
    };
    let price = Price {
        input: price(|candidate| candidate.input_price),
        output: price(|candidate| candidate.output_price),
        ..Price::default()
    };
    price.cost(&Priced { prompt, completion, ..Priced::default() })
}

fn named(ask: &Ask, headers: &HeaderMap) -> Option<String> {
    let header = headers.get(headers::PROVIDER).filter(|_| ask.model().is_none())?;
    header.to_str().ok().map(str::to_owned)
}
