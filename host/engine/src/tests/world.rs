//! A played world: a skill that does what the task's input says, checks that look at its output, analyzers and
//! strategies that answer from a list and count how often they were asked.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use patchbay_runs::{Artifacts, Runs, TOTAL_BYTES_DEFAULT};
use patchbay_store::{RedbOptions, RedbStore, Store};
use patchbay_tasks::{
    Action, Actor, Check, Definition, Fix, FixState, Holder, Offered, OfferedPart, Task, TaskName,
};
use patchbay_types::{Clock, Digest, NanoUsd, SystemClock, Tokens};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

use crate::port::{
    Asked, Checks, Doing, Done, Ended, FailureFacts, Hands, Job, Minds, ProblemFacts, Proposed, Skills,
    Verdict,
};
use crate::{Engine, EngineError, EngineOptions, EngineParts, FixRecord, TaskView};

/// How long a test waits for what has to come.
const PATIENCE: Duration = Duration::from_secs(20);

#[derive(Default)]
pub(super) struct Played {
    /// Runs by task, and how many go on now at one time.
    pub(super) runs: Mutex<HashMap<String, u32>>,
    pub(super) diagnoses: AtomicU32,
    /// How often a model would have been paid for a plan.
    pub(super) plans: AtomicU32,
    /// What the strategy proposes, in this order; the last again and again if `forever`.
    pub(super) proposals: Mutex<Vec<Offered>>,
    pub(super) forever: bool,
    pub(super) acted: Mutex<Vec<String>>,
    /// Results of actions that were taken back.
    pub(super) undone: Mutex<Vec<String>>,
    /// How long a strategy thinks, in milliseconds.
    pub(super) think_ms: AtomicU64,
    /// How long each action takes, in milliseconds.
    pub(super) act_ms: AtomicU64,
    /// How long checks take, in milliseconds.
    pub(super) check_ms: AtomicU64,
    /// What the analyzer says beside the cause.
    pub(super) found: Mutex<Vec<(String, String)>>,
    /// The class that the analyzer finds; empty: none.
    pub(super) class: Mutex<String>,
    /// What the analyzer was told.
    pub(super) asked: Mutex<Vec<FailureFacts>>,
    /// What each strategy was told.
    pub(super) told: Mutex<Vec<HashMap<String, String>>>,
    /// Something outside of all tasks is right: what `outside` needs. The step of a fix task and `set-config` make it so.
    pub(super) mended: AtomicBool,
    pub(super) fix_tasks_fail: AtomicBool,
    /// Fix tasks do not end before this is false.
    pub(super) fix_tasks_hang: AtomicBool,
    /// The configuration of those who think.
    pub(super) generation: AtomicU32,
    /// Whoever asks who does the work meets a mistake of the host's own.
    pub(super) breaks: AtomicBool,
}

impl Skills for Played {
    fn missing<'a>(&'a self, task: &'a Task) -> Doing<'a, Vec<String>> {
        let missing = task.definition.input["lacks"].as_str().map(str::to_owned);
        if missing.as_deref() == Some("an end to panic") && !self.mended.swap(true, Ordering::SeqCst) {
            panic!("a preflight that was not expected to");
        }
        let missing = missing.filter(|_| !self.mended.load(Ordering::SeqCst));
        Box::pin(async move { missing.into_iter().collect() })
    }

    fn digest(&self, _: &str) -> Option<Digest> {
        assert!(!self.breaks.load(Ordering::SeqCst), "the floor gave way");
        Some(Digest::of(b"skill"))
    }

    fn run(&self, job: Job) -> Doing<'_, Ended> {
        Box::pin(async move {
            let name = job.task.definition.name.to_string();
            *self.runs.lock().unwrap().entry(name).or_default() += 1;
            let input = &job.task.definition.input;
            if let Some(part) = input["part"].as_str() {
                let done = self.mend_as_told(part, &job.cancel).await;
                return Ended { done, tokens: Tokens(0), cost: NanoUsd(0) };
            }
            let done = match input["do"].as_str().unwrap_or("succeed") {
                "hang" => {
                    job.run.line("stdout", "here I am");
                    job.cancel.cancelled().await;
                    Done::Cancelled
                }
                "spend and fall" => {
                    job.spending.add(Tokens(7), NanoUsd(11));
                    panic!("the lamp fell")
                }
                "outside" if !self.mended.load(Ordering::SeqCst) => failed("LampError: it is dark"),
                "spend" => Done::OverBudget("no model answers any more".to_owned()),
                "step" => failed_at(input),
                "wait" => failed_as("timeout", "it took too long"),
                "talk" => {
                    let lines = 1..=input["lines"].as_u64().unwrap_or_default();
                    lines.for_each(|n| job.run.line("stderr", &format!("line {n}")));
                    let output = json!({"ok": true, "much": "x".repeat(200_000)});
                    Done::Succeeded { summary: "done".to_owned(), output }
                }
                "shout" => {
                    let bytes = usize::try_from(input["bytes"].as_u64().unwrap_or_default()).unwrap();
                    failed_as(&"c".repeat(bytes), &"x".repeat(bytes))
                }
                "lack" => failed("ModuleNotFoundError: No module named 'lamp'"),
                "fail" => failed(input["says"].as_str().unwrap_or("KeyError: 'user'")),
                "need" if input["setting"] != json!("right") => {
                    failed(input["says"].as_str().unwrap_or("ValueError: wrong setting"))
                }
                _ => Done::Succeeded { summary: "done".to_owned(), output: json!({"ok": true}) },
            };
            let used = |what: &str| input[what].as_u64().unwrap_or_default();
            Ended { done, tokens: Tokens(used("tokens")), cost: NanoUsd(used("nano_usd")) }
        })
    }
}

fn failed(message: &str) -> Done {
    failed_as("exit:1", message)
}

fn failed_as(class: &str, message: &str) -> Done {
    Done::Failed {
        class: class.to_owned(),
        message: message.to_owned(),
        explicit: None,
        step: None,
        retry_after: None,
        output: Value::Null,
    }
}

/// With all that a skill may say of a failure.
fn failed_at(input: &Value) -> Done {
    Done::Failed {
        class: input["class"].as_str().unwrap_or("exit:7").to_owned(),
        message: "it broke".to_owned(),
        explicit: None,
        step: Some("open-page".to_owned()),
        retry_after: input["after_ms"].as_u64().map(Duration::from_millis),
        output: Value::Null,
    }
}

impl Checks for Played {
    fn possible(&self, check: &Check) -> Result<(), String> {
        match check {
            Check::File { path, .. } if path == "never" => Err("that folder is not allowed".to_owned()),
            _ => Ok(()),
        }
    }

    fn verify<'a>(&'a self, _: &'a [Check], _: &'a Task, output: &'a Value) -> Doing<'a, Verdict> {
        let passed = output["ok"] == json!(true);
        let wait = Duration::from_millis(self.check_ms.load(Ordering::SeqCst));
        Box::pin(async move {
            tokio::time::sleep(wait).await;
            Verdict { passed, found: vec!["the output says ok".to_owned()] }
        })
    }
}

impl Minds for Played {
    fn analyze<'a>(&'a self, facts: &'a FailureFacts) -> Doing<'a, Option<Asked>> {
        self.asked.lock().unwrap().push(facts.clone());
        self.diagnoses.fetch_add(1, Ordering::SeqCst);
        Box::pin(async move {
            Some(Asked {
                by: "played".to_owned(),
                plugin: None,
                class: self.class.lock().unwrap().clone(),
                cause: "the setting is wrong".to_owned(),
                retry_after: None,
                attributes: self.found.lock().unwrap().clone(),
            })
        })
    }

    fn propose<'a>(&'a self, facts: &'a ProblemFacts, from: usize) -> Doing<'a, Option<Proposed>> {
        self.told.lock().unwrap().push(facts.attributes.iter().cloned().collect());
        Box::pin(async move {
            tokio::time::sleep(Duration::from_millis(self.think_ms.load(Ordering::SeqCst))).await;
            let known = facts.attributes.iter().find(|(name, _)| name == "known.1");
            let (next, plan) = match (known, from) {
                (Some((_, known)), 0) => (1, offered_again(known)),
                (_, 0 | 1) => {
                    self.plans.fetch_add(1, Ordering::SeqCst);
                    (2, self.next_plan()?)
                }
                _ => return None,
            };
            let attributes = vec![("watch".to_owned(), "failures-per-hour".to_owned())];
            Some(Proposed { next, by: "played".to_owned(), plugin: None, plan, attributes })
        })
    }

    fn configuration(&self) -> Digest {
        Digest::of(format!("configuration {}", self.generation.load(Ordering::SeqCst)).as_bytes())
    }
}

impl Played {
    async fn mend_as_told(&self, part: &str, cancel: &CancellationToken) -> Done {
        while self.fix_tasks_hang.load(Ordering::SeqCst) {
            if cancel.is_cancelled() {
                return Done::Cancelled;
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        if self.fix_tasks_fail.load(Ordering::SeqCst) {
            return failed("RoofError: nobody knows how");
        }
        self.mended.fetch_or(part == "step", Ordering::SeqCst);
        Done::Succeeded { summary: part.to_owned(), output: json!({"ok": true}) }
    }

    fn next_plan(&self) -> Option<Offered> {
        let mut proposals = self.proposals.lock().unwrap();
        match (proposals.len(), self.forever) {
            (0, _) => None,
            (_, true) => {
                let number = self.plans.load(Ordering::SeqCst);
                Some(plan(json!({"setting": format!("wrong {number}")})))
            }
            _ => Some(proposals.remove(0)),
        }
    }
}

fn offered_again(known: &str) -> Offered {
    let known: Value = serde_json::from_str(known).unwrap();
    let patch = known["actions"][0]["patch"].clone();
    let checks = known["checks"].as_array().cloned().unwrap_or_default().into_iter();
    let checks = checks.map(|mut check| {
        let kind = check.as_object_mut().and_then(|check| check.remove("kind"));
        OfferedPart { kind: kind.unwrap().as_str().unwrap().to_owned(), arguments: check.to_string() }
    });
    Offered { checks: checks.collect(), ..plan(patch) }
}

/// A plan that changes the input.
pub(super) fn plan(patch: Value) -> Offered {
    Offered {
        title: "set it".to_owned(),
        reason: "it is wrong".to_owned(),
        actions: vec![OfferedPart {
            kind: "set-input".to_owned(),
            arguments: json!({"patch": patch}).to_string(),
        }],
        confidence: 0.9,
        ..Offered::default()
    }
}

impl Hands for Played {
    fn act<'a>(&'a self, action: &'a Action, _: &'a Task, _: &'a Fix) -> Doing<'a, Result<String, String>> {
        if let Action::SetConfig { value, .. } = action {
            self.mended.store(*value == json!(true), Ordering::SeqCst);
        }
        self.acted.lock().unwrap().push(format!("{action:?}"));
        let wait = Duration::from_millis(self.act_ms.load(Ordering::SeqCst));
        let is_broken = matches!(action, Action::RunSkill { skill, .. } if skill == "broken");
        Box::pin(async move {
            tokio::time::sleep(wait).await;
            if is_broken { Err("it is broken".to_owned()) } else { Ok("done".to_owned()) }
        })
    }

    fn find<'a>(&'a self, action: &'a Action, _: &'a Fix) -> Doing<'a, Result<Option<String>, String>> {
        let is_set = matches!(action, Action::SetConfig { .. }) && self.mended.load(Ordering::SeqCst);
        Box::pin(async move { Ok(is_set.then(|| "found".to_owned())) })
    }

    fn undo<'a>(
        &'a self,
        action: &'a Action,
        result: &'a str,
        _: &'a Fix,
    ) -> Doing<'a, Option<Result<String, String>>> {
        Box::pin(async move {
            let Action::SetConfig { .. } = action else { return None };
            self.mended.store(false, Ordering::SeqCst);
            self.undone.lock().unwrap().push(result.to_owned());
            Some(Ok("it is as it was".to_owned()))
        })
    }
}

pub(super) struct World {
    folder: Arc<TempDir>,
    pub(super) store: Arc<dyn Store>,
    pub(super) played: Arc<Played>,
    pub(super) engine: Engine,
}

impl World {
    pub(super) async fn new(played: Played) -> Self {
        let store: Arc<dyn Store> = Arc::new(RedbStore::in_memory(RedbOptions::default()).unwrap());
        Self::over(store, Arc::new(played), EngineOptions::default()).await
    }

    pub(super) async fn over(store: Arc<dyn Store>, played: Arc<Played>, options: EngineOptions) -> Self {
        Self::at(store, played, options, Arc::new(SystemClock::default())).await.unwrap()
    }

    /// With another clock, over a store that may fail.
    pub(super) async fn at(
        store: Arc<dyn Store>,
        played: Arc<Played>,
        options: EngineOptions,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, EngineError> {
        Self::within(Arc::new(tempfile::tempdir().unwrap()), store, played, options, clock).await
    }

    /// The next host over the same store and in the same folder.
    pub(super) async fn again(&self, played: Arc<Played>) -> Self {
        let (folder, store) = (self.folder.clone(), self.store.clone());
        let clock = Arc::new(SystemClock::default());
        Self::within(folder, store, played, EngineOptions::default(), clock).await.unwrap()
    }

    async fn within(
        folder: Arc<TempDir>,
        store: Arc<dyn Store>,
        played: Arc<Played>,
        options: EngineOptions,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, EngineError> {
        let (spools, kept) = (folder.path().join("runs"), folder.path().join("artifacts"));
        let artifacts = Artifacts::in_folder(kept, TOTAL_BYTES_DEFAULT).await.unwrap();
        let parts = EngineParts {
            runs: (Runs::new(spools.clone()), spools),
            artifacts,
            store: store.clone(),
            clock,
            skills: played.clone(),
            checks: played.clone(),
            minds: played.clone(),
            hands: played.clone(),
            holder: Holder { incarnation: "test".into(), pid: 1, started: 1 },
            options,
        };
        let engine = Engine::new(parts);
        engine.start().await?;
        Ok(Self { folder, store, played, engine })
    }

    pub(super) async fn apply(&self, tasks: Value) {
        let definitions: Vec<Definition> = serde_json::from_value(tasks).unwrap();
        self.engine.apply(definitions, false, &operator()).await.unwrap();
    }

    /// Waits until a task is in one of these states.
    pub(super) async fn until(&self, task: &str, states: &[&str]) -> TaskView {
        let seen = async {
            loop {
                let view = self.engine.show(&name(task)).await.unwrap();
                if states.contains(&view.state) {
                    return view;
                }
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        };
        match tokio::time::timeout(PATIENCE, seen).await {
            Ok(view) => view,
            Err(_) => {
                let view = self.engine.show(&name(task)).await.unwrap();
                let why = self.engine.why(&name(task)).await.unwrap();
                panic!("{task} is {} and not {states:?}: {why:?}\n{:?}", view.state, view.task.tally);
            }
        }
    }

    /// Waits until the newest fix is in this state.
    pub(super) async fn until_fix(&self, state: FixState) -> FixRecord {
        let seen = async {
            loop {
                let fixes = self.engine.fixes(None).await.unwrap();
                match fixes.last() {
                    Some(fix) if fix.fix.state == state => return fix.clone(),
                    _ => tokio::time::sleep(Duration::from_millis(2)).await,
                }
            }
        };
        match tokio::time::timeout(PATIENCE, seen).await {
            Ok(fix) => fix,
            Err(_) => panic!("no fix is {state:?}: {:#?}", self.engine.fixes(None).await.unwrap()),
        }
    }

    /// What somebody would come to later is seen to now.
    pub(super) async fn look_again(&self) {
        for problem in self.engine.problems(false).await.unwrap() {
            self.engine.inner.push_problem(problem.problem.fingerprint);
        }
    }

    pub(super) fn runs(&self, task: &str) -> u32 {
        self.played.runs.lock().unwrap().get(task).copied().unwrap_or_default()
    }
}

pub(super) fn name(text: &str) -> TaskName {
    text.parse().unwrap()
}

pub(super) fn operator() -> Actor {
    Actor::Operator("test".to_owned())
}
