//! What is asked: the body, whole and within its limit, and the few fields that routing needs. The bytes are kept, so
//! that every attempt sends the same.

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, header};
use http_body::Body;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use patchbay_wire::{CallHead, Endpoint};

use crate::admit::{Admitted, Sent};
use crate::gateway::Gateway;
use crate::headers;
use crate::rescue::Refusal;
use crate::settle::Journey;

/// A call whose model is served by somebody.
pub(crate) struct Decoded {
    pub(crate) endpoint: Endpoint,
    /// What goes to the provider: the client's headers without what is between the client and us.
    pub(crate) headers: HeaderMap,
    /// With its question mark, or empty.
    pub(crate) query: String,
    pub(crate) call: CallHead,
    pub(crate) body: Bytes,
    /// Only this module can make one.
    _proof: (),
}

pub(crate) async fn decode(
    gateway: &Gateway,
    journey: &mut Journey,
    admitted: Admitted,
) -> Result<Decoded, Refusal> {
    let Admitted { endpoint, head, body, .. } = admitted;
    let options = gateway.options();
    if head.headers.get(header::CONTENT_ENCODING).is_some_and(|encoding| encoding != "identity") {
        return Err(Refusal::EncodedBody);
    }
    let body = match body {
        Sent::Coming(body) => tokio::time::timeout(options.body_timeout, whole(body, options.body_bytes_max))
            .await
            .map_err(|_| Refusal::BodyTimeout(options.body_timeout))??,
        Sent::Here(body) => within(body, options.body_bytes_max)?,
    };
    let call = CallHead::read(&body)?;
    journey.called(endpoint, &call.model, call.stream, body.len());
    if !gateway.pool.serves(&call.model) {
        return Err(Refusal::UnknownModel { model: call.model, known: gateway.pool.models() });
    }
    let query = head.uri.query().map_or_else(String::new, |query| format!("?{query}"));
    Ok(Decoded { endpoint, headers: headers::to_provider(head.headers), query, call, body, _proof: () })
}

/// The whole body. One that says that it is too large is refused before a byte of it is read.
async fn whole(mut body: Incoming, limit: usize) -> Result<Bytes, Refusal> {
    let announced = body.size_hint().lower();
    if announced > limit as u64 {
        return Err(Refusal::BodyTooLarge { limit });
    }
    let mut whole = Gathered::default();
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(|_| Refusal::BodyBroken)?.into_data() else { continue };
        if whole.len() + data.len() > limit {
            return Err(Refusal::BodyTooLarge { limit });
        }
        whole.push(data);
    }
    Ok(whole.into_bytes())
}

fn within(body: Bytes, limit: usize) -> Result<Bytes, Refusal> {
    if body.len() > limit { Err(Refusal::BodyTooLarge { limit }) } else { Ok(body) }
}

/// Chunks of a body. The first is kept as it is: most bodies have no second one, and are not copied.
#[derive(Default)]
pub(crate) struct Gathered {
    first: Bytes,
    rest: BytesMut,
}

impl Gathered {
    pub(crate) fn len(&self) -> usize {
        self.first.len() + self.rest.len()
    }

    pub(crate) fn push(&mut self, data: Bytes) {
        match self.first.is_empty() {
            true => self.first = data,
            false => self.rest.extend_from_slice(&data),
        }
    }

    pub(crate) fn into_bytes(self) -> Bytes {
        if self.rest.is_empty() {
            return self.first;
        }
        let mut whole = BytesMut::with_capacity(self.first.len() + self.rest.len());
        whole.extend_from_slice(&self.first);
        whole.extend_from_slice(&self.rest);
        whole.freeze()
    }
}
