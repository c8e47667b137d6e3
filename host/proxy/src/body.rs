//! The body of a response: a whole one, or a provider's stream that is passed on as it comes. What passes is watched,
//! never held back: the gap between chunks going out is the gap between chunks coming in.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use patchbay_wire::{ApiError, ModelBack};
use tokio::sync::mpsc;
use tokio::time::{Instant, Sleep};

use crate::settle::Receipt;

pub(crate) enum AnswerBody {
    Whole(Option<Bytes>),
    Relay(Box<Relay>),
}

/// A provider's answer on its way to the client.
pub(crate) struct Relay {
    /// Read before the response began.
    first: Option<Bytes>,
    upstream: Incoming,
    /// Settled at the end; sent to the settling loop if the client goes away before.
    receipt: Option<Box<Receipt>>,
    late: mpsc::Sender<Box<Receipt>>,
    model_back: Option<ModelBack>,
    /// A stream of events can end with an error event; another body can only be cut off.
    events: bool,
    silence: Silence,
}

/// The longest gap that a provider may leave. One timer, moved only when it goes off.
struct Silence {
    limit: Duration,
    last: Instant,
    timer: Pin<Box<Sleep>>,
}

impl AnswerBody {
    pub(crate) fn whole(bytes: Bytes) -> Self {
        Self::Whole(Some(bytes).filter(|bytes| !bytes.is_empty()))
    }
}

impl Relay {
    pub(crate) fn new(
        first: Bytes,
        upstream: Incoming,
        receipt: Box<Receipt>,
        late: mpsc::Sender<Box<Receipt>>,
        model_back: Option<ModelBack>,
        silence: Duration,
    ) -> Self {
        let events = receipt.is_stream();
        let silence = Silence::of(silence);
        Self { first: Some(first), upstream, receipt: Some(receipt), late, model_back, events, silence }
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Option<io::Result<Bytes>>> {
        if let Some(first) = self.first.take() {
            let first = self.pass(first);
            if !first.is_empty() {
                return Poll::Ready(Some(Ok(first)));
            }
        }
        while self.receipt.is_some() {
            let frame = match Pin::new(&mut self.upstream).poll_frame(context) {
                Poll::Ready(frame) => frame,
                Poll::Pending => {
                    ready!(self.silence.poll(context));
                    return Poll::Ready(Some(self.break_off("the provider fell silent")));
                }
            };
            let Some(frame) = frame else { return Poll::Ready(self.end().map(Ok)) };
            let Ok(frame) = frame else {
                return Poll::Ready(Some(self.break_off("the provider's stream broke off")));
            };
            self.silence.heard();
            let data = frame.into_data().map(|data| self.pass(data)).unwrap_or_default();
            if !data.is_empty() {
                return Poll::Ready(Some(Ok(data)));
            }
        }
        Poll::Ready(None)
    }

    /// Watches a chunk, and puts the client's name of the model into it.
    fn pass(&mut self, data: Bytes) -> Bytes {
        if let Some(receipt) = &mut self.receipt {
            receipt.saw(&data);
        }
        match &mut self.model_back {
            Some(model_back) => model_back.push(&data),
            None => data,
        }
    }

    /// The provider is done: settles, and gives out what was held back.
    fn end(&mut self) -> Option<Bytes> {
        if let Some(receipt) = self.receipt.take() {
            receipt.complete();
        }
        self.model_back.take().map(|mut rest| rest.finish()).filter(|rest| !rest.is_empty())
    }

    /// The provider failed after its first byte went out: the client is told, in the stream's own way, and no other
    /// provider is tried.
    fn break_off(&mut self, why: &str) -> io::Result<Bytes> {
        // What the rewriter still holds is half a line: it goes nowhere.
        self.model_back = None;
        if let Some(receipt) = self.receipt.take() {
            receipt.broken(why);
        }
        if !self.events {
            return Err(io::Error::other(why.to_owned()));
        }
        Ok(ApiError::new("upstream_error", why).code("stream_interrupted").to_sse())
    }
}

impl Silence {
    fn of(limit: Duration) -> Self {
        let last = Instant::now();
        Self { limit, last, timer: Box::pin(tokio::time::sleep_until(last + limit)) }
    }

    fn heard(&mut self) {
        self.last = Instant::now();
    }

    /// Ready once nothing has been heard for the limit.
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<()> {
        loop {
            ready!(self.timer.as_mut().poll(context));
            let until = self.last + self.limit;
            if until <= Instant::now() {
                return Poll::Ready(());
            }
            self.timer.as_mut().reset(until);
        }
    }
}

impl Body for AnswerBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        match self.get_mut() {
            Self::Whole(bytes) => Poll::Ready(bytes.take().map(|bytes| Ok(Frame::data(bytes)))),
            Self::Relay(relay) => relay.poll(context).map(|chunk| chunk.map(|chunk| chunk.map(Frame::data))),
        }
    }

    fn is_end_stream(&self) -> bool {
        matches!(self, Self::Whole(None))
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(bytes) => SizeHint::with_exact(bytes.as_ref().map_or(0, Bytes::len) as u64),
            Self::Relay(_) => SizeHint::default(),
        }
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        if let Some(receipt) = self.receipt.take() {
            // The settling loop is behind by thousands, or has ended: then it is settled here.
            if let Err(unsent) = self.late.try_send(receipt) {
                unsent.into_inner().abandoned();
            }
        }
    }
}
