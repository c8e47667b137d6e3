//! What happens to a call after it was answered, off its path: it is kept in the recording, and put to the candidate
//! that listens. The queue is bounded; what does not fit is counted and left out.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use patchbay_runtime::exchange::{Input, Output};
use patchbay_runtime::{CallFailure, Start, Tape};
use patchbay_types::Monotonic;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::generation::Generation;
use crate::recorded::{Answer, Recorded};
use crate::slot::Inner;
use crate::trial::Trial;

/// Calls that wait to be looked at, of all slots together.
const QUEUE_MAX: usize = 2_048;

/// The way of an answered call to the [`Observer`].
#[derive(Clone)]
pub(crate) struct Observed(mpsc::Sender<Observation>);

/// Looks at answered calls, one after the other.
pub struct Observer(mpsc::Receiver<Observation>);

/// Why a call is looked at.
pub(crate) struct Look {
    keep: bool,
    trial: Option<Arc<Trial>>,
}

pub(crate) struct Observation {
    slot: Arc<Inner>,
    look: Look,
    recorded: Recorded,
    redact: Vec<String>,
}

pub(crate) fn channel() -> (Observed, Observer) {
    let (send, receive) = mpsc::channel(QUEUE_MAX);
    (Observed(send), Observer(receive))
}

impl Observer {
    /// Ends when `stop` is cancelled.
    pub async fn run(mut self, stop: CancellationToken) {
        loop {
            let observation = tokio::select! {
                () = stop.cancelled() => return,
                observation = self.0.recv() => observation,
            };
            let Some(observation) = observation else { return };
            observation.settle().await;
        }
    }
}

impl Observation {
    async fn settle(self) {
        if let Some(trial) = &self.look.trial {
            trial.hear(&self.recorded).await;
        }
        if self.look.keep {
            self.slot.recorder.keep(Arc::new(self.recorded.redacted(&self.redact)));
        }
    }
}

impl Inner {
    /// Whether somebody wants to look at a call that ends now: asked by every call, so it must be cheap.
    pub(crate) fn look(&self, generation: &Generation, failed: bool, now: Monotonic) -> Option<Look> {
        let keep = self.recorder.wants(failed, now);
        let trial = self.trial.load();
        let hears =
            |trial: &Arc<Trial>| trial.candidate.record.number != generation.record.number && trial.hears();
        let trial = trial.as_ref().filter(|trial| hears(trial)).cloned();
        (keep || trial.is_some()).then_some(Look { keep, trial })
    }

    #[allow(clippy::too_many_arguments, reason = "what a recording is made of, each once")]
    pub(crate) fn observe(
        self: &Arc<Self>,
        look: Look,
        generation: &Generation,
        call: &str,
        start: Start,
        input: Input,
        tape: Tape,
        result: Result<Output, &CallFailure>,
        took: Duration,
    ) {
        let record = &generation.record;
        let recorded = Recorded {
            call: call.to_owned(),
            at: self.clock.wall(),
            generation: record.id(),
            digest: record.digest,
            plugin: record.plugin(),
            config: record.config.clone(),
            grants: record.grants.clone(),
            start,
            input,
            tape,
            answer: Answer::of(result),
            took_us: u64::try_from(took.as_micros()).unwrap_or(u64::MAX),
            redacted: false,
        };
        let missed = look.trial.clone();
        let observation =
            Observation { slot: self.clone(), look, recorded, redact: generation.redact.clone() };
        if self.observed.0.try_send(observation).is_err()
            && let Some(trial) = missed
        {
            trial.counts.missed.fetch_add(1, Ordering::Relaxed);
        }
    }
}
