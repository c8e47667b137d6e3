//! A provider whose streams keep time: the first event and every gap come by a schedule, and each event says when it left.

mod body;
pub(crate) mod event;

use std::convert::Infallible;
use std::time::Duration;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Either, Full, Limited};
use hyper::body::Incoming;

use crate::listen;
use crate::monotonic::now;
use crate::upstream::{self, Canned};
use body::Paced;

const REQUEST_BYTES_MAX: usize = 1 << 16;
/// Events of a stream that carry times.
const EVENTS_MAX: u32 = 10_000;
/// What a request's `metadata` asks for its pacing by.
const NAME: &str = "pacing";

/// How a stream goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pacing {
    /// From the request to the first event.
    pub(crate) first_ms: u64,
    pub(crate) gap_ms: u64,
    pub(crate) events: u32,
}

type Answer = Response<Either<Canned, Either<Paced, Full<Bytes>>>>;

/// The role: answers until its parent goes.
pub(crate) async fn run() -> anyhow::Result<()> {
    listen::until_parent_goes(answer).await
}

pub(crate) async fn answer(request: Request<Incoming>) -> Result<Answer, Infallible> {
    let arrived = now();
    if request.method() == Method::GET {
        return Ok(upstream::answer(request).await?.map(Either::Left));
    }
    let body = Limited::new(request.into_body(), REQUEST_BYTES_MAX).collect().await;
    let pacing = body.ok().and_then(|body| Pacing::of(&body.to_bytes()));
    Ok(pacing.map_or_else(refuse, |pacing| stream(pacing, arrived)))
}

fn stream(pacing: Pacing, arrived: u64) -> Answer {
    let mut response = Response::new(Either::Right(Either::Left(Paced::new(pacing, arrived))));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    response
}

fn refuse() -> Answer {
    let body = Full::new(Bytes::from_static(b"{\"error\":{\"message\":\"metadata.pacing is missing\"}}"));
    let mut response = Response::new(Either::Right(Either::Right(body)));
    *response.status_mut() = StatusCode::BAD_REQUEST;
    response
}

impl Pacing {
    /// The body of a request for such a stream.
    pub(crate) fn request(self) -> Bytes {
        let Self { first_ms, gap_ms, events } = self;
        let body = serde_json::json!({
            "model": upstream::MODEL,
            "messages": [{ "role": "user", "content": "What does a patch bay do, and why would anybody need one?" }],
            "stream": true,
            "stream_options": { "include_usage": true },
            "metadata": { NAME: format!("{first_ms} {gap_ms} {events}") },
        });
        body.to_string().into()
    }

    /// From the request to the end, if nobody is late.
    pub(crate) fn length(self) -> Duration {
        Duration::from_millis(self.first_ms + self.gap_ms * u64::from(self.events))
    }

    /// From the body of a request.
    fn of(request: &[u8]) -> Option<Self> {
        let request: serde_json::Value = serde_json::from_slice(request).ok()?;
        let mut numbers = request["metadata"][NAME].as_str()?.split(' ');
        let mut next = || numbers.next()?.parse::<u64>().ok();
        let (first_ms, gap_ms) = (next()?, next()?);
        let events = u32::try_from(next()?).ok()?.min(EVENTS_MAX);
        Some(Self { first_ms, gap_ms, events })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_says_how_its_stream_goes() {
        let pacing = Pacing { first_ms: 1, gap_ms: 20, events: 300 };
        assert_eq!(Pacing::of(&pacing.request()), Some(pacing));
        assert_eq!(Pacing::of(b"{}"), None);
    }
}
