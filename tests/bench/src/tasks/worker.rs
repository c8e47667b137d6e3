//! Ports of an engine that do nothing, or one thing: a worker that is done at once, or never, or asks to be left alone.

use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use patchbay_engine::{
    Asked, Checks, Doing, Done, Ended, FailureFacts, Hands, Job, Minds, ProblemFacts, Proposed, Skills,
    Verdict,
};
use patchbay_tasks::{Action, Check, Fix, Task};
use patchbay_types::{Digest, NanoUsd, Tokens};
use serde_json::Value;
use tokio::sync::Notify;

/// How long a task is left alone that asked for it.
const LATER: Duration = Duration::from_secs(3600);

/// What is done with a task.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Conduct {
    Succeed,
    Hang,
    FailForNow,
}

pub(super) struct Worker {
    conduct: Conduct,
    runs: AtomicU64,
    /// When the last run began.
    begun: Mutex<Option<Instant>>,
    /// So many runs are waited for.
    awaited: AtomicU64,
    /// They have begun.
    bell: Notify,
}

impl Worker {
    pub(super) fn new(conduct: Conduct) -> Self {
        Self {
            conduct,
            runs: AtomicU64::new(0),
            begun: Mutex::new(None),
            awaited: AtomicU64::new(u64::MAX),
            bell: Notify::new(),
        }
    }

    pub(super) fn runs(&self) -> u64 {
        self.runs.load(Ordering::SeqCst)
    }

    pub(super) fn begun(&self) -> Option<Instant> {
        *self.begun.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Until so many runs have begun.
    pub(super) async fn until(&self, runs: u64) {
        self.awaited.store(runs, Ordering::SeqCst);
        while self.runs() < runs {
            self.bell.notified().await;
        }
    }
}

impl Skills for Worker {
    fn missing<'a>(&'a self, _: &'a Task) -> Doing<'a, Vec<String>> {
        Box::pin(std::future::ready(Vec::new()))
    }

    fn digest(&self, _: &str) -> Option<Digest> {
        None
    }

    fn run(&self, job: Job) -> Doing<'_, Ended> {
        *self.begun.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
        // Whoever is woken at each run would be measured with it.
        if self.runs.fetch_add(1, Ordering::SeqCst) + 1 >= self.awaited.load(Ordering::SeqCst) {
            self.bell.notify_one();
        }
        let conduct = self.conduct;
        Box::pin(async move {
            let done = match conduct {
                Conduct::Succeed => Done::Succeeded { summary: String::new(), output: Value::Null },
                Conduct::Hang => {
                    job.cancel.cancelled().await;
                    Done::Cancelled
                }
                Conduct::FailForNow => busy(),
            };
            Ended { done, tokens: Tokens(0), cost: NanoUsd(0) }
        })
    }
}

fn busy() -> Done {
    Done::Failed {
        class: "http:503".to_owned(),
        message: "503 Service Unavailable".to_owned(),
        explicit: None,
        step: None,
        retry_after: Some(LATER),
        output: Value::Null,
    }
}

/// Nobody who judges, thinks or acts.
pub(super) struct Nobody;

impl Checks for Nobody {
    fn possible(&self, _: &Check) -> Result<(), String> {
        Ok(())
    }

    fn verify<'a>(&'a self, _: &'a [Check], _: &'a Task, _: &'a Value) -> Doing<'a, Verdict> {
        Box::pin(std::future::ready(Verdict { passed: true, found: Vec::new() }))
    }
}

impl Minds for Nobody {
    fn analyze<'a>(&'a self, _: &'a FailureFacts) -> Doing<'a, Option<Asked>> {
        Box::pin(std::future::ready(None))
    }

    fn propose<'a>(&'a self, _: &'a ProblemFacts, _: usize) -> Doing<'a, Option<Proposed>> {
        Box::pin(std::future::ready(None))
    }

    fn configuration(&self) -> Digest {
        Digest::of(b"bench")
    }
}

impl Hands for Nobody {
    fn act<'a>(&'a self, _: &'a Action, _: &'a Task, _: &'a Fix) -> Doing<'a, Result<String, String>> {
        Box::pin(std::future::ready(Ok(String::new())))
    }
}
