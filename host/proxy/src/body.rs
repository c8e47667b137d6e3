//! The body of a response: a whole one, or a provider's stream that is passed on as it comes. What passes is watched,
//! never held back: the gap between chunks going out is the gap between chunks coming in.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use patchbay_pool::Answer;
use patchbay_wire::{AnswerEdit, ApiError, StreamTee};
use tokio::sync::mpsc;
use tokio::time::{Instant, Sleep};

use crate::receipt::Receipt;

pub(crate) enum AnswerBody {
    Whole(Option<Bytes>),
    Relay(Box<Relay>),
}

/// A provider's answer on its way to the client.
pub(crate) struct Relay {
    /// Read before the response began.
    first: Option<Bytes>,
    upstream: Answer,
    /// Settled at the end; sent to the settling loop if the client goes away before.
    receipt: Option<Box<Receipt>>,
    late: mpsc::Sender<Box<Receipt>>,
    edit: Option<AnswerEdit>,
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
        upstream: Answer,
        receipt: Box<Receipt>,
        late: mpsc::Sender<Box<Receipt>>,
        edit: Option<AnswerEdit>,
        silence: Duration,
    ) -> Self {
        let silence = Silence::of(silence);
        Self { first: Some(first), upstream, receipt: Some(receipt), late, edit, silence }
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
                    return Poll::Ready(self.stopped("the provider fell silent"));
                }
            };
            let Some(frame) = frame else { return Poll::Ready(self.end()) };
            let Ok(frame) = frame else {
                return Poll::Ready(self.stopped("the provider's stream broke off"));
            };
            self.silence.heard();
            let data = frame.into_data().map(|data| self.pass(data)).unwrap_or_default();
            if !data.is_empty() {
                return Poll::Ready(Some(Ok(data)));
            }
        }
        Poll::Ready(None)
    }

    /// Watches a chunk as it came, and makes of it what the client is to get.
    fn pass(&mut self, data: Bytes) -> Bytes {
        if let Some(receipt) = &mut self.receipt {
            receipt.saw(&data);
        }
        match &mut self.edit {
            Some(edit) => edit.push(&data),
            None => data,
        }
    }

    /// The provider is done: settles, and gives out what was held back.
    fn end(&mut self) -> Option<io::Result<Bytes>> {
        self.receipt.iter_mut().for_each(|receipt| receipt.seen_all());
        if self.receipt.as_ref().is_some_and(|receipt| is_cut(receipt)) {
            return self.break_off("the provider's stream ended before it was complete");
        }
        if let Some(receipt) = self.receipt.take() {
            receipt.complete();
        }
        self.edit.take().map(|mut rest| rest.finish()).filter(|rest| !rest.is_empty()).map(Ok)
    }

    /// Nothing more comes. If the stream had said that it was complete, nothing is missing.
    fn stopped(&mut self, why: &'static str) -> Option<io::Result<Bytes>> {
        let finished = |tee: &StreamTee| tee.is_finished() && tee.is_between_events();
        match self.receipt.as_ref().and_then(|receipt| receipt.stream()).is_some_and(finished) {
            true => self.end(),
            false => self.break_off(why),
        }
    }

    /// The provider failed after its first byte went out: the client is told, in the stream's own way, and no other
    /// provider is tried. A body that is no stream of events can only be cut off. None: it has been told already.
    fn break_off(&mut self, why: &'static str) -> Option<io::Result<Bytes>> {
        // What the editor still holds is half a line: it goes nowhere.
        let holds = self.edit.take().is_some();
        let receipt = self.receipt.take()?;
        let dialect = receipt.call().dialect;
        let events = receipt.stream().map(|tee| (tee.is_between_events() && !holds, tee.error().is_some()));
        receipt.broken(why);
        match events {
            None => Some(Err(io::Error::other(why))),
            // The provider has said so itself: one error is enough.
            Some((_, true)) => None,
            Some((between, false)) => {
                let error = ApiError::new("upstream_error", why).code("stream_interrupted");
                Some(Ok(error.to_sse_for(dialect, between)))
            }
        }
    }
}

/// Whether a stream of a known kind has ended without saying so. One that cannot be read is taken at its word.
fn is_cut(receipt: &Receipt) -> bool {
    let ended = |tee: &StreamTee| {
        tee.error().is_some() || !tee.is_readable() || tee.is_finished() && tee.ended_whole()
    };
    receipt.call().understood && receipt.stream().is_some_and(|tee| !ended(tee))
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
