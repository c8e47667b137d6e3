//! The task that empties the queue: a batch when there is a whole one, or what there is after a while, and the rest at
//! the end. It must not know the format or HTTP.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::batch::Sender;
use crate::delivery::{Accepted, Delivery, DeliveryError};
use crate::options::{TelemetryError, TelemetryOptions};
use crate::span::Bounded;
use crate::telemetry::Tally;

/// Sends what [`Telemetry::send`](crate::Telemetry::send) was given.
pub struct Exporter {
    waiting: mpsc::Receiver<Bounded>,
    /// Spans that left the queue and are not counted yet.
    in_hand: usize,
    /// Who sends: the same in each batch.
    sender: Sender,
    delivery: Delivery,
    tally: Arc<Tally>,
    batch_max: usize,
    flush_every: Duration,
    /// For what is left at the end.
    timeout: Duration,
}

impl Exporter {
    pub(crate) fn new(
        options: &TelemetryOptions,
        waiting: mpsc::Receiver<Bounded>,
        tally: Arc<Tally>,
    ) -> Result<Self, TelemetryError> {
        Ok(Self {
            waiting,
            in_hand: 0,
            sender: Sender::new(options),
            delivery: Delivery::new(options)?,
            tally,
            batch_max: options.batch_max,
            flush_every: options.flush_every,
            timeout: options.timeout,
        })
    }

    /// Sends until `stop`, then what is left, within the timeout. What is handed over after `stop` may be dropped: let
    /// requests end first.
    ///
    /// # Cancel safety
    /// None: spans that wait are lost uncounted. Await it to its end after `stop`.
    pub async fn run(mut self, stop: impl Future<Output = ()>) {
        let (stopping, timeout) = (CancellationToken::new(), self.timeout);
        let mut too_late = pin!(async {
            stop.await;
            stopping.cancel();
            tokio::time::sleep(timeout).await;
        });
        tokio::select! {
            () = self.work(&stopping) => {}
            () = &mut too_late => {}
        }
        self.count_the_rest();
    }

    async fn work(&mut self, stopping: &CancellationToken) {
        while !stopping.is_cancelled() {
            let least = self.due(stopping).await;
            while self.waiting.len() >= least && !stopping.is_cancelled() {
                self.send_batch(stopping).await;
            }
        }
        self.waiting.close();
        while !self.waiting.is_empty() {
            self.send_batch(stopping).await;
        }
    }

    /// Waits until something should be sent, and says how many spans must wait for a batch to be worth it. Any span is
    /// worth one after a while, so none waits for longer.
    async fn due(&self, stopping: &CancellationToken) -> usize {
        tokio::select! {
            () = stopping.cancelled() => 1,
            () = self.tally.batch_waits.notified() => self.batch_max,
            () = tokio::time::sleep(self.flush_every) => 1,
        }
    }

    async fn send_batch(&mut self, stopping: &CancellationToken) {
        let mut spans = Vec::with_capacity(self.batch_max.min(self.waiting.len()));
        self.in_hand = self.waiting.recv_many(&mut spans, self.batch_max).await;
        let body = self.sender.body(spans);
        let outcome = self.delivery.deliver(body, stopping).await;
        self.count(outcome);
    }

    fn count(&mut self, outcome: Result<Accepted, DeliveryError>) {
        let spans = std::mem::take(&mut self.in_hand);
        let (rejected, error) = match outcome {
            Ok(accepted) => (accepted.rejected.min(spans), accepted.complaint),
            Err(error) => (spans, Some(error.to_string())),
        };
        self.tally.sent(spans - rejected);
        self.tally.failed(rejected);
        self.tell(error);
    }

    /// Logs when it begins to fail and when that is over, not each time between.
    fn tell(&self, error: Option<String>) {
        let words = error.clone();
        match (self.tally.judge(error), words) {
            (false, Some(error)) => tracing::warn!(error, "spans do not arrive, and are lost"),
            (false, None) => tracing::info!("spans arrive again"),
            (true, _) => {}
        }
    }

    fn count_the_rest(&mut self) {
        self.waiting.close();
        self.tally.failed(self.in_hand);
        self.tally.dropped(self.waiting.len());
        let lost = self.in_hand + self.waiting.len();
        if lost > 0 {
            tracing::warn!(spans = lost, "the last spans are lost: the host stops");
        }
    }
}

#[cfg(test)]
mod tests;
