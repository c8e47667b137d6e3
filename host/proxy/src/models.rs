//! `GET /v1/models`: what all providers together serve and the key may use, in OpenAI's shape, answered from here.

use http::{Method, Request, Response, StatusCode};
use hyper::body::Incoming;
use patchbay_quota::Now;
use patchbay_wire::{ModelCard, ModelList};

use crate::admit::holder;
use crate::body::AnswerBody;
use crate::gateway::Gateway;
use crate::rescue::{Refusal, json, plain};

pub(crate) const PATH: &str = "/v1/models";

pub(crate) fn serve(gateway: &Gateway, request: &Request<Incoming>) -> Response<AnswerBody> {
    look_up(gateway, request).unwrap_or_else(|refusal| plain(&refusal))
}

fn look_up(gateway: &Gateway, request: &Request<Incoming>) -> Result<Response<AnswerBody>, Refusal> {
    let key = holder(gateway, request.headers())?;
    let now = Now { monotonic: gateway.clock.monotonic(), wall: gateway.clock.wall() };
    let _stay = key.account.enter(now)?;
    if request.method() != Method::GET {
        return Err(Refusal::Method { found: request.method().clone(), expected: Method::GET });
    }
    let mut known = gateway.pool.models();
    known.retain(|model| key.allows(model));
    let body = match request.uri().path().strip_prefix(PATH).and_then(|rest| rest.strip_prefix('/')) {
        None => ModelList { data: known.into_iter().map(card).collect() }.to_json(),
        Some(model) if known.iter().any(|name| name == model) => card(model.to_owned()).to_json(),
        Some(model) => return Err(Refusal::UnknownModel { model: model.to_owned(), known }),
    };
    Ok(json(StatusCode::OK, body))
}

fn card(id: String) -> ModelCard {
    ModelCard { id, created: 0, owned_by: "patchbay".to_owned() }
}
