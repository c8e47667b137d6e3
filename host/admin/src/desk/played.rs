//! An engine whose work is played: a task's input says what it does. `{"fail": "words"}` fails with them, `{"wait": true}`
//! goes on until it is ended, anything else succeeds; `{"say": "words"}` is a line of its log. Each plan sets `fail` to
//! null; with `{"wide": true}` it also cools a provider, which a person has to approve.

use std::path::Path;
use std::sync::Arc;

use patchbay_engine::{
    Asked, Checks, Doing, Done, Ended, Engine, EngineOptions, EngineParts, FailureFacts, Hands, Job, Minds,
    ProblemFacts, Proposed, Skills, Verdict,
};
use patchbay_runs::{Artifacts, Runs, TOTAL_BYTES_DEFAULT};
use patchbay_store::Store;
use patchbay_tasks::{Action, Check, Fix, Holder, Offered, OfferedPart, Task};
use patchbay_types::{Clock, Digest, NanoUsd, Tokens};
use serde_json::{Value, json};

struct Played;

pub(super) async fn engine(store: Arc<dyn Store>, clock: Arc<dyn Clock>, folder: &Path) -> Engine {
    let played = Arc::new(Played);
    let (spools, kept) = (folder.join("runs"), folder.join("artifacts"));
    let artifacts = Artifacts::in_folder(kept, TOTAL_BYTES_DEFAULT).await.unwrap();
    Engine::new(EngineParts {
        store,
        clock,
        skills: played.clone(),
        checks: played.clone(),
        minds: played.clone(),
        hands: played,
        runs: (Runs::new(spools.clone()), spools),
        artifacts,
        holder: Holder { incarnation: "test".into(), pid: 1, started: 1 },
        options: EngineOptions::default(),
    })
}

impl Skills for Played {
    fn missing<'a>(&'a self, task: &'a Task) -> Doing<'a, Vec<String>> {
        let missing = task.definition.input["missing"].as_str().map(str::to_owned);
        Box::pin(async move { missing.into_iter().collect() })
    }

    fn digest(&self, _skill: &str) -> Option<Digest> {
        None
    }

    fn run(&self, job: Job) -> Doing<'_, Ended> {
        Box::pin(async move {
            let input = &job.task.definition.input;
            if let Some(words) = input["say"].as_str() {
                job.run.line("stdout", words);
            }
            let done = match (input["fail"].as_str(), input["wait"].as_bool()) {
                (Some(words), _) => failed(words),
                (None, Some(true)) => {
                    job.cancel.cancelled().await;
                    Done::Cancelled
                }
                _ => Done::Succeeded { summary: "done".to_owned(), output: json!({"ok": true}) },
            };
            Ended { done, tokens: Tokens(3), cost: NanoUsd(5) }
        })
    }
}

fn failed(words: &str) -> Done {
    Done::Failed {
        class: "exit:1".to_owned(),
        message: words.to_owned(),
        explicit: None,
        step: None,
        retry_after: None,
        output: Value::Null,
    }
}

impl Checks for Played {
    fn possible(&self, check: &Check) -> Result<(), String> {
        match check {
            Check::Command { program, .. } if program == "forbidden" => Err("it is not allowed".to_owned()),
            _ => Ok(()),
        }
    }

    fn verify<'a>(&'a self, _: &'a [Check], _: &'a Task, _: &'a Value) -> Doing<'a, Verdict> {
        Box::pin(async { Verdict { passed: true, found: Vec::new() } })
    }
}

impl Minds for Played {
    fn analyze<'a>(&'a self, _: &'a FailureFacts) -> Doing<'a, Option<Asked>> {
        let asked = Asked {
            by: "analyzers/played/1".to_owned(),
            plugin: None,
            class: "exit:1".to_owned(),
            cause: "the setting is wrong".to_owned(),
            retry_after: None,
            attributes: vec![("model".to_owned(), "m-1".to_owned())],
        };
        Box::pin(async { Some(asked) })
    }

    fn propose<'a>(&'a self, facts: &'a ProblemFacts, from: usize) -> Doing<'a, Option<Proposed>> {
        Box::pin(async move {
            let wide = facts.task.definition.input["wide"].as_bool() == Some(true);
            let (set, cool) = (json!({"patch": {"fail": null}}), json!({"provider": "alpha", "for_ms": 1}));
            let part = |kind: &str, arguments: Value| OfferedPart {
                kind: kind.to_owned(),
                arguments: arguments.to_string(),
            };
            let mut actions = vec![part("set-input", set)];
            actions.extend(wide.then(|| part("cool-provider", cool)));
            let checks = vec![part("command", json!({"program": "true"}))];
            let (title, reason) = ("Set it right".to_owned(), "it said so".to_owned());
            let plan = Offered { title, reason, actions, checks, undo: Vec::new(), confidence: 0.9 };
            let proposed = Proposed {
                next: from + 1,
                by: "strategies/played/1".to_owned(),
                plugin: None,
                plan,
                attributes: vec![("prompt-hash".to_owned(), "abc".to_owned())],
            };
            (from == 0).then_some(proposed)
        })
    }

    fn configuration(&self) -> Digest {
        Digest::of(b"played")
    }
}

impl Hands for Played {
    fn act<'a>(&'a self, _: &'a Action, _: &'a Task, _: &'a Fix) -> Doing<'a, Result<String, String>> {
        Box::pin(async { Ok("done".to_owned()) })
    }
}
