//! Requests that are refused at the door: what the agent is told, and that no provider hears of it.

use bytes::Bytes;
use http::{Method, Request};
use http_body_util::Full;

use crate::harness::{Agent, Host, Upstream, body_of, head, talk};

const CHAT: &str = "/v1/chat/completions";
const INVALID: &str = "invalid_request_error";

/// A host with a small limit for bodies, whose one provider must never be asked.
struct Door {
    upstream: Upstream,
    _host: Host,
    agent: Agent,
}

impl Door {
    async fn new() -> Self {
        let upstream = Upstream::good().await;
        let host = Host::start_with("[server]\nbody_bytes_max = \"1 KiB\"\n").await;
        host.provider("alpha", &upstream, &["--model", "m", "--model", "vendor/m2"]).await;
        let agent = host.agent("tester").await;
        Self { upstream, _host: host, agent }
    }

    async fn refuses_body(&self, body: &str, param: Option<&str>, word: &str) {
        let error = self.agent.post(CHAT, body.to_owned()).await.error(400, INVALID, "invalid_body");
        assert_eq!(error["param"].as_str(), param, "{body:.100}: {error}");
        assert!(error["message"].as_str().unwrap().contains(word), "{body:.100}: {error}");
    }

    fn nobody_was_asked(&self) {
        assert_eq!(self.upstream.count(), 0, "{:?}", self.upstream.requests());
    }
}

#[tokio::test]
async fn no_key_and_a_wrong_key_are_401() {
    let door = Door::new().await;
    let address = door.agent.address;
    let refused = Agent::new(address, "").chat("m").await;
    refused.error(401, INVALID, "missing_api_key");
    let wrong = Agent::new(address, "pbk_0000000000000000000000000000000000000000000");
    wrong.chat("m").await.error(401, INVALID, "invalid_api_key");
    wrong.get("/v1/models").await.error(401, INVALID, "invalid_api_key");
    Agent::new(address, "").post("/v1/nothing", "").await.error(401, INVALID, "missing_api_key");
    door.nobody_was_asked();
}

#[tokio::test]
async fn the_key_is_also_taken_from_x_api_key() {
    let door = Door::new().await;
    let request = Request::post(CHAT).header("host", "h").header("x-api-key", &door.agent.key);
    let reply = door.agent.send(request.body(Full::new(body_of("m", false).into())).unwrap()).await;
    assert_eq!(reply.status, 200, "{reply:?}");
}

#[tokio::test]
async fn a_revoked_key_is_401_at_the_next_request() {
    let upstream = Upstream::good().await;
    let host = Host::start().await;
    host.provider("alpha", &upstream, &["--model", "m"]).await;
    let (agent, other) = (host.agent("leaver").await, host.agent("stayer").await);
    assert_eq!(agent.chat("m").await.status, 200);
    host.cli(&["key", "revoke", "leaver"]).await.ok();
    agent.chat("m").await.error(401, INVALID, "invalid_api_key");
    assert_eq!(other.chat("m").await.status, 200);
}

#[tokio::test]
async fn an_unknown_model_is_404_and_those_that_exist_are_named() {
    let door = Door::new().await;
    let error = door.agent.chat("gpt-none").await.error(404, INVALID, "model_not_found");
    assert_eq!(error["param"], "model");
    for word in ["gpt-none", "\"m\"", "vendor/m2"] {
        assert!(error["message"].as_str().unwrap().contains(word), "{error}");
    }
    door.nobody_was_asked();
}

#[tokio::test]
async fn a_body_over_the_limit_is_413_before_it_is_read() {
    let door = Door::new().await;
    let head = head(&door.agent, "Content-Length: 2000\r\n\r\n");
    let answer = talk(door.agent.address, head.as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
    assert!(answer.contains("request_too_large"), "{answer}");
    door.nobody_was_asked();
}

#[tokio::test]
async fn a_body_that_grows_over_the_limit_is_413() {
    let door = Door::new().await;
    let chunk = format!("400\r\n{}\r\n", " ".repeat(1024));
    let request =
        format!("{}{}0\r\n\r\n", head(&door.agent, "Transfer-Encoding: chunked\r\n\r\n"), chunk.repeat(4));
    let answer = talk(door.agent.address, request.as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
    door.nobody_was_asked();
}

#[tokio::test]
async fn a_body_that_is_no_call_is_400_with_the_field() {
    let door = Door::new().await;
    door.refuses_body("", None, "empty").await;
    door.refuses_body("not JSON", None, "not JSON").await;
    door.refuses_body("[1]", None, "not a JSON object").await;
    door.refuses_body("{\"model\":\"m\"} {}", None, "not JSON").await;
    door.refuses_body("{\"messages\":[]}", Some("model"), "model").await;
    door.refuses_body("{\"model\":7}", Some("model"), "7").await;
    door.refuses_body("{\"model\":\"m\",\"model\":\"m\"}", Some("model"), "more than one").await;
    door.refuses_body("{\"model\":\"m\",\"stream\":\"no\"}", Some("stream"), "true or false").await;
    door.refuses_body("{\"model\":\"m\",\"max_tokens\":-1}", Some("max_tokens"), "-1").await;
    let deep = format!("{{\"model\":\"m\",\"x\":{}{}}}", "[".repeat(300), "]".repeat(300));
    door.refuses_body(&deep, None, "deeper than").await;
    door.nobody_was_asked();
}

#[tokio::test]
async fn a_compressed_body_is_415() {
    let door = Door::new().await;
    let request = door.agent.request(Method::POST, CHAT).header("content-encoding", "gzip");
    let request = request.body(Full::new(Bytes::from_static(b"\x1f\x8b"))).unwrap();
    door.agent.send(request).await.error(415, INVALID, "unsupported_encoding");
    door.nobody_was_asked();
}

#[tokio::test]
async fn another_method_is_405_and_the_right_one_is_named() {
    let door = Door::new().await;
    let get = door.agent.get(CHAT).await;
    get.error(405, INVALID, "method_not_allowed");
    assert_eq!(get.header("allow"), "POST");
    let post = door.agent.post("/v1/models", "{}").await;
    post.error(405, INVALID, "method_not_allowed");
    assert_eq!(post.header("allow"), "GET");
    door.nobody_was_asked();
}

#[tokio::test]
async fn an_unknown_path_is_404_and_never_passed_on() {
    let door = Door::new().await;
    for path in
        ["/v1/organization/users", "/v1/filesystem", "/v1/v1/chat/completions", "/", "/admin", "/api/status"]
    {
        door.agent.post(path, body_of("m", false)).await.error(404, INVALID, "unknown_url");
    }
    door.nobody_was_asked();
}

#[tokio::test]
async fn a_path_that_may_be_read_as_another_is_400_and_never_passed_on() {
    let door = Door::new().await;
    for path in [
        "/v1/chat/completions/",
        "/v1/chat/../models",
        "/v1/files/../organization",
        "/v1/files/%2e%2e/organization",
        "/v1/files//x",
        "/v1/files%2f..%2forganization",
    ] {
        door.agent.post(path, body_of("m", false)).await.error(400, INVALID, "invalid_path");
    }
    door.nobody_was_asked();
}
