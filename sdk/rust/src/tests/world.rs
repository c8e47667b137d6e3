//! A plugin of each world but routing, natively, by cases in a folder.

use std::path::PathBuf;
use std::time::Duration;

use serde_json::{Value, json};

use crate::testing::{
    run_analyzer_cases, run_notifier_cases, run_skill_cases, run_source_cases, run_strategy_cases,
};
use crate::{
    Diagnosis, ErrorAnalyzer, Failure, FixPlan, FixStrategy, Invocation, Item, Message, Notifier, Outcome,
    Page, PluginError, Problem, Receipt, ResultNote, RouteDescription, SendError, SkillAdapter,
    SkillDescription, TaskSource, http, job,
};

struct Everything;

impl ErrorAnalyzer for Everything {
    fn analyze(failure: &Failure) -> Result<Option<Diagnosis>, PluginError> {
        let wait = failure.header("retry-after").map(str::parse).transpose()?.map(Duration::from_secs);
        let diagnosis = Diagnosis::new("rate-limited", "too many requests").attribute("scope", "model");
        Ok((failure.code == "429").then(|| match wait {
            Some(wait) => diagnosis.retry_after(wait),
            None => diagnosis,
        }))
    }
}

impl FixStrategy for Everything {
    fn propose(problem: &Problem) -> Result<Option<FixPlan>, PluginError> {
        let plan = FixPlan::new("retry", "it may pass")
            .action("retry", json!({ "after_ms": 1_000 }))
            .check("human", json!({}))
            .undo("notify", json!({}))
            .confidence(0.5);
        Ok((problem.fixes_tried == 0).then_some(plan))
    }
}

impl SkillAdapter for Everything {
    fn describe() -> Result<Vec<SkillDescription>, PluginError> {
        Ok(vec![SkillDescription::new("echo", "Says it again").input(json!({ "type": "object" }))])
    }

    fn run(invocation: &Invocation) -> Result<Outcome, PluginError> {
        if job::cancelled() {
            return Ok(Outcome::cancelled("stopped"));
        }
        Ok(Outcome::succeeded("said").output(invocation.input::<Value>()?))
    }
}

impl Notifier for Everything {
    fn describe() -> Result<Vec<RouteDescription>, PluginError> {
        Ok(vec![RouteDescription::new("post", "Posts it")])
    }

    fn send(message: &Message) -> Result<Receipt, SendError> {
        let answer = http::Request::post("https://example.com").json(message)?.send()?.require_success()?;
        Ok(Receipt::new(answer.text()?))
    }
}

impl TaskSource for Everything {
    fn poll(cursor: Option<&str>) -> Result<Page, PluginError> {
        let next = cursor.map_or(Ok(0), str::parse::<u32>)? + 1;
        Ok(Page::new([Item::new("a", "1", "first").priority("high")], next.to_string()).more(true))
    }

    fn claim(item: &str) -> Result<String, PluginError> {
        Ok(format!("claim of {item}"))
    }

    fn complete(_: &str, claim: &str, note: &ResultNote) -> Result<(), PluginError> {
        if claim.is_empty() { Err(PluginError::new("conflict", note.summary.clone())) } else { Ok(()) }
    }

    fn release(_: &str, _: &str, _: &str) -> Result<(), PluginError> {
        Ok(())
    }
}

crate::error_analyzer!(Everything);
crate::fix_strategy!(Everything);
crate::skill_adapter!(Everything);
crate::notifier!(Everything);
crate::task_source!(Everything);

/// A folder with one file a case, gone when the test is over.
struct Cases(PathBuf);

impl Cases {
    fn new(name: &str, cases: &[Value]) -> Self {
        let folder = std::env::temp_dir().join(format!("patchbay-sdk-{}-world-{name}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        for (index, case) in cases.iter().enumerate() {
            std::fs::write(folder.join(format!("{index}.json")), case.to_string()).unwrap();
        }
        Self(folder)
    }
}

impl Drop for Cases {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[test]
fn an_analyzer_is_put_to_its_cases() {
    let headers = json!({ "header:retry-after": "7" });
    let cases = Cases::new(
        "analyzer",
        &[
            json!({
                "name": "a", "input": { "failure": { "code": "429", "attributes": headers } },
                "expect": { "diagnosis": { "retry_after_ms": 7_000, "attributes": { "scope": "model" } } },
            }),
            json!({ "name": "b", "expect": { "diagnosis": null } }),
            json!({
                "name": "c", "input": { "failure": { "attributes": { "header:retry-after": "soon" } } },
                "expect": { "error": { "code": "bad-number" } },
            }),
        ],
    );
    run_analyzer_cases::<Everything>(&cases.0);
}

#[test]
fn a_strategy_is_put_to_its_cases() {
    let plan = json!({
        "actions": [{ "kind": "retry", "arguments": { "after_ms": 1_000 } }], "checks": [{ "kind": "human" }],
        "undo": [{ "kind": "notify", "arguments": "{}" }], "confidence": 0.5,
    });
    let cases = Cases::new(
        "strategy",
        &[
            json!({ "name": "a", "expect": { "plan": plan } }),
            json!({ "name": "b", "input": { "problem": { "fixes_tried": 1 } }, "expect": { "plan": null } }),
        ],
    );
    run_strategy_cases::<Everything>(&cases.0);
}

#[test]
fn a_skill_is_put_to_its_cases() {
    let cases = Cases::new(
        "skill",
        &[
            json!({
                "name": "a", "input": { "invocation": { "input": { "text": "hi" } } },
                "expect": { "outcome": { "status": "succeeded", "output": { "text": "hi" } } },
            }),
            json!({
                "name": "b", "host": [{ "call": "job.cancelled", "answer": { "ok": { "flag": true } } }],
                "expect": { "outcome": { "status": "cancelled" } },
            }),
            json!({ "name": "c", "ask": "describe", "expect": { "skills": [{ "name": "echo" }] } }),
        ],
    );
    run_skill_cases::<Everything>(&cases.0);
}

#[test]
fn a_notifier_is_put_to_its_cases() {
    let request = json!({ "url": "https://example.com" });
    let call = |answer: Value| json!([{ "call": "http.send", "request": request, "body": { "title": "hi" }, "answer": answer }]);
    let input = json!({ "message": { "title": "hi" } });
    let cases = Cases::new(
        "notifier",
        &[
            json!({
                "name": "a", "input": input, "host": call(json!({ "ok": { "response": { "body": "7" } } })),
                "expect": { "receipt": { "id": "7" } },
            }),
            json!({
                "name": "b", "input": input, "host": call(json!({ "ok": { "response": { "status": 503 } } })),
                "expect": { "error": { "code": "http:503", "retryable": true } },
            }),
            json!({
                "name": "c", "input": input, "host": call(json!({ "error": { "code": "refused" } })),
                "expect": { "error": { "code": "refused", "retryable": false } },
            }),
            json!({ "name": "d", "ask": "describe", "expect": { "routes": [{ "kind": "post" }] } }),
        ],
    );
    run_notifier_cases::<Everything>(&cases.0);
}

#[test]
fn a_source_is_put_to_its_cases() {
    let cases = Cases::new(
        "source",
        &[
            json!({
                "name": "a", "input": { "cursor": "4" },
                "expect": { "page": { "items": [{ "id": "a", "priority": "high" }], "cursor": "5", "more": true } },
            }),
            json!({
                "name": "b", "ask": "claim", "input": { "item": "a" }, "expect": { "claim": "claim of a" },
            }),
            json!({
                "name": "c", "ask": "complete", "input": { "item": "a", "note": { "summary": "lost" } },
                "expect": { "error": { "code": "conflict", "message": "lost" } },
            }),
            json!({ "name": "d", "ask": "heartbeat", "expect": "done" }),
        ],
    );
    run_source_cases::<Everything>(&cases.0);
}

#[test]
fn a_question_of_another_world_is_told() {
    let cases = Cases::new("other", &[json!({ "name": "a", "ask": "rank", "expect": {} })]);
    let panic = std::panic::catch_unwind(|| run_skill_cases::<Everything>(&cases.0)).unwrap_err();
    let message = panic.downcast_ref::<String>().unwrap();
    assert!(message.contains("expected run, describe"), "{message}");
}
