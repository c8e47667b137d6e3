//! URLs on this machine.

use super::server::Server;
use super::*;

fn get(url: &str) -> Value {
    json!({"kind": "http", "url": url})
}

#[tokio::test]
async fn a_url_that_answers_as_expected_passes() {
    let server = Server::start("200 OK", "all is well").await;
    let desk = desk().granting(&server.origin(), true);
    assert_eq!(desk.ended(get(&server.url("/health"))).await, Ended::Held);
    let check = json!({"kind": "http", "url": server.url("/"), "contains": "is well"});
    assert_eq!(desk.ended(check).await, Ended::Held);
}

#[tokio::test]
async fn another_status_or_another_body_fails() {
    let server = Server::start("500 Broken", "no").await;
    let desk = desk().granting(&server.origin(), true);
    let (ended, text) = desk.one(get(&server.url("/"))).await;
    assert_eq!(ended, Ended::Failed);
    assert!(text.ends_with("answers with status 500, expected 200"), "{text}");
    let check = json!({"kind": "http", "url": server.url("/"), "status": 500, "contains": "yes"});
    let (ended, text) = desk.one(check).await;
    assert_eq!(ended, Ended::Failed);
    assert!(text.contains("answers with 2 bytes without \"yes\""), "{text}");
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let server = Server::start("302 Found\r\nlocation: http://127.0.0.1:1/", "").await;
    let desk = desk().granting(&server.origin(), true);
    let (ended, text) = desk.one(get(&server.url("/"))).await;
    assert_eq!((ended, text.contains("status 302")), (Ended::Failed, true), "{text}");
}

#[tokio::test]
async fn a_body_is_searched_up_to_a_mebibyte() {
    let body = format!("{}needle", "x".repeat(1 << 20));
    let server = Server::start("200 OK", &body).await;
    let desk = desk().granting(&server.origin(), true);
    let with = |text: &str| json!({"kind": "http", "url": server.url("/"), "contains": text});
    assert_eq!(desk.ended(with("xxx")).await, Ended::Held);
    assert_eq!(desk.ended(with("needle")).await, Ended::Failed);
}

#[tokio::test]
async fn nobody_there_fails_and_silence_times_out() {
    let gone = Server::start("200 OK", "").await;
    let (origin, url) = (gone.origin(), gone.url("/"));
    drop(gone);
    tokio::task::yield_now().await;
    let (ended, text) = desk().granting(&origin, true).one(get(&url)).await;
    assert_eq!(ended, Ended::Failed);
    assert!(text.contains("does not answer, expected status 200"), "{text}");

    let silent = Server::silent().await;
    let desk = desk().granting(&silent.origin(), true).hasty();
    assert_eq!(desk.ended(get(&silent.url("/"))).await, Ended::TimedOut);
}

#[tokio::test]
async fn an_exchange_can_be_cancelled() {
    let silent = Server::silent().await;
    let desk = desk().granting(&silent.origin(), true);
    let (verifier, checks, cancel) =
        (desk.verifier(), [check(get(&silent.url("/")))], CancellationToken::new());
    let (verdict, ()) = tokio::join!(verifier.verify(&checks, &Value::Null, &cancel), async {
        tokio::task::yield_now().await;
        cancel.cancel();
    });
    assert_eq!(verdict.failure().unwrap().ended, Ended::Cancelled);
}

#[tokio::test]
async fn what_may_not_be_reached_is_refused_before_anything_is_sent() {
    let desk = desk().granting("http://127.0.0.1:9", false).granting("api.example.com", false);
    for (url, word) in [
        ("https://other.example.com/", "may not be reached by checks"),
        ("http://api.example.com/", "http = ["),
        ("http://127.0.0.1:9/", "private = true"),
        ("ftp://api.example.com/", "expected http:// or https://"),
        ("no url", "no URL"),
        ("https://user:secret@api.example.com/", "user or password"),
        ("https://api.example.com/{{secret:key}}", "checks have none"),
    ] {
        let said = desk.refusal(get(url)).await;
        assert!(said.starts_with("check `http`: ") && said.contains(word), "{url}: {said}");
    }
    desk.verifier().preflight(&check(get("https://api.example.com/x"))).unwrap();
}
