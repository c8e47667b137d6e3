//! The handle that requests hold: begins traces, takes finished spans, says how it goes. It must not know how spans are
//! sent, and never waits.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{Notify, mpsc};

use crate::context::{Caller, Context, SpanId, TraceId};
use crate::exporter::Exporter;
use crate::options::{TelemetryError, TelemetryOptions};
use crate::span::{Bounded, Span};

/// A clone is the same.
#[derive(Clone)]
pub struct Telemetry {
    handle: Arc<Handle>,
}

struct Handle {
    /// Read by the exporter; closed when it stops.
    queue: mpsc::Sender<Bounded>,
    /// Spans that are worth an exchange at once.
    batch_max: usize,
    sample: f64,
    tally: Arc<Tally>,
}

/// What the handle and the exporter tell each other beside the queue.
#[derive(Default)]
pub(crate) struct Tally {
    sent: AtomicU64,
    dropped: AtomicU64,
    failed: AtomicU64,
    last_error: Mutex<Option<String>>,
    /// A whole batch waits. One wake-up a batch, not one a span, which would cost each request a system call.
    pub(crate) batch_waits: Notify,
}

/// Counts of spans since the start.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct TelemetryStatus {
    /// The collector has them.
    pub sent: u64,
    /// Never tried: there was no room, or the exporter had stopped.
    pub dropped: u64,
    /// Tried, and refused or not answered. It is possible that the collector has some of them.
    pub failed: u64,
    /// Why the newest batch did not arrive whole; none once one does again.
    pub last_error: Option<String>,
}

impl Telemetry {
    /// The handle, and the task behind it, which sends nothing until it [runs](Exporter::run).
    ///
    /// # Errors
    /// If something of the options cannot be used. The collector is not asked.
    pub fn new(options: TelemetryOptions) -> Result<(Self, Exporter), TelemetryError> {
        options.check()?;
        let (queue, waiting) = mpsc::channel(options.queue_max);
        let tally = Arc::<Tally>::default();
        let exporter = Exporter::new(&options, waiting, Arc::clone(&tally))?;
        let handle = Handle { queue, batch_max: options.batch_max, sample: options.sample, tally };
        Ok((Self { handle: Arc::new(handle) }, exporter))
    }

    /// A place in the caller's trace with the caller's decision, or, where the header is missing or malformed, in a
    /// new trace. Of several `traceparent` headers none is valid: give none.
    #[must_use]
    pub fn begin(&self, traceparent: Option<&str>) -> Context {
        match traceparent.and_then(Caller::read) {
            Some(caller) => Context::below(caller),
            None => self.new_trace(),
        }
    }

    /// Hands a span over. Make none for a context that is not sampled: it would be sent like any other.
    pub fn send(&self, span: Span) {
        let Handle { queue, batch_max, tally, .. } = &*self.handle;
        match queue.try_send(Bounded::from(span)) {
            Ok(()) if queue.max_capacity() - queue.capacity() >= *batch_max => tally.batch_waits.notify_one(),
            Ok(()) => {}
            Err(_) => tally.dropped(1),
        }
    }

    #[must_use]
    pub fn status(&self) -> TelemetryStatus {
        let tally = &self.handle.tally;
        TelemetryStatus {
            sent: tally.sent.load(Ordering::Relaxed),
            dropped: tally.dropped.load(Ordering::Relaxed),
            failed: tally.failed.load(Ordering::Relaxed),
            last_error: tally.last_error().clone(),
        }
    }

    fn new_trace(&self) -> Context {
        let trace = TraceId::random();
        let sampled = trace.share() < self.handle.sample;
        Context { trace, parent: None, span: SpanId::random(), sampled }
    }
}

impl Tally {
    pub(crate) fn sent(&self, spans: usize) {
        add(&self.sent, spans);
    }

    pub(crate) fn dropped(&self, spans: usize) {
        add(&self.dropped, spans);
    }

    pub(crate) fn failed(&self, spans: usize) {
        add(&self.failed, spans);
    }

    /// Keeps it as the newest, and says whether the one before was of the same kind: an error, or none.
    pub(crate) fn judge(&self, error: Option<String>) -> bool {
        let mut last = self.last_error();
        let is_same = last.is_some() == error.is_some();
        *last = error;
        is_same
    }

    /// A text is replaced whole, so what a panic leaves behind is one.
    fn last_error(&self) -> MutexGuard<'_, Option<String>> {
        self.last_error.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn add(count: &AtomicU64, spans: usize) {
    count.fetch_add(u64::try_from(spans).unwrap_or(u64::MAX), Ordering::Relaxed);
}
