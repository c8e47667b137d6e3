//! The walk of a request, read from top to bottom. Each stage takes what only the stage before can make.

use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Response};
use hyper::body::Incoming;
use patchbay_types::AgentName;
use tokio::sync::oneshot;

use crate::admit::{Admitted, admit, admit_inside};
use crate::answer::answer;
use crate::body::AnswerBody;
use crate::decide::{Course, decide};
use crate::decode::decode;
use crate::gateway::Gateway;
use crate::journey::Journey;
use crate::receipt::Settled;
use crate::relay::{Relayed, relay};
use crate::rescue::{Refusal, rescue};
use crate::tab::Tab;
use crate::turn::others_first;

/// Serves one call of a model. Whatever goes wrong becomes a response here, and nowhere else.
pub(crate) async fn serve(gateway: &Gateway, request: Request<Incoming>) -> Response<AnswerBody> {
    let mut journey = Journey::begin(gateway);
    let admitted = admit(gateway, &mut journey, request);
    finish(gateway, journey, admitted).await
}

/// The same for the host's own call, which is told what it cost once it is settled.
pub(crate) async fn serve_inside(
    gateway: &Gateway,
    agent: AgentName,
    body: Bytes,
    (tell, tab): (oneshot::Sender<Settled>, Option<Arc<dyn Tab>>),
) -> Response<AnswerBody> {
    let mut journey = Journey::begin(gateway);
    (journey.tell, journey.tab) = (Some(tell), tab);
    let admitted = admit_inside(&mut journey, agent, body);
    finish(gateway, journey, Ok(admitted)).await
}

async fn finish(
    gateway: &Gateway,
    mut journey: Box<Journey>,
    admitted: Result<Admitted, Refusal>,
) -> Response<AnswerBody> {
    match walk(gateway, &mut journey, admitted).await {
        Ok(relayed) => {
            let answer = answer(journey, relayed);
            others_first().await;
            answer
        }
        Err(refusal) => rescue(journey, &refusal),
    }
}

async fn walk(
    gateway: &Gateway,
    journey: &mut Journey,
    admitted: Result<Admitted, Refusal>,
) -> Result<Relayed, Refusal> {
    let decoded = decode(gateway, journey, admitted?).await?;
    others_first().await;
    let mut course = Course::begin(gateway, &decoded, journey);
    loop {
        let routed = decide(gateway, journey, &mut course).await?;
        others_first().await;
        match relay(gateway, journey, &decoded, routed).await {
            Ok(relayed) => return Ok(relayed),
            Err(failed) => course.goes_on(gateway, journey, failed)?,
        }
    }
}
