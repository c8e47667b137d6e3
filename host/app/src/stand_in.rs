//! TO BE TAKEN OUT: an engine that does nothing, so that the desk compiles before the engine's ports are wired.

use std::sync::Arc;

use patchbay_engine::{
    Asked, Checks, Doing, Done, Ended, Engine, EngineOptions, EngineParts, FailureFacts, Hands, Job, Minds,
    ProblemFacts, Proposed, Skills, Verdict,
};
use patchbay_store::Store;
use patchbay_tasks::{Action, Check, Fix, Holder, Task};
use patchbay_types::{Clock, Digest, NanoUsd, Tokens};
use serde_json::Value;

struct Nobody;

pub fn engine(store: Arc<dyn Store>, clock: Arc<dyn Clock>) -> Engine {
    let nobody = Arc::new(Nobody);
    Engine::new(EngineParts {
        store,
        clock,
        skills: nobody.clone(),
        checks: nobody.clone(),
        minds: nobody.clone(),
        hands: nobody,
        holder: Holder { incarnation: "stand-in".to_owned(), pid: 0, started: 0 },
        options: EngineOptions::default(),
    })
}

impl Skills for Nobody {
    fn missing<'a>(&'a self, _: &'a Task) -> Doing<'a, Vec<String>> {
        Box::pin(async { vec!["skills are not wired".to_owned()] })
    }

    fn digest(&self, _: &str) -> Option<Digest> {
        None
    }

    fn run(&self, _: Job) -> Doing<'_, Ended> {
        let done = Done::NotNow("skills are not wired".to_owned());
        Box::pin(async { Ended { done, tokens: Tokens(0), cost: NanoUsd(0) } })
    }
}

impl Checks for Nobody {
    fn possible(&self, _: &Check) -> Result<(), String> {
        Ok(())
    }

    fn verify<'a>(&'a self, _: &'a [Check], _: &'a Task, _: &'a Value) -> Doing<'a, Verdict> {
        Box::pin(async { Verdict { passed: false, found: Vec::new() } })
    }
}

impl Minds for Nobody {
    fn analyze<'a>(&'a self, _: &'a FailureFacts) -> Doing<'a, Option<Asked>> {
        Box::pin(async { None })
    }

    fn propose<'a>(&'a self, _: &'a ProblemFacts, _: usize) -> Doing<'a, Option<Proposed>> {
        Box::pin(async { None })
    }

    fn configuration(&self) -> Digest {
        Digest::of(b"")
    }
}

impl Hands for Nobody {
    fn act<'a>(&'a self, _: &'a Action, _: &'a Task, _: &'a Fix) -> Doing<'a, Result<String, String>> {
        Box::pin(async { Err("nothing is wired".to_owned()) })
    }
}
