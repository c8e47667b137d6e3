//! The official `openai` package for Python, as most agents have it: plain, streaming and asynchronous, through the
//! gateway. Needs a Python that has it; says so when there is none.

use serde_json::json;
use tokio::process::Command;

use crate::harness::{Answer, Host, Output, Step, Upstream, completion, event, say, usage_of};

const SCRIPT: &str = include_str!("openai_sdk/agent.py");

/// A Python that can import `openai`: the one that the environment names, or the machine's own.
async fn python() -> Option<String> {
    let named = std::env::var("PATCHBAY_TEST_PYTHON").ok();
    for python in named.into_iter().chain(["python3".to_owned()]) {
        let mut asking = Command::new(&python);
        asking.args(["-c", "import openai"]).kill_on_drop(true);
        if asking.output().await.is_ok_and(|output| output.status.success()) {
            return Some(python);
        }
    }
    None
}

#[tokio::test]
async fn the_official_package_talks_through_the_gateway() {
    let Some(python) = python().await else {
        say(
            "SKIPPED: no Python with the package openai. Install it: python3 -m venv v && v/bin/pip install openai; \
             then set PATCHBAY_TEST_PYTHON=v/bin/python",
        );
        return;
    };
    let upstream = Upstream::start(|asked| match asked.is_stream() {
        true => stream(&asked.model()),
        false => completion(&asked.model()),
    })
    .await;
    let host = Host::start().await;
    host.provider("alpha", &upstream, &["--model", "m=native-m"]).await;
    let agent = host.agent("snake").await;
    let mut script = Command::new(python);
    script.args(["-c", SCRIPT]).kill_on_drop(true);
    script.env("OPENAI_BASE_URL", format!("http://{}/v1", agent.address)).env("OPENAI_API_KEY", &agent.key);
    script.env_remove("http_proxy").env_remove("HTTP_PROXY").env_remove("all_proxy").env_remove("ALL_PROXY");
    let told = Output::of(script, "").await.ok();
    assert_eq!(told.lines().last(), Some("all well"), "{told}");
    assert!(upstream.requests().iter().all(|asked| asked.model() == "native-m"));
}

fn stream(model: &str) -> Answer {
    let chunk = |delta: serde_json::Value, end: Option<&str>| {
        let choice = json!({"index": 0, "delta": delta, "finish_reason": end});
        let id = "chatcmpl-1";
        event(
            &json!({"id": id, "object": "chat.completion.chunk", "created": 1, "model": model, "choices": [choice]}),
        )
    };
    let usage = json!({
        "id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": model, "choices": [],
        "usage": usage_of(10, 2, 0),
    });
    Answer::Events(vec![
        Step::send(chunk(json!({"role": "assistant", "content": "Hel"}), None)),
        Step::send(chunk(json!({"content": "lo"}), Some("stop"))),
        Step::send(event(&usage)),
        Step::send("data: [DONE]\n\n"),
    ])
}
