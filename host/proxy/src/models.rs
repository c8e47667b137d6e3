//! `GET /v1/models`: what all providers together serve, in OpenAI's shape, answered from here.

use http::{Method, Request, Response, StatusCode};
use hyper::body::Incoming;
use patchbay_wire::{ModelCard, ModelList};

use crate::admit::agent;
use crate::body::AnswerBody;
use crate::gateway::Gateway;
use crate::rescue::{Refusal, json, plain};

pub(crate) const PATH: &str = "/v1/models";

pub(crate) fn serve(gateway: &Gateway, request: &Request<Incoming>) -> Response<AnswerBody> {
    look_up(gateway, request).unwrap_or_else(|refusal| plain(&refusal))
}

fn look_up(gateway: &Gateway, request: &Request<Incoming>) -> Result<Response<AnswerBody>, Refusal> {
    agent(gateway, request.headers())?;
    if request.method() != Method::GET {
        return Err(Refusal::Method { found: request.method().clone(), expected: Method::GET });
    }
    let known = gateway.pool.models();
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
