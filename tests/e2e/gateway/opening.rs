//! A stream that fails before its first real output: the next provider answers, and the client notices nothing. And one
//! that ends without having finished.

use serde_json::{Value, json};

use crate::harness::{Agent, Answer, Host, Step, Upstream, event, until};

fn role() -> String {
    event(&json!({"model": "m", "choices": [{"index": 0, "delta": {"role": "assistant", "content": ""}}]}))
}

fn word(text: &str) -> String {
    event(&json!({"model": "m", "choices": [{"index": 0, "delta": {"content": text}}]}))
}

fn finish() -> String {
    event(&json!({"model": "m", "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}))
}

fn whole() -> String {
    [role(), word("good"), finish(), "data: [DONE]\n\n".to_owned()].concat()
}

fn failed(kind: &str) -> String {
    event(&json!({"error": {"message": "played", "type": kind, "code": null}}))
}

/// `bad` plays the steps; `good`, in the next pool, streams well.
async fn pair(steps: Vec<Step>) -> (Host, Agent, Upstream, Upstream) {
    let bad = Upstream::start(move |_| Answer::Events(steps.clone())).await;
    let good = Upstream::start(|_| Answer::Events(vec![Step::send(whole())])).await;
    let host = Host::start_with("[upstream]\nfirst_byte_timeout = \"400ms\"\n").await;
    // Nothing is taken out of a stream: so its bytes are the provider's own.
    host.provider("bad", &bad, &["--model", "m", "--no-usage-option"]).await;
    host.provider("good", &good, &["--model", "m", "--pool", "fallback", "--no-usage-option"]).await;
    let agent = host.agent("tester").await;
    (host, agent, bad, good)
}

/// Nothing of `bad` is to be seen in the answer.
async fn is_failed_over(steps: Vec<Step>) -> Host {
    let (host, agent, bad, good) = pair(steps).await;
    let mut live = agent.stream("m").await;
    assert_eq!((live.status, live.header("content-type")), (200, "text/event-stream"), "{}", host.log());
    assert_eq!((live.header("x-patchbay-provider"), live.header("x-patchbay-attempts")), ("good", "2"));
    assert_eq!(live.rest().await, whole());
    assert_eq!((bad.count(), good.count()), (1, 1));
    let line = until("the usage", async || host.json(&["usage", "--provider", "bad"]).await.get(0).cloned());
    let line = line.await;
    assert_eq!(
        (&line["requests"], &line["errors"], &line["total_tokens"]),
        (&json!(1), &json!(1), &json!(0))
    );
    host
}

#[tokio::test]
async fn an_error_as_the_first_event_is_failed_over() {
    is_failed_over(vec![Step::send(failed("server_error"))]).await;
}

#[tokio::test]
async fn an_error_after_the_role_is_failed_over() {
    is_failed_over(vec![Step::send(": hello\n\n"), Step::send(role()), Step::send(failed("server_error"))])
        .await;
}

#[tokio::test]
async fn a_rate_limit_as_the_first_event_cools_the_provider() {
    let host = is_failed_over(vec![Step::send(role()), Step::send(failed("rate_limit_error"))]).await;
    assert_eq!(host.health_of("bad").await, "cooling");
}

#[tokio::test]
async fn a_stream_that_stalls_before_its_first_output_is_failed_over() {
    is_failed_over(vec![Step::send(role()), Step::send(": still here\n\n"), Step::Stall]).await;
}

#[tokio::test]
async fn a_stream_that_ends_before_its_first_output_is_failed_over() {
    is_failed_over(vec![Step::send(role())]).await;
    is_failed_over(Vec::new()).await;
}

#[tokio::test]
async fn a_stream_that_breaks_before_its_first_output_is_failed_over() {
    is_failed_over(vec![Step::send(role()), Step::send("data: {\"choi"), Step::Break]).await;
}

#[tokio::test]
async fn what_comes_before_the_first_output_goes_out_with_it() {
    let text = [": hello\n\n".to_owned(), role(), word("one"), finish(), "data: [DONE]\n\n".to_owned()];
    let (_host, agent, _bad, good) = pair(text.iter().map(|piece| Step::send(piece.clone())).collect()).await;
    assert_eq!(agent.stream("m").await.rest().await, text.concat());
    assert_eq!(good.count(), 0);
}

#[tokio::test]
async fn a_stream_that_ends_without_having_finished_ends_with_one_error_event() {
    let (host, agent, bad, good) = pair(vec![Step::send(word("half an answer"))]).await;
    let text = agent.stream("m").await.rest().await;
    let last = text.strip_prefix(&word("half an answer")).unwrap_or_else(|| panic!("{text}"));
    let data = last.strip_prefix("data: ").and_then(|data| data.strip_suffix("\n\n"));
    let error: Value = serde_json::from_str(data.unwrap_or_else(|| panic!("{last}"))).unwrap();
    let error = &error["error"];
    assert_eq!((&error["type"], &error["code"]), (&json!("upstream_error"), &json!("stream_interrupted")));
    assert_eq!((bad.count(), good.count()), (1, 0));
    let line = until("the usage", async || host.json(&["usage"]).await.get(0).cloned()).await;
    assert_eq!((&line["errors"], &line["estimated"]), (&json!(1), &json!(1)), "{line}");
    assert!(line["completion_tokens"].as_u64() > Some(0), "{line}");
}

#[tokio::test]
async fn a_stream_that_has_finished_needs_no_done() {
    let (host, agent, _bad, _good) = pair(vec![Step::send(word("one")), Step::send(finish())]).await;
    assert_eq!(agent.stream("m").await.rest().await, [word("one"), finish()].concat());
    let line = until("the usage", async || host.json(&["usage"]).await.get(0).cloned()).await;
    assert_eq!(line["errors"], 0, "{line}");
}

#[tokio::test]
async fn what_comes_after_done_passes_as_it_is() {
    let text = [word("one"), finish(), "data: [DONE]\n\n".to_owned(), word("more"), ": bye\n\n".to_owned()];
    let (host, agent, _bad, _good) = pair(text.iter().map(|piece| Step::send(piece.clone())).collect()).await;
    assert_eq!(agent.stream("m").await.rest().await, text.concat());
    let line = until("the usage", async || host.json(&["usage"]).await.get(0).cloned()).await;
    assert_eq!(line["errors"], 0, "{line}");
}
