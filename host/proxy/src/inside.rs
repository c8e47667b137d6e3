//! The gateway's entrance for the host itself: the walk of a client's request, without a socket and without a key. The
//! answer comes whole, with what it cost. It must not know for whom the host asks, nor what is in the answer.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use patchbay_meter::Price;
use patchbay_pool::{Api, Candidate, Wanted};
use patchbay_types::{AgentName, NanoUsdPerMillion, Tokens};
use tokio::sync::oneshot;

use crate::flow;
use crate::gateway::{Gateway, Known};
use crate::receipt::Settled;
use crate::tab::Tab;

/// Calls of the host in one another: a call that leads to a call that leads to a call ends.
const DEPTH_MAX: u32 = 3;
/// Of an answer.
const ANSWER_BYTES_MAX: usize = 4 << 20;

tokio::task_local! {
    /// How many such calls this one stands in. All that a request leads to within the host is done in its task.
    static DEPTH: u32;
}

/// The entrance. It does not keep the gateway: whoever answers plugins is himself a part of what the gateway holds.
#[derive(Clone)]
pub struct Inside {
    gateway: Known,
}

/// An answer of any status.
#[derive(Clone, Debug)]
pub struct Completed {
    pub status: u16,
    pub body: Bytes,
    /// When to come again, if the answer says so.
    pub retry_after: Option<Duration>,
    /// None if no provider's answer came through: then nothing was paid.
    pub settled: Option<Settled>,
}

/// Why there is no answer.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum InsideError {
    #[error("the gateway is not open: the host starts or ends; ask again later")]
    Closed,
    #[error("calls of a model lead to calls of a model, more than {DEPTH_MAX} deep: break the circle")]
    TooDeep,
    #[error("the answer has more than {ANSWER_BYTES_MAX} bytes: ask for less")]
    TooLarge,
    #[error("the provider's answer broke off: ask again")]
    BrokenOff,
}

impl Gateway {
    /// The entrance for the host itself.
    #[must_use]
    pub fn inside(&self) -> Inside {
        Inside { gateway: self.downgrade() }
    }
}

impl Inside {
    /// What `POST /v1/chat/completions` with this body comes to, on the account of `agent` and on this tab: what is broken
    /// off is on it too, as soon as that is seen.
    ///
    /// # Errors
    /// There is no answer, not even one that says what is wrong.
    ///
    /// # Cancel safety
    /// Dropping it ends the attempt that runs. What was used until then is in the ledger.
    pub async fn complete(
        &self,
        agent: AgentName,
        body: Bytes,
        tab: Option<Arc<dyn Tab>>,
    ) -> Result<Completed, InsideError> {
        let gateway = self.gateway.upgrade().ok_or(InsideError::Closed)?;
        DEPTH.scope(deeper()?, complete(&gateway, agent, body, tab)).await
    }

    /// Whether each of a model's providers takes images: any of them may be asked. Not if nobody has the model.
    #[must_use]
    pub fn takes_images(&self, model: &str) -> bool {
        let candidates = self.candidates(model);
        !candidates.is_empty() && candidates.iter().all(|candidate| candidate.takes("image"))
    }

    /// The highest known prices of a model's providers; none where no provider has one.
    #[must_use]
    pub fn highest_price(&self, model: &str) -> Option<Price> {
        let candidates = self.candidates(model);
        let highest =
            |price: fn(&Candidate) -> Option<NanoUsdPerMillion>| candidates.iter().filter_map(price).max();
        let input = highest(|candidate| candidate.input_price);
        let output = highest(|candidate| candidate.output_price);
        (input.is_some() || output.is_some()).then(|| Price {
            input: input.unwrap_or_default(),
            output: output.unwrap_or_default(),
            ..Price::default()
        })
    }

    /// Who may be asked for a model; nobody once the gateway is closed.
    fn candidates(&self, model: &str) -> Vec<Candidate> {
        let wanted =
            Wanted { model, apis: &[Api::OpenaiCompletions, Api::OpenaiResponses], tokens: Tokens(0) };
        self.gateway.upgrade().map(|gateway| gateway.pool.candidates(wanted, &[])).unwrap_or_default()
    }
}

/// How deep the next call stands.
fn deeper() -> Result<u32, InsideError> {
    let depth = DEPTH.try_with(|depth| *depth).unwrap_or_default() + 1;
    if depth > DEPTH_MAX { Err(InsideError::TooDeep) } else { Ok(depth) }
}

async fn complete(
    gateway: &Gateway,
    agent: AgentName,
    body: Bytes,
    tab: Option<Arc<dyn Tab>>,
) -> Result<Completed, InsideError> {
    let (tell, told) = oneshot::channel();
    let (head, body) = flow::serve_inside(gateway, agent, body, (tell, tab)).await.into_parts();
    let body = Limited::new(body, ANSWER_BYTES_MAX).collect().await.map_err(broken)?.to_bytes();
    let seconds = head.headers.get(header::RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
    Ok(Completed {
        status: head.status.as_u16(),
        body,
        retry_after: seconds.map(Duration::from_secs),
        settled: told.await.ok(),
    })
}

fn broken(error: Box<dyn std::error::Error + Send + Sync>) -> InsideError {
    match error.is::<LengthLimitError>() {
        true => InsideError::TooLarge,
        false => InsideError::BrokenOff,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_circle_of_calls_ends() {
        assert_eq!(deeper(), Ok(1));
        assert_eq!(DEPTH.sync_scope(2, deeper), Ok(3));
        assert_eq!(DEPTH.sync_scope(3, deeper), Err(InsideError::TooDeep));
    }
}
