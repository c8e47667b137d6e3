//! A provider whose answers are fixed: what it costs to ask it is the same in every measurement.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Limited};
use hyper::body::{Body, Frame, Incoming, SizeHint};

use crate::listen;

/// The model that it serves.
pub(crate) const MODEL: &str = "bench-1";
/// Events of a stream that carry text.
const TEXT_EVENTS: usize = 20;
const REQUEST_BYTES_MAX: usize = 64 << 20;
/// A larger request does not ask for a stream: it is not looked through for that.
const STREAM_REQUEST_BYTES_MAX: usize = 1 << 16;

const COMPLETION: &str = r#"{"id":"chatcmpl-0000000000000000","object":"chat.completion","created":1700000000,"model":"bench-1","choices":[{"index":0,"message":{"role":"assistant","content":"A patch bay connects whatever is plugged in."},"finish_reason":"stop"}],"usage":{"prompt_tokens":42,"completion_tokens":10,"total_tokens":52}}"#;
const MODELS: &str =
    r#"{"object":"list","data":[{"id":"bench-1","object":"model","created":1700000000,"owned_by":"bench"}]}"#;
const TEXT_EVENT: &str = "data: {\"id\":\"chatcmpl-0000000000000000\",\"object\":\"chat.completion.chunk\",\"created\":1700000000,\"model\":\"bench-1\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\" patch\"},\"finish_reason\":null}]}\n\n";
const LAST_EVENTS: &str = "data: {\"id\":\"chatcmpl-0000000000000000\",\"object\":\"chat.completion.chunk\",\"created\":1700000000,\"model\":\"bench-1\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: {\"id\":\"chatcmpl-0000000000000000\",\"object\":\"chat.completion.chunk\",\"created\":1700000000,\"model\":\"bench-1\",\"choices\":[],\"usage\":{\"prompt_tokens\":42,\"completion_tokens\":20,\"total_tokens\":62}}\n\ndata: [DONE]\n\n";

/// An answer's body: `left` pieces are still to come.
pub(crate) struct Canned {
    pieces: Pieces,
    left: usize,
    /// Whether the next piece waits for one more turn, so that each leaves in a write of its own.
    waits: bool,
}

enum Pieces {
    Whole(&'static str),
    Events,
}

/// The role: answers until its parent goes.
pub(crate) async fn run() -> anyhow::Result<()> {
    listen::until_parent_goes(answer).await
}

/// A request for a completion of about so many bytes.
pub(crate) fn large_request(bytes: usize) -> Bytes {
    let text = "a".repeat(bytes);
    format!(r#"{{"model":"{MODEL}","messages":[{{"role":"user","content":"{text}"}}]}}"#).into()
}

pub(crate) async fn answer(request: Request<Incoming>) -> Result<Response<Canned>, Infallible> {
    if request.method() == Method::GET {
        return Ok(respond("application/json", Canned::whole(MODELS)));
    }
    let body = Limited::new(request.into_body(), REQUEST_BYTES_MAX).collect().await;
    Ok(match body.map(|body| asks_for_stream(&body.to_bytes())) {
        Ok(true) => respond("text/event-stream", Canned::events()),
        Ok(false) => respond("application/json", Canned::whole(COMPLETION)),
        Err(_) => {
            let mut refusal = respond("application/json", Canned::whole("{}"));
            *refusal.status_mut() = StatusCode::BAD_REQUEST;
            refusal
        }
    })
}

/// By the spelling of the bench's own client.
fn asks_for_stream(body: &[u8]) -> bool {
    const ASKED: &[u8] = br#""stream":true"#;
    body.len() <= STREAM_REQUEST_BYTES_MAX && body.windows(ASKED.len()).any(|window| window == ASKED)
}

fn respond(content_type: &'static str, body: Canned) -> Response<Canned> {
    let mut response = Response::new(body);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}

impl Canned {
    fn whole(text: &'static str) -> Self {
        Self { pieces: Pieces::Whole(text), left: 1, waits: false }
    }

    fn events() -> Self {
        Self { pieces: Pieces::Events, left: TEXT_EVENTS + 1, waits: false }
    }

    fn piece(&self) -> &'static str {
        match self.pieces {
            Pieces::Whole(text) => text,
            Pieces::Events if self.left > 1 => TEXT_EVENT,
            Pieces::Events => LAST_EVENTS,
        }
    }
}

impl Body for Canned {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if self.left == 0 {
            return Poll::Ready(None);
        }
        if std::mem::take(&mut self.waits) {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        let piece = Bytes::from_static(self.piece().as_bytes());
        self.left -= 1;
        self.waits = self.left > 0;
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        match self.pieces {
            Pieces::Whole(text) => SizeHint::with_exact((text.len() * self.left) as u64),
            Pieces::Events => SizeHint::default(),
        }
    }
}
