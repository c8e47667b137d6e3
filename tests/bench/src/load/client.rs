//! One client: its connection, and what it sends.

use std::sync::Arc;

use bytes::Bytes;
use http::{Response, StatusCode};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use tokio::time::Instant;

use super::tally::{Exchange, Tally};
use super::{Order, Window};

/// After so many errors a client gives up.
const ERRORS_MAX: u64 = 100;
/// What of a bad answer is kept, in bytes.
const COMPLAINT_BYTES_MAX: usize = 300;

pub(crate) const WHOLE: &[u8] = br#"{"model":"bench-1","messages":[{"role":"system","content":"You are an assistant who answers in one sentence."},{"role":"user","content":"What does a patch bay do, and why would anybody need one for agents?"}],"temperature":0.7,"max_tokens":64}"#;
const STREAM: &[u8] = br#"{"model":"bench-1","messages":[{"role":"system","content":"You are an assistant who answers in one sentence."},{"role":"user","content":"What does a patch bay do, and why would anybody need one?"}],"temperature":0.7,"stream":true,"stream_options":{"include_usage":true}}"#;

/// Sends until the window is over; a connection that breaks is an error and is opened again.
pub(super) async fn run(order: Arc<Order>, window: Window, latencies_max: usize) -> Tally {
    let mut tally = Tally::new(latencies_max);
    while !window.over() && tally.errors < ERRORS_MAX {
        if let Err(error) = converse(&order, window, &mut tally).await {
            tally.complain(format!("{error:#}"));
        }
    }
    tally
}

/// Over one connection, until the window is over.
async fn converse(order: &Order, window: Window, tally: &mut Tally) -> anyhow::Result<()> {
    let body = if order.stream { STREAM } else { WHOLE };
    let request = order.recipient.request(Bytes::from_static(body))?;
    let (mut sender, _connection) = order.recipient.connect().await?;
    while !window.over() && tally.errors < ERRORS_MAX {
        sender.ready().await?;
        let begun = Instant::now();
        let response = sender.send_request(request.clone()).await?;
        tally.generation(response.headers());
        match read(response, begun).await? {
            Ok(exchange) => tally.count(exchange, window.has(begun)),
            Err(complaint) => tally.complain(complaint),
        }
    }
    Ok(())
}

/// The inner error is a bad answer over a sound connection.
pub(super) async fn read(
    response: Response<Incoming>,
    begun: Instant,
) -> hyper::Result<Result<Exchange, String>> {
    let status = response.status();
    let mut body = response.into_body();
    let (mut first, mut kept) = (None, Vec::new());
    while let Some(frame) = body.frame().await {
        let frame = frame?;
        first.get_or_insert_with(|| begun.elapsed());
        if let (Some(data), false) = (frame.data_ref(), status == StatusCode::OK) {
            kept.extend(data.iter().take(COMPLAINT_BYTES_MAX - kept.len()));
        }
    }
    Ok(match first {
        Some(first) if status == StatusCode::OK => Ok(Exchange { first, whole: begun.elapsed() }),
        _ => Err(format!("{status}: {}", String::from_utf8_lossy(&kept))),
    })
}

impl Window {
    fn over(self) -> bool {
        Instant::now() >= self.end
    }

    fn has(self, begun: Instant) -> bool {
        begun >= self.start && !self.over()
    }
}
