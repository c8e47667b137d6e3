//! What a task lacks is said before it costs an attempt; what is wrong with it is not tried again as if it passed.

use serde_json::json;

use super::{SH, apply, reaches, shown};
use crate::harness::{Host, until};

#[tokio::test]
async fn a_request_to_an_origin_that_is_not_listed_waits_for_the_operator() {
    let host = Host::start_with(SH).await;
    let task = json!({"name": "ask", "skill": "http", "input": {"url": "https://api.example.com/v1"}});
    apply(&host, &[task]).await;
    let why = until("what is missing", async || {
        let said = host.cli(&["task", "why", "ask"]).await.ok();
        said.contains("[skills.http]").then_some(said)
    })
    .await;
    assert!(why.contains("origins = [\"api.example.com\"]"), "{why}");
    let task = shown(&host, "ask").await;
    assert_eq!((&task["state"], &task["attempts"]), (&json!("ready"), &json!(0)), "{task}");
}

#[tokio::test]
async fn an_input_that_will_be_as_wrong_the_next_time_is_a_problem_at_once() {
    let host = Host::start_with(SH).await;
    // Its message holds the word `timeout`, which others mean when they say that something passes.
    let input = json!({"program": "sh", "timeout_s": 1_000_000});
    apply(&host, &[json!({"name": "wrong", "skill": "exec", "input": input})]).await;
    let task = reaches(&host, "wrong", "needs-human").await;
    assert_eq!(task["attempts"], 1, "{task}");
}
