//! Holds an answer back until it is known to be worth sending: a stream until its first real output, another one until
//! it is whole. It must not know who asked.

use bytes::Bytes;
use http::response::Parts;
use http::{HeaderMap, header};
use http_body_util::BodyExt;
use patchbay_pool::Answer;
use patchbay_wire::{Dialect, Opened, Opening, StreamError, Usage, WholeAnswer};
use tokio::time::{Instant, timeout_at};

use super::Content;
use crate::decode::Gathered;

/// A JSON answer up to this size is held until it is whole, so that one that breaks off can be asked for elsewhere.
const WHOLE_BYTES_MAX: usize = 1 << 20;
/// Of a stream that brings no output: beyond this it is passed on as it is.
const OPENING_BYTES_MAX: usize = 64 * 1024;

/// What was held.
pub(super) struct Held {
    pub(super) content: Content,
    /// The first thing that the stream said is that it failed.
    pub(super) error: Option<StreamError>,
}

pub(crate) fn is_stream(headers: &HeaderMap) -> bool {
    kind(headers).is_some_and(|kind| kind.starts_with("text/event-stream"))
}

fn kind(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::CONTENT_TYPE)?.to_str().ok()
}

/// A stream up to its first output: once that goes out, no other provider can take over.
pub(super) async fn opening_of(
    mut body: Answer,
    headers: &HeaderMap,
    dialect: Dialect,
    until: Instant,
) -> Result<Held, String> {
    let encoding = headers.get(header::CONTENT_ENCODING).and_then(|value| value.to_str().ok());
    let mut opening = Opening::new(dialect, encoding);
    let mut held = Gathered::default();
    while let Some(data) = next(&mut body, until).await? {
        let opened = opening.push(&data);
        held.push(data);
        let error = match opened {
            Opened::NotYet if held.len() <= OPENING_BYTES_MAX => continue,
            Opened::NotYet | Opened::Output => None,
            Opened::Error(error) => Some(error),
        };
        return Ok(Held { content: Content::Begun { first: held.into_bytes(), rest: body }, error });
    }
    // A last line without an end counts too.
    let error = match opening.finish() {
        Opened::NotYet => return Err("its stream ended before it had brought anything".to_owned()),
        Opened::Output => None,
        Opened::Error(error) => Some(error),
    };
    Ok(Held { content: Content::Begun { first: held.into_bytes(), rest: body }, error })
}

/// The whole body, or its first megabyte.
pub(super) async fn whole_of(mut body: Answer, until: Instant) -> Result<Held, String> {
    let mut held = Gathered::default();
    while let Some(data) = next(&mut body, until).await? {
        held.push(data);
        if held.len() > WHOLE_BYTES_MAX {
            let content = Content::Begun { first: held.into_bytes(), rest: body };
            return Ok(Held { content, error: None });
        }
    }
    Ok(Held { content: Content::Whole(held.into_bytes()), error: None })
}

/// A good answer to a call is JSON: one that says that it is a web page, or that cannot be read, is none. With the usage
/// that it states, if it was read.
pub(super) fn check(head: &Parts, content: &Content) -> Result<Option<Option<Usage>>, String> {
    let Content::Whole(body) = content else { return Ok(None) };
    if let Some(page) = kind(&head.headers).filter(|kind| kind.starts_with("text/html")) {
        return Err(format!("it answered with a web page ({page}): is its base url right?"));
    }
    let encoding = head.headers.get(header::CONTENT_ENCODING).and_then(|value| value.to_str().ok());
    match WholeAnswer::read(encoding, body) {
        WholeAnswer::NotJson => Err("its answer is no valid JSON".to_owned()),
        WholeAnswer::Json(usage) => Ok(Some(usage)),
        WholeAnswer::Unknown => Ok(None),
    }
}

async fn next(body: &mut Answer, until: Instant) -> Result<Option<Bytes>, String> {
    loop {
        match timeout_at(until, body.frame()).await {
            Err(_) => return Err("its answer did not come in time".to_owned()),
            Ok(None) => return Ok(None),
            Ok(Some(Err(_))) => return Err("its answer broke off".to_owned()),
            Ok(Some(Ok(frame))) => {
                if let Ok(data) = frame.into_data() {
                    return Ok(Some(data));
                }
            }
        }
    }
}
