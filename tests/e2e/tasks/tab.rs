//! What a program of a task has the gateway do with a key of its own is on its task's tab.

use http::Method;
use serde_json::{Value, json};

use super::{apply, reaches};
use crate::harness::{Host, Upstream, body_of};

/// Calls as often as it is told and says what it was answered; ends badly once it is refused.
const PROGRAM: &str = r#"
import json, os, sys, urllib.error, urllib.request
url, key, times, token = sys.argv[1], sys.argv[2], int(sys.argv[3]), os.environ["PATCHBAY_TASK_TOKEN"]
print("I am", os.environ["PATCHBAY_TASK"], os.environ["PATCHBAY_ATTEMPT"], token, flush=True)
for _ in range(times):
    body = json.dumps({"model": "m", "messages": [{"role": "user", "content": "Hello"}]}).encode()
    headers = {"authorization": "Bearer " + key, "content-type": "application/json", "x-patchbay-task": token}
    try:
        print("answered", urllib.request.urlopen(urllib.request.Request(url, body, headers)).status, flush=True)
    except urllib.error.HTTPError as refused:
        print("refused", refused.code, json.load(refused)["error"]["code"], flush=True)
        sys.exit(3)
"#;

fn task(name: &str, python: &str, arguments: &[&str], budgets: Value) -> Value {
    let mut args = vec!["-c", PROGRAM];
    args.extend(arguments);
    json!({"name": name, "skill": "exec", "input": {"program": python, "args": args}, "budgets": budgets})
}

async fn said(host: &Host, task: &str) -> Vec<String> {
    let log = host.json(&["task", "log", task]).await;
    let lines = log["lines"].as_array().unwrap().iter();
    lines
        .filter(|line| line["stream"] != "note")
        .map(|line| line["text"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn calls_of_a_program_count_to_its_attempt_and_end_with_its_budget() {
    let python = std::env::var("PATCHBAY_TEST_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let host = Host::start_with(&format!("[skills.exec]\nprograms = [{python:?}]\n")).await;
    let upstream = Upstream::good().await;
    host.provider("good", &upstream, &["--model", "m"]).await;
    let (agent, _) = host.limited("program", &[]).await;
    let url = format!("http://{}/v1/chat/completions", host.address());

    apply(&host, &[task("counted", &python, &[&url, agent.key(), "2"], json!({}))]).await;
    let counted = reaches(&host, "counted", "succeeded").await;
    assert_eq!(counted["last_attempt"]["tokens"], 30, "{counted}");
    let lines = said(&host, "counted").await;
    let token = lines[0].strip_prefix("I am counted 1 ").unwrap();
    assert!(token.starts_with("pbt_"), "{lines:?}");
    assert!(
        upstream.requests().iter().all(|asked| asked.header("x-patchbay-task").is_empty()),
        "a provider saw it"
    );

    // Its token has ended with it, and one that never was is none either.
    for token in [token, "pbt_00"] {
        let request = agent.request(Method::POST, "/v1/chat/completions").header("x-patchbay-task", token);
        let reply = agent.send(request.body(body_of("m", false).into_bytes().into()).unwrap()).await;
        reply.error(403, "invalid_request_error", "task_not_running");
    }

    apply(&host, &[task("limited", &python, &[&url, agent.key(), "9"], json!({"tokens": 20}))]).await;
    let limited = reaches(&host, "limited", "needs-human").await;
    let attempt = &limited["last_attempt"];
    assert_eq!((&attempt["tokens"], &attempt["outcome"]), (&json!(30), &json!("budget")), "{limited}");
    let lines = said(&host, "limited").await;
    assert_eq!(lines[1..], ["answered 200", "answered 200", "refused 403 task_budget_exhausted"]);
}
