//! Reads a body: how much, how long and how slowly it may come. It must not know what is in it.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http_body::Body;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use tokio::time::{Instant, timeout_at};

use crate::gateway::GatewayOptions;
use crate::rescue::Refusal;

/// Before a body's rate is looked at.
const GRACE: Duration = Duration::from_secs(5);

/// The whole body. One that says that it is too large is refused before a byte of it is read.
pub(super) async fn whole(mut body: Incoming, options: &GatewayOptions) -> Result<Bytes, Refusal> {
    let limit = options.body_bytes_max;
    if body.size_hint().lower() > limit as u64 {
        return Err(Refusal::BodyTooLarge { limit });
    }
    let began = Instant::now();
    let mut whole = Gathered::default();
    loop {
        let until = began + allowed(whole.len(), options);
        let frame = timeout_at(until, body.frame()).await.map_err(|_| late(began, options))?;
        let Some(frame) = frame else { return Ok(whole.into_bytes()) };
        let Ok(data) = frame.map_err(|_| Refusal::BodyBroken)?.into_data() else { continue };
        if whole.len() + data.len() > limit {
            return Err(Refusal::BodyTooLarge { limit });
        }
        whole.push(data);
    }
}

pub(super) fn within(body: Bytes, limit: usize) -> Result<Bytes, Refusal> {
    if body.len() > limit { Err(Refusal::BodyTooLarge { limit }) } else { Ok(body) }
}

/// How long a body may take of which so much is there: it must not come slower than the lowest rate.
fn allowed(bytes: usize, options: &GatewayOptions) -> Duration {
    let rate = options.body_rate_min.max(1);
    (GRACE + Duration::from_secs(bytes as u64 / rate)).min(options.body_timeout)
}

fn late(began: Instant, options: &GatewayOptions) -> Refusal {
    match began.elapsed() >= options.body_timeout {
        true => Refusal::BodyTimeout(options.body_timeout),
        false => Refusal::BodySlow { rate: options.body_rate_min },
    }
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
