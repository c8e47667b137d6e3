//! The bundled `exec`, in its sandbox, with a host whose clock is moved by each wait: a day takes a moment.

use std::sync::atomic::{AtomicU64, Ordering};

use patchbay_config::Config;
use patchbay_runtime::ask::{Exit, HostAnswer, HostCall, HostReply, Line};
use patchbay_runtime::{
    Answering, Call, Compiler, NoHost, Plugin, Runtime, RuntimeOptions, Scope, Session, Start, TracingLog,
};
use patchbay_slots::check;
use patchbay_types::GenerationId;
use serde_json::json;

use super::*;

const HOUR_MS: u64 = 60 * 60 * 1_000;

/// A program that runs until then. It says a line every so often, if it says anything.
struct Played {
    now_ms: u64,
    ends_ms: u64,
    line_every_ms: Option<u64>,
    calls: Arc<AtomicU64>,
}

impl Played {
    fn wait(&mut self, wait_ms: u64) {
        self.now_ms = (self.now_ms + wait_ms).min(self.ends_ms);
    }

    fn lines(&mut self, wait_ms: u64) -> Vec<Line> {
        let every = self.line_every_ms.filter(|every| *every <= wait_ms && self.now_ms < self.ends_ms);
        self.wait(every.unwrap_or(wait_ms));
        let line = || Line { stream: "stdout".to_owned(), text: format!("at {}", self.now_ms) };
        every.map(|_| line()).into_iter().collect()
    }

    fn exit(&self) -> Option<Exit> {
        let exit = Exit { code: Some(0), signal: None, attributes: Vec::new() };
        (self.now_ms >= self.ends_ms).then_some(exit)
    }
}

impl Session for Played {
    fn answer<'a>(&'a mut self, call: &'a HostCall) -> Answering<'a> {
        self.calls.fetch_add(1, Ordering::Relaxed);
        let reply = match call {
            HostCall::ProcessSpawn { .. } => HostReply::Child(1),
            HostCall::ProcessLines { wait_ms, .. } => HostReply::Lines(self.lines(*wait_ms)),
            HostCall::ProcessWait { wait_ms, .. } => {
                self.wait(*wait_ms);
                HostReply::Exit(self.exit())
            }
            HostCall::JobCancelled {} => HostReply::Flag(false),
            _ => HostReply::Done,
        };
        Box::pin(std::future::ready(HostAnswer::Ok(reply)))
    }

    fn clock_ms(&self) -> Option<u64> {
        Some(self.now_ms)
    }
}

async fn exec() -> Plugin {
    let config = Config::default();
    let limits = crate::host::limits(&config);
    let options = RuntimeOptions {
        compiler: Compiler::Here,
        cache: None,
        log: Arc::new(TracingLog),
        host: Arc::new(NoHost),
        memory_bytes: limits.pure.memory_bytes,
        fat_memory_bytes: limits.fat_memory_bytes,
    };
    let component = crate::bundled::component("exec").unwrap();
    let checked = check(&component, crate::host::scan_limits(&config), &Grants::default()).unwrap();
    checked.start(&Runtime::new(options).unwrap(), &component, "{}", &limits).await.unwrap()
}

/// How often it asks its host for a program that runs so long.
async fn calls(exec: &Plugin, hours: u64, line_every_ms: Option<u64>) -> u64 {
    let calls = Arc::new(AtomicU64::new(0));
    let played = Played { now_ms: 0, ends_ms: hours * HOUR_MS, line_every_ms, calls: calls.clone() };
    let grants = Grants { process: Some(vec!["worker".to_owned()]), ..Grants::default() };
    let generation = GenerationId { slot: "skills/exec".parse().unwrap(), number: 1 };
    let scope = Scope { generation, plugin: "exec".to_owned(), grants, call: "run_1".to_owned() };
    let invocation = Invocation {
        id: "long/1".to_owned(),
        skill: "exec".to_owned(),
        input: json!({"program": "worker"}).to_string(),
        attempt: 1,
        attributes: Vec::new(),
    };
    let call = Call { scope: &scope, start: Start::now(0), session: Box::new(played), time: None };
    let ran = exec.ask(call, &Input::Run { invocation }).await;
    let Ok(Output::Outcome(outcome)) = ran.result else { panic!("{:?}", ran.result) };
    assert_eq!(outcome.status, "succeeded", "{}", outcome.summary);
    calls.load(Ordering::Relaxed)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_may_run_for_a_day_and_one_that_speaks_all_the_time_for_as_long() {
    let exec = exec().await;
    let silent = calls(&exec, 24, None).await;
    assert!(silent / 24 <= 1_500, "{silent} calls in a day");
    // Ten lines a second: more than the count that any call has.
    let speaking = calls(&exec, 2, Some(100)).await;
    assert!((10_000..200_000).contains(&speaking), "{speaking} calls in two hours");
}
