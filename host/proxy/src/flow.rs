//! The walk of a request, read from top to bottom. Each stage takes what only the stage before can make.

use http::{Request, Response};
use hyper::body::Incoming;

use crate::admit::admit;
use crate::body::AnswerBody;
use crate::decide::{Course, decide};
use crate::decode::decode;
use crate::gateway::Gateway;
use crate::relay::{Relayed, relay};
use crate::rescue::{Refusal, rescue};
use crate::settle::{Journey, answer};

/// Serves one call of a model. Whatever goes wrong becomes a response here, and nowhere else.
pub(crate) async fn serve(gateway: &Gateway, request: Request<Incoming>) -> Response<AnswerBody> {
    let mut journey = Journey::begin(gateway);
    match walk(gateway, &mut journey, request).await {
        Ok(relayed) => answer(journey, relayed),
        Err(refusal) => rescue(journey, &refusal),
    }
}

async fn walk(
    gateway: &Gateway,
    journey: &mut Journey,
    request: Request<Incoming>,
) -> Result<Relayed, Refusal> {
    let admitted = admit(gateway, journey, request)?;
    let decoded = decode(gateway, journey, admitted).await?;
    let mut course = Course::begin(gateway, &decoded, journey);
    loop {
        let routed = decide(gateway, journey, &decoded, &mut course).await?;
        match relay(gateway, journey, &decoded, routed).await {
            Ok(relayed) => return Ok(relayed),
            Err(failed) => course.goes_on(gateway, failed)?,
        }
    }
}
