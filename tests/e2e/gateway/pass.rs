//! Paths that are no endpoint and are passed on all the same: to whom, with what, and what is counted.

use http::{Method, Request};
use http_body_util::Full;
use serde_json::json;

use crate::harness::{Agent, Answer, Host, KEY, Reply, Upstream, form_of, talk, usage_of};

const INVALID: &str = "invalid_request_error";

/// `alpha` in the first pool, which calls the model `m` by another name, and `beta` in the second.
struct Two {
    host: Host,
    agent: Agent,
    alpha: Upstream,
    beta: Upstream,
}

impl Two {
    async fn new() -> Self {
        let answer = || Answer::json(200, &json!({"model": "native-m", "usage": usage_of(7, 3, 0)}));
        Self::playing(Upstream::start(move |_| answer()).await).await
    }

    async fn playing(alpha: Upstream) -> Self {
        let beta = Upstream::good().await;
        let host = Host::start().await;
        host.provider("beta", &beta, &["--model", "n", "--pool", "fallback"]).await;
        host.provider("alpha", &alpha, &["--model", "m=native-m", "--price", "m=1000/1000"]).await;
        let agent = host.agent("tester").await;
        Self { host, agent, alpha, beta }
    }

    async fn ask(&self, method: Method, path: &str, headers: &[(&str, &str)], body: &str) -> Reply {
        let request = headers
            .iter()
            .fold(self.agent.request(method, path), |request, (name, value)| request.header(*name, *value));
        self.agent.send(request.body(Full::from(body.to_owned())).unwrap()).await
    }

    fn nobody_was_asked(&self) {
        assert_eq!((self.alpha.count(), self.beta.count()), (0, 0));
    }
}

#[tokio::test]
async fn a_request_without_a_model_goes_to_the_first_provider_of_the_first_pool() {
    let two = Two::new().await;
    let path = "/v1/files/file-1/content?after=%20x&&y";
    let headers = [("cookie", "a=b"), ("x-api-key", "pbk_mine"), ("x-own", "1"), ("x-patchbay-x", "1")];
    let reply = two.ask(Method::GET, path, &headers, "").await;
    assert_eq!((reply.status, reply.header("x-patchbay-provider")), (200, "alpha"));
    assert_eq!(reply.header("x-patchbay-attempts"), "1");
    let seen = two.alpha.only();
    assert_eq!((seen.method.as_str(), seen.path.as_str(), seen.body.len()), ("GET", path, 0));
    assert_eq!((seen.header("authorization"), seen.header("x-own")), (format!("Bearer {KEY}").as_str(), "1"));
    for gone in ["cookie", "x-api-key", "x-patchbay-x"] {
        assert_eq!(seen.header(gone), "", "{gone}");
    }
    assert!(!format!("{seen:?}").contains("pbk_"), "{seen:?}");
    assert_eq!(two.beta.count(), 0);
}

#[tokio::test]
async fn the_client_picks_the_provider_by_its_name() {
    let two = Two::new().await;
    let path = "/v1/files/file-1";
    let reply = two.ask(Method::GET, path, &[("x-patchbay-provider", "beta")], "").await;
    assert_eq!((reply.status, reply.header("x-patchbay-provider")), (200, "beta"));
    assert_eq!(two.beta.only().header("x-patchbay-provider"), "");
    let nobody = two.ask(Method::GET, path, &[("x-patchbay-provider", "nobody")], "").await;
    nobody.error(404, INVALID, "provider_not_found");
    assert_eq!((two.alpha.count(), two.beta.count()), (0, 1));
}

#[tokio::test]
async fn one_that_fails_is_not_followed_by_another() {
    let two = Two::playing(Upstream::start(|_| Answer::error(500, &[])).await).await;
    let reply = two.ask(Method::GET, "/v1/files/file-1", &[], "").await;
    reply.error(502, "upstream_error", "upstream_failed");
    assert_eq!((two.alpha.count(), two.beta.count()), (1, 0));
}

#[tokio::test]
async fn the_native_name_takes_the_models_place_in_json_and_in_a_form() {
    let two = Two::new().await;
    let json = r#"{ "input":"é", "model" : "m" ,"x":1.0e5}"#;
    let reply = two.agent.post("/v1/moderations", json).await;
    assert_eq!((reply.status, &reply.json()["model"]), (200, &json!("m")), "{reply:?}");
    let form = two.agent.send(two.agent.form("/v1/audio/transcriptions", "m")).await;
    assert_eq!(form.status, 200, "{form:?}");
    let seen = two.alpha.requests();
    assert_eq!(seen[0].body, json.replace("\"m\"", "\"native-m\""));
    assert_eq!(seen[1].body, form_of("native-m"));
    assert_eq!(seen[1].header("content-type"), "multipart/form-data; boundary=e2e");
    assert_eq!(seen[1].header("content-length"), form_of("native-m").len().to_string());
    let unknown = two.agent.post("/v1/moderations", r#"{"model":"none"}"#).await;
    unknown.error(404, INVALID, "model_not_found");
    assert_eq!((two.alpha.count(), two.beta.count()), (2, 0));
}

#[tokio::test]
async fn a_path_that_is_not_on_the_list_reaches_nobody() {
    let two = Two::new().await;
    for path in ["/v1/organization/users", "/v1/filesystem", "/v1/file", "/v1/assistants", "/v1/"] {
        let reply = two.ask(Method::GET, path, &[], "").await;
        assert!([400, 404].contains(&reply.status), "{path}: {reply:?}");
        assert_eq!(reply.header("content-type"), "application/json");
    }
    for path in ["/v1/organization/users", "/v1/filesystem", "/V1/files", "/files"] {
        two.ask(Method::GET, path, &[], "").await.error(404, INVALID, "unknown_url");
    }
    two.nobody_was_asked();
}

#[tokio::test]
async fn a_path_that_could_be_read_as_another_is_400() {
    let two = Two::new().await;
    for path in [
        "/v1/files/../organization",
        "/v1/files/%2e%2e/organization",
        "/v1/files/%2E./organization",
        "/v1/files//x",
        "/v1//files",
        "/v1/files%2fx",
        "/v1/files/..%5corganization",
        "/v1/files/%252e%252e/x",
        "/v1/files/",
    ] {
        // A client library may tidy a path up; these bytes are sent as they are.
        let (address, key) = (two.agent.address, &two.agent.key);
        let head = format!(
            "GET {path} HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer {key}\r\nConnection: close\r\n\r\n"
        );
        let answer = talk(address, head.as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 400 "), "{path}: {answer}");
        assert!(
            answer.contains("\"invalid_path\"") && answer.contains("application/json"),
            "{path}: {answer}"
        );
    }
    two.nobody_was_asked();
}

#[tokio::test]
async fn what_an_answer_states_is_counted_and_else_the_prompt_is_estimated() {
    let upstream = Upstream::start(|asked| match asked.path.as_str() {
        "/v1/moderations" => Answer::json(200, &json!({"usage": usage_of(7, 3, 0)})),
        _ => Answer::with(200, &[("content-type", "audio/mpeg")], &b"\xff\xfb\x00\x01 not text"[..]),
    });
    let two = Two::playing(upstream.await).await;
    assert_eq!(two.agent.post("/v1/moderations", r#"{"model":"m"}"#).await.status, 200);
    let spoken = r#"{"model":"m","input":"hello"}"#;
    let reply = two.agent.post("/v1/audio/speech", spoken).await;
    assert_eq!((reply.status, reply.header("content-type")), (200, "audio/mpeg"));
    assert_eq!(&reply.body[..], b"\xff\xfb\x00\x01 not text");
    let usage = two.host.json(&["usage"]).await;
    let line = &usage[0];
    let prompt = 7 + u64::try_from(spoken.len().div_ceil(4)).unwrap();
    assert_eq!((&line["model"], &line["requests"], &line["estimated"]), (&json!("m"), &json!(2), &json!(1)));
    assert_eq!((&line["prompt_tokens"], &line["completion_tokens"]), (&json!(prompt), &json!(3)), "{line}");
    assert_eq!(line["cost_nano_usd"], (prompt + 3) * 1_000_000, "{line}");
}

#[tokio::test]
async fn a_look_costs_nothing_and_is_counted() {
    let upstream = Upstream::start(|_| Answer::json(200, &json!({"id": "file-1", "bytes": 5}))).await;
    let two = Two::playing(upstream).await;
    assert_eq!(two.ask(Method::GET, "/v1/files/file-1", &[], "").await.status, 200);
    let line = two.host.json(&["usage"]).await[0].clone();
    assert_eq!((&line["model"], &line["requests"]), (&json!("(files)"), &json!(1)), "{line}");
    assert_eq!((&line["total_tokens"], &line["estimated"]), (&json!(0), &json!(0)), "{line}");
}

#[tokio::test]
async fn every_method_passes_with_its_body() {
    let two = Two::new().await;
    for (method, body) in [(Method::DELETE, ""), (Method::PUT, "{\"a\": 1}"), (Method::PATCH, "x=1")] {
        let reply = two.ask(method.clone(), "/v1/files/file-1", &[], body).await;
        assert_eq!(reply.status, 200, "{method}: {reply:?}");
        let seen = two.alpha.requests().pop().unwrap();
        assert_eq!((seen.method.as_str(), &seen.body[..]), (method.as_str(), body.as_bytes()));
    }
    assert_eq!(two.alpha.count(), 3);
    let model = two.ask(Method::DELETE, "/v1/models/m", &[], "").await;
    model.error(405, INVALID, "method_not_allowed");
    assert_eq!((model.header("allow"), two.alpha.count()), ("GET", 3));
}

#[tokio::test]
async fn an_error_of_the_provider_passes_as_it_is() {
    let two = Two::playing(Upstream::start(|_| Answer::error(404, &[("x-own", "1")])).await).await;
    let reply = two.ask(Method::GET, "/v1/files/none", &[], "").await;
    assert_eq!(
        (reply.status, reply.header("x-own"), reply.header("x-patchbay-provider")),
        (404, "1", "alpha")
    );
    assert_eq!(reply.json()["error"]["message"], "played");
}

#[tokio::test]
async fn a_host_may_be_configured_to_pass_on_everything_or_nothing() {
    for (list, status) in [("[\"*\"]", 200), ("[]", 404)] {
        let upstream = Upstream::good().await;
        let host = Host::start_with(&format!("[routing]\npass_through = {list}\n")).await;
        host.provider("alpha", &upstream, &["--model", "m"]).await;
        let agent = host.agent("tester").await;
        let request = Request::get("/v1/organization/users").header("host", "h");
        let request = request.header("x-api-key", &agent.key).body(Full::default()).unwrap();
        assert_eq!(agent.send(request).await.status, status, "{list}");
        assert_eq!(agent.get("/v1/files").await.status, status, "{list}");
        assert_eq!(upstream.count(), if status == 200 { 2 } else { 0 });
    }
}

#[tokio::test]
async fn a_key_with_a_budget_may_not_ask_for_what_nobody_can_price() {
    let two = Two::new().await;
    let (agent, _) = two.host.limited("spender", &["--usd-per-day", "5"]).await;
    let ask = async |method: Method, path: &str| {
        let request = agent.request(method, path).body(Full::from("{}".to_owned())).unwrap();
        agent.send(request).await
    };
    for path in ["/v1/batches", "/v1/fine_tuning/jobs", "/v1/images/generations"] {
        ask(Method::POST, path).await.error(403, INVALID, "price_not_known");
    }
    two.nobody_was_asked();
    for (method, path) in
        [(Method::POST, "/v1/files"), (Method::GET, "/v1/batches"), (Method::DELETE, "/v1/files/file-1")]
    {
        assert_eq!(ask(method, path).await.status, 200, "{path}");
    }
}
