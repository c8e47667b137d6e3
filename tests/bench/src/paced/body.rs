//! The body of a paced stream.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use hyper::body::{Body, Frame};
use tokio::time::{Sleep, sleep};

use super::{Pacing, event};
use crate::monotonic::now;
use crate::statistics::Sum;

/// Each event is due a gap after the one before was due, however late that was.
pub(crate) struct Paced {
    pacing: Pacing,
    /// When its request arrived.
    arrived: u64,
    next: Pin<Box<Sleep>>,
    /// Events that are still to come, without the ending.
    left: u32,
    sum: Sum,
    ended: bool,
}

impl Paced {
    pub(super) fn new(pacing: Pacing, arrived: u64) -> Self {
        let next = Box::pin(sleep(Duration::from_millis(pacing.first_ms)));
        Self { pacing, arrived, next, left: pacing.events, sum: Sum::default(), ended: false }
    }

    fn event(&mut self) -> Bytes {
        let event = event::text(self.arrived, now());
        self.sum.add(event.as_bytes());
        self.left -= 1;
        let due = self.next.deadline() + Duration::from_millis(self.pacing.gap_ms);
        self.next.as_mut().reset(due);
        event.into()
    }
}

impl Body for Paced {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if self.ended {
            return Poll::Ready(None);
        }
        ready!(self.next.as_mut().poll(context));
        if self.left > 0 {
            return Poll::Ready(Some(Ok(Frame::data(self.event()))));
        }
        self.ended = true;
        Poll::Ready(Some(Ok(Frame::data(event::ending(&self.sum).into()))))
    }

    fn is_end_stream(&self) -> bool {
        self.ended
    }
}
