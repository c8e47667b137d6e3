//! The API as its clients see it: over HTTP, on a whole desk with a store of its own.

mod key;
mod metric;
mod model;
mod problem;
mod provider;
mod task;

use axum::body::Body as HttpBody;
use axum::http::{Request, StatusCode, header};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tower::ServiceExt;

use super::*;
use crate::desk::{self, TestDesk};

const SECRET: &str = "sk-proj-0123456789abcdef";

async fn ask(desk: &TestDesk, method: &str, path: &str, body: Option<Value>) -> (StatusCode, Value) {
    let mut request = Request::builder().method(method).uri(path);
    if body.is_some() {
        request = request.header(header::CONTENT_TYPE, "application/json");
    }
    let body = body.map_or_else(HttpBody::empty, |body| HttpBody::from(body.to_string()));
    send(desk, request.body(body).unwrap()).await
}

async fn send(desk: &TestDesk, request: Request<HttpBody>) -> (StatusCode, Value) {
    let response = router(desk.operator.clone()).oneshot(request).await.unwrap();
    let status = response.status();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    assert!(!String::from_utf8_lossy(&body).contains(SECRET), "a secret in an answer");
    (status, serde_json::from_slice(&body).unwrap_or_else(|_| panic!("not JSON: {body:?}")))
}

async fn get(desk: &TestDesk, path: &str) -> Value {
    let (status, value) = ask(desk, "GET", path, None).await;
    assert_eq!(status, StatusCode::OK, "{path}: {value}");
    value
}

/// The status, the code and the field of a refusal.
async fn refused(
    desk: &TestDesk,
    method: &str,
    path: &str,
    body: Option<Value>,
) -> (u16, String, Option<String>) {
    let (status, value) = ask(desk, method, path, body).await;
    let error: crate::api::ErrorAnswer = serde_json::from_value(value).unwrap();
    (status.as_u16(), error.error.code, error.error.field)
}

fn openai() -> Value {
    json!({"name": "openai", "url": "https://api.example.com", "credential": SECRET,
           "models": {"gpt-5": {"native_id": "gpt-5-2026", "input_price": "2.5", "output_price": "10"}}})
}

#[tokio::test]
async fn a_provider_is_added_shown_masked_and_there_after_a_restart() {
    let desk = TestDesk::new().await;
    let (status, added) = ask(&desk, "POST", "/api/providers", Some(openai())).await;
    assert_eq!(status, StatusCode::CREATED, "{added}");
    assert_eq!(added["url"], "https://api.example.com/v1");
    assert_eq!(added["credential"], "sk-pro…cdef");
    assert_eq!(added["models"]["gpt-5"]["input_price"], "2.5");
    assert!(desk.pool.serves("gpt-5"));
    let desk = desk.again().await;
    assert!(desk.pool.serves("gpt-5"));
    assert_eq!(get(&desk, "/api/providers/openai").await, added);
    assert_eq!(get(&desk, "/api/providers").await, json!([added]));
    let audit = get(&desk, "/api/audit").await;
    assert_eq!((&audit[0]["action"], &audit[0]["actor"]), (&json!("provider.add"), &json!("cli")));
    let events = get(&desk, "/api/events?limit=1").await;
    assert_eq!(events[0]["message"], "openai was added");
}

#[tokio::test]
async fn a_wrong_field_is_named_and_nothing_is_stored() {
    let desk = TestDesk::new().await;
    let check = async |change: Value, code: &str, field: Option<&str>| {
        let mut body = openai();
        body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        let (status, found_code, found) = refused(&desk, "POST", "/api/providers", Some(body)).await;
        assert_eq!((status, &*found_code, found.as_deref()), (422, code, field), "{change}");
    };
    check(json!({"rpm": "abc"}), "bad-value", Some("rpm")).await;
    check(json!({"rpm": 0}), "bad-value", Some("rpm")).await;
    check(json!({"enabled": "false"}), "bad-value", Some("enabled")).await;
    check(json!({"url": "not a url"}), "bad-value", Some("url")).await;
    check(json!({"name": "no good"}), "bad-value", Some("name")).await;
    check(json!({"credential": "two words"}), "bad-value", Some("credential")).await;
    check(json!({"credential": 7}), "bad-value", Some("credential")).await;
    check(json!({"surprise": 1}), "bad-value", Some("surprise")).await;
    check(json!({"models": {"m": {"input_price": 2.5}}}), "bad-value", Some("models.m.input_price")).await;
    check(json!({"models": {"m": {"input_price": "-1"}}}), "bad-value", Some("models.m.input_price")).await;
    let (status, code, field) = refused(&desk, "POST", "/api/providers", Some(json!({"name": "a"}))).await;
    assert_eq!((status, &*code, field.as_deref()), (422, "bad-value", Some("url")));
    assert_eq!(get(&desk, "/api/providers").await, json!([]));
    assert_eq!(get(&desk, "/api/audit").await, json!([]));
}

#[tokio::test]
async fn a_name_is_given_once() {
    let desk = TestDesk::new().await;
    ask(&desk, "POST", "/api/providers", Some(openai())).await;
    let (status, code, field) = refused(&desk, "POST", "/api/providers", Some(openai())).await;
    assert_eq!((status, &*code, field.as_deref()), (409, "provider-exists", Some("name")));
}

#[tokio::test]
async fn a_key_does_not_follow_a_url_to_another_origin() {
    let desk = TestDesk::new().await;
    ask(&desk, "POST", "/api/providers", Some(openai())).await;
    let path = "/api/providers/openai";
    let (status, value) = ask(&desk, "PATCH", path, Some(json!({"url": "https://evil.example"}))).await;
    assert_eq!((status.as_u16(), &value["error"]["code"]), (422, &json!("credential-bound")));
    let message = value["error"]["message"].as_str().unwrap();
    assert!(message.contains("bound to https://api.example.com:443"), "{message}");
    assert_eq!(get(&desk, path).await["url"], "https://api.example.com/v1");
    let (status, _) =
        ask(&desk, "PATCH", path, Some(json!({"url": "https://api.example.com/openai/v1"}))).await;
    assert_eq!(status, StatusCode::OK);
    let moved = json!({"url": "https://other.example", "credential": "sk-other-0123456789"});
    let (status, value) = ask(&desk, "PATCH", path, Some(moved)).await;
    assert_eq!((status, &value["credential"]), (StatusCode::OK, &json!("sk-oth…6789")));
    let (_, value) = ask(&desk, "PATCH", path, Some(json!({"credential": null}))).await;
    assert_eq!(value["credential"], Value::Null);
    let desk = desk.again().await;
    assert_eq!(get(&desk, path).await["health"], "healthy");
}

#[tokio::test]
async fn of_two_edits_of_one_revision_the_second_is_refused() {
    let desk = TestDesk::new().await;
    let (_, added) = ask(&desk, "POST", "/api/providers", Some(openai())).await;
    let edit = |rpm: u32| Some(json!({"rpm": rpm, "revision": added["revision"]}));
    let (status, _) = ask(&desk, "PATCH", "/api/providers/openai", edit(7)).await;
    assert_eq!(status, StatusCode::OK);
    let (status, code, _) = refused(&desk, "PATCH", "/api/providers/openai", edit(8)).await;
    assert_eq!((status, &*code), (409, "conflict"));
    assert_eq!(get(&desk, "/api/providers/openai").await["rpm"], 7);
}

#[tokio::test]
async fn concurrent_edits_of_different_fields_are_all_kept() {
    let desk = TestDesk::new().await;
    ask(&desk, "POST", "/api/providers", Some(openai())).await;
    let edits = [json!({"rpm": 7}), json!({"pool": "fallback"}), json!({"models": {"n": {}}})];
    let edits = edits.map(|edit| ask(&desk, "PATCH", "/api/providers/openai", Some(edit)));
    let [a, b, c] = edits;
    tokio::join!(a, b, c);
    let found = get(&desk, "/api/providers/openai").await;
    assert_eq!(
        (&found["rpm"], &found["pool"], &found["models"]["n"]["native_id"]),
        (&json!(7), &json!("fallback"), &json!("n"))
    );
}

#[tokio::test]
async fn a_credential_that_does_not_open_leaves_its_provider_dead_and_the_host_up() {
    let desk = TestDesk::new().await;
    ask(&desk, "POST", "/api/providers", Some(openai())).await;
    let identity = desk.folder.path().join("identity");
    std::fs::remove_file(&identity).unwrap();
    patchbay_vault::Vault::create(&identity, desk::NOW).unwrap();
    let desk = desk.again().await;
    let found = get(&desk, "/api/providers/openai").await;
    assert_eq!(found["health"], "dead");
    assert!(found["reason"].as_str().unwrap().contains("another identity"), "{found}");
    let (status, _) = ask(&desk, "PATCH", "/api/providers/openai", Some(json!({"credential": SECRET}))).await;
    assert_eq!(
        (status, &get(&desk, "/api/providers/openai").await["health"]),
        (StatusCode::OK, &json!("healthy"))
    );
}

#[tokio::test]
async fn a_provider_is_switched_off_and_on() {
    let desk = TestDesk::new().await;
    ask(&desk, "POST", "/api/providers", Some(openai())).await;
    let (_, off) = ask(&desk, "POST", "/api/providers/openai/disable", None).await;
    assert_eq!((&off["health"], desk.pool.serves("gpt-5")), (&json!("disabled"), false));
    let (_, on) = ask(&desk, "POST", "/api/providers/openai/enable", None).await;
    assert_eq!((&on["health"], desk.pool.serves("gpt-5")), (&json!("healthy"), true));
}

#[tokio::test]
async fn a_dead_provider_may_prove_itself_once_the_operator_vouches_for_it() {
    let desk = TestDesk::new().await;
    desk.add("alpha", "http://127.0.0.1:9", Some(SECRET)).await;
    let permit = desk.permit();
    permit.failed(&patchbay_pool::Verdict::CredentialRefused, &format!("no such key {SECRET}"));
    drop(permit);
    let dead = get(&desk, "/api/providers/alpha").await;
    assert_eq!(dead["health"], "dead");
    let (_, vouched) = ask(&desk, "POST", "/api/providers/alpha/enable", None).await;
    assert_eq!(vouched["health"], "healthy");
}

#[tokio::test]
async fn what_is_unknown_is_answered_with_what_there_is() {
    let desk = TestDesk::new().await;
    desk.add("alpha", "http://127.0.0.1:9", None).await;
    for (method, path) in [("GET", ""), ("DELETE", ""), ("POST", "/enable"), ("POST", "/test")] {
        let (status, value) = ask(&desk, method, &format!("/api/providers/beta{path}"), None).await;
        assert_eq!(
            (status.as_u16(), &value["error"]["code"]),
            (404, &json!("unknown-provider")),
            "{method} {path}"
        );
        assert!(value["error"]["message"].as_str().unwrap().contains("there are: alpha"), "{value}");
    }
    let (status, value) = ask(&desk, "GET", "/api/slots/nothing", None).await;
    assert_eq!((status.as_u16(), &value["error"]["code"]), (404, &json!("unknown-slot")));
    assert!(value["error"]["message"].as_str().unwrap().contains("routing"), "{value}");
    assert_eq!(refused(&desk, "GET", "/api/nothing", None).await.0, 404);
    assert_eq!(refused(&desk, "PUT", "/api/providers", None).await.0, 405);
    assert_eq!(refused(&desk, "GET", "/api/usage?from=1", None).await, (422, "bad-query".to_owned(), None));
    for (query, field) in
        [("since=1", "since"), ("by=week", "by"), ("days=0", "days"), ("hours=1&days=1", "hours")]
    {
        let refusal = refused(&desk, "GET", &format!("/api/usage?{query}"), None).await;
        assert_eq!(refusal, (422, "bad-value".to_owned(), Some(field.to_owned())), "{query}");
    }
}

#[tokio::test]
async fn a_body_that_is_not_json_is_refused() {
    let desk = TestDesk::new().await;
    let post = |kind: &str, body: &'static str| {
        let request = Request::post("/api/keys").header(header::CONTENT_TYPE, kind);
        send(&desk, request.body(HttpBody::from(body)).unwrap())
    };
    assert_eq!(post("text/plain", "{\"agent\": \"a\"}").await.0, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    assert_eq!(post("application/json", "{").await.0, StatusCode::BAD_REQUEST);
    let deep: &'static str = "[".repeat(100_000).leak();
    assert_eq!(post("application/json", deep).await.0, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(get(&desk, "/api/keys").await, json!([]));
}

#[tokio::test]
async fn keys_are_shown_once_and_work_until_they_are_revoked() {
    let desk = TestDesk::new().await;
    let (status, first) = ask(&desk, "POST", "/api/keys", Some(json!({"agent": "scout"}))).await;
    assert_eq!(status, StatusCode::CREATED);
    let (_, second) = ask(&desk, "POST", "/api/keys", Some(json!({"agent": "scout"}))).await;
    let [first_key, second_key] = [&first, &second].map(|key| key["key"].as_str().unwrap().to_owned());
    let desk = desk.again().await;
    for key in [&first_key, &second_key] {
        assert_eq!(desk.keyring.find(key).unwrap().agent.as_str(), "scout");
    }
    let listed = get(&desk, "/api/keys").await.to_string();
    assert!(!listed.contains(&first_key) && listed.contains(&first_key[..10]), "{listed}");
    let path = format!("/api/keys/{}", first["id"].as_str().unwrap());
    ask(&desk, "DELETE", &path, None).await;
    let found = [&first_key, &second_key].map(|key| desk.keyring.find(key).is_some());
    assert_eq!(found, [false, true]);
    let (_, revoked) = ask(&desk, "DELETE", "/api/keys/scout", None).await;
    assert_eq!(revoked.as_array().unwrap().len(), 1);
    assert!(desk.again().await.keyring.is_empty());
}

#[tokio::test]
async fn an_unknown_key_cannot_be_revoked_and_a_wrong_agent_gets_none() {
    let desk = TestDesk::new().await;
    assert_eq!(refused(&desk, "DELETE", "/api/keys/nobody", None).await.1, "unknown-key");
    let (status, code, field) = refused(&desk, "POST", "/api/keys", Some(json!({"agent": "a b"}))).await;
    assert_eq!((status, &*code, field.as_deref()), (422, "bad-value", Some("agent")));
}

#[tokio::test]
async fn a_secret_is_set_listed_and_removed_and_what_is_wrong_is_named() {
    let desk = TestDesk::new().await;
    let body = |origin: &str, value: Value| Some(json!({"origins": [origin], "value": value}));
    let (status, set) = ask(&desk, "PUT", "/api/secrets/a", body("h.example", json!(SECRET))).await;
    assert_eq!((status, &set["origins"]), (StatusCode::OK, &json!(["https://h.example:443"])), "{set}");
    assert_eq!(get(&desk, "/api/secrets").await, json!([set]));
    let check = async |path: &str, body: Option<Value>, field: &str| {
        let (status, code, found) = refused(&desk, "PUT", path, body).await;
        assert_eq!((status, &*code, found.as_deref()), (422, "bad-value", Some(field)), "{path}");
    };
    check("/api/secrets/a", body("h/path", json!(SECRET)), "origins").await;
    check("/api/secrets/a", Some(json!({"origins": [], "value": SECRET})), "origins").await;
    check("/api/secrets/a", Some(json!({"value": SECRET})), "origins").await;
    check("/api/secrets/a", body("h", json!("")), "value").await;
    check("/api/secrets/a", body("h", json!(format!("{SECRET}\n"))), "value").await;
    check("/api/secrets/a", body("h", json!([SECRET])), "value").await;
    check("/api/secrets/a%20b", body("h", json!(SECRET)), "name").await;
    let (_, removed) = ask(&desk, "DELETE", "/api/secrets/a", None).await;
    assert_eq!(removed, json!({"removed": "a"}));
    let gone = refused(&desk, "DELETE", "/api/secrets/a", None).await;
    assert_eq!(gone, (404, "unknown-secret".to_owned(), None));
}

#[tokio::test]
async fn usage_is_what_is_stored_and_what_is_on_its_way() {
    let desk = TestDesk::new().await;
    desk.record("alpha", "m", "scout");
    desk.meter.flush().await.unwrap();
    desk.record("alpha", "m", "scout");
    desk.record("alpha", "n", "scout");
    let usage = get(&desk, "/api/usage").await;
    let counts: Vec<_> = usage
        .as_array()
        .unwrap()
        .iter()
        .map(|line| (line["model"].clone(), line["requests"].clone()))
        .collect();
    assert_eq!(counts, [(json!("m"), json!(2)), (json!("n"), json!(1))]);
    assert_eq!(
        (&usage[0]["total_tokens"], &usage[0]["cost_nano_usd"], &usage[0]["cost_usd"]),
        (&json!(30), &json!(200), &json!("0.0000002"))
    );
    assert_eq!(
        get(&desk, "/api/usage?model=n&agent=scout&provider=alpha").await.as_array().unwrap().len(),
        1
    );
    assert_eq!(get(&desk, "/api/usage?agent=other").await, json!([]));
    let status = get(&desk, "/api/status").await;
    assert_eq!((&status["in_all"]["requests"], &status["since_start"]["requests"]), (&json!(3), &json!(3)));
}

#[tokio::test]
async fn hours_are_time_and_not_rows() {
    let desk = TestDesk::new().await;
    for hours_ago in [3, 2, 1, 0] {
        desk.record("alpha", "m", "scout");
        if hours_ago > 0 {
            desk.clock.advance(std::time::Duration::from_secs(3600));
        }
    }
    desk.meter.flush().await.unwrap();
    for (hours, requests) in [(1, 1), (2, 2), (4, 4), (1000, 4), (u64::MAX, 4)] {
        let usage = get(&desk, &format!("/api/usage?hours={hours}")).await;
        assert_eq!(usage[0]["requests"], requests, "{hours}");
    }
    assert_eq!(get(&desk, "/api/usage?by=hour").await.as_array().unwrap().len(), 4);
}

#[tokio::test]
async fn usage_is_summed_up_by_what_is_asked_for() {
    let desk = TestDesk::new().await;
    for provider in ["alpha", "beta", "beta"] {
        desk.record(provider, "m", "scout");
        desk.clock.advance(std::time::Duration::from_secs(86_400));
    }
    let lines = async |by: &str| get(&desk, &format!("/api/usage?by={by}")).await.as_array().unwrap().clone();
    let pools = lines("pool").await;
    assert_eq!((pools.len(), &pools[0]["pool"], &pools[0]["providers"]), (1, &json!("primary"), &json!(2)));
    assert_eq!((&pools[0]["requests"], &pools[0]["provider"]), (&json!(3), &Value::Null));
    assert_eq!((&pools[0]["reasoning_tokens"], &pools[0]["cache_write_tokens"]), (&json!(6), &json!(9)));
    assert_eq!((&pools[0]["latency_p50_ms"], &pools[0]["first_byte_p50_ms"]), (&json!(17.5), &json!(5.0)));
    let providers: Vec<_> = lines("provider").await.iter().map(|line| line["requests"].clone()).collect();
    assert_eq!(providers, [json!(1), json!(2)]);
    assert_eq!((lines("day").await.len(), lines("month").await.len()), (3, 1));
    let by_two = lines("day,provider").await;
    assert_eq!(
        (by_two.len(), &by_two[0]["provider"], &by_two[0]["model"]),
        (3, &json!("alpha"), &Value::Null)
    );
    assert_eq!(get(&desk, "/api/usage?pool=fallback").await, json!([]));
}

#[tokio::test]
async fn a_time_that_was_asked_for_begins_and_ends_where_it_says() {
    // 2023-11-14T22:13:20Z.
    let desk = TestDesk::new().await;
    for _ in 0..4 {
        desk.record("alpha", "m", "scout");
        desk.clock.advance(std::time::Duration::from_secs(3600));
    }
    desk.meter.flush().await.unwrap();
    for (asked, requests) in [
        ("since=2023-11-14", 4),
        ("since=2023-11-15", 2),
        ("until=2023-11-14", 2),
        ("since=2023-11-14&until=2023-11-14", 2),
        ("since=2023-11-14T23:59:59Z", 3),
        ("until=2023-11-15T00:00:00Z", 2),
        ("since=2023-11-14T23:00:00Z&until=2023-11-15T01:00:00Z", 2),
        ("days=1", 2),
        ("days=2", 4),
    ] {
        let usage = get(&desk, &format!("/api/usage?{asked}")).await;
        assert_eq!(usage[0]["requests"], requests, "{asked}");
    }
    assert_eq!(get(&desk, "/api/usage?since=2023-11-16").await, json!([]));
}

#[tokio::test]
async fn past_cooldowns_have_a_path_and_a_provider_of_its_name_can_be_cleared() {
    let desk = TestDesk::new().await;
    desk.add("history", "http://127.0.0.1:9", None).await;
    desk.limit();
    assert_eq!(get(&desk, "/api/cooldowns/history?provider=history&hours=1").await, json!([]));
    assert_eq!(refused(&desk, "GET", "/api/cooldowns/alpha", None).await.0, 404);
    assert_eq!(
        refused(&desk, "GET", "/api/cooldowns/history?hours=0", None).await.2.as_deref(),
        Some("hours")
    );
    let (_, cleared) = ask(&desk, "DELETE", "/api/cooldowns/history", None).await;
    assert_eq!(cleared["cleared"], true);
}

#[tokio::test]
async fn history_stays_when_its_provider_goes() {
    let desk = TestDesk::new().await;
    desk.add("alpha", "http://127.0.0.1:9", None).await;
    desk.record("alpha", "m", "scout");
    desk.meter.flush().await.unwrap();
    let (status, removed) = ask(&desk, "DELETE", "/api/providers/alpha", None).await;
    assert_eq!((status, &removed["removed"]), (StatusCode::OK, &json!("alpha")));
    assert!(!desk.pool.serves("m"));
    let desk = desk.again().await;
    assert_eq!(get(&desk, "/api/providers").await, json!([]));
    assert_eq!(get(&desk, "/api/usage?provider=alpha").await[0]["requests"], 1);
    assert_eq!(get(&desk, "/api/status").await["in_all"]["requests"], 1);
}

#[tokio::test]
async fn a_cooldown_is_listed_and_cleared_by_hand() {
    let desk = TestDesk::new().await;
    desk.add("alpha", "http://127.0.0.1:9", None).await;
    desk.limit();
    let listed = get(&desk, "/api/cooldowns").await;
    assert_eq!((&listed[0]["provider"], &listed[0]["reason"]), (&json!("alpha"), &json!("slow down")));
    assert_eq!(get(&desk, "/api/status").await["providers"]["cooling"], 1);
    let (_, cleared) = ask(&desk, "DELETE", "/api/cooldowns/alpha", None).await;
    assert_eq!(cleared, json!({"provider": "alpha", "cleared": true}));
    assert_eq!(get(&desk, "/api/cooldowns").await, json!([]));
    let (_, cleared) = ask(&desk, "DELETE", "/api/cooldowns/alpha", None).await;
    assert_eq!(cleared["cleared"], false);
}

#[tokio::test]
async fn a_test_asks_with_the_key_and_counts_the_models() {
    let desk = TestDesk::new().await;
    let (address, mut asked) =
        desk::upstream(desk::http("200 OK", "{\"data\":[{\"id\":\"x\"},{\"id\":\"y\"}]}")).await;
    desk.add("alpha", &format!("http://{address}"), Some(SECRET)).await;
    let (_, test) = ask(&desk, "POST", "/api/providers/alpha/test", None).await;
    assert_eq!(
        (&test["ok"], &test["status"], &test["models"]),
        (&json!(true), &json!(200), &json!(2)),
        "{test}"
    );
    assert_eq!(
        (&test["url"], &test["missing"]),
        (&json!(format!("http://{address}/v1/models")), &json!(["m-1"]))
    );
    let question = asked.recv().await.unwrap();
    assert!(
        question.starts_with("GET /v1/models HTTP/1.1") && question.contains(&format!("Bearer {SECRET}")),
        "{question}"
    );
    assert_eq!(desk.operator.provider("alpha").unwrap().requests_used, 0);
}

#[tokio::test]
async fn a_test_that_fails_says_why_and_what_to_do() {
    let desk = TestDesk::new().await;
    let (missing, _asked) = desk::upstream(desk::http("404 Not Found", "no such path")).await;
    desk.add("missing", &format!("http://{missing}"), None).await;
    let (_, test) = ask(&desk, "POST", "/api/providers/missing/test", None).await;
    assert_eq!((&test["ok"], &test["status"]), (&json!(false), &json!(404)));
    assert!(test["hints"][0].as_str().unwrap().contains("base url"), "{test}");
    let (leaky, _asked) = desk::upstream(desk::http("401 Unauthorized", &format!("bad key {SECRET}"))).await;
    desk.add("leaky", &format!("http://{leaky}"), Some(SECRET)).await;
    let (_, test) = ask(&desk, "POST", "/api/providers/leaky/test", None).await;
    assert!(test["message"].as_str().unwrap().contains("bad key …"), "{test}");
    desk.add("closed", "http://127.0.0.1:1", None).await;
    let (_, test) = ask(&desk, "POST", "/api/providers/closed/test", None).await;
    assert!(
        test["status"].is_null() && test["message"].as_str().unwrap().contains("no connection"),
        "{test}"
    );
}

async fn load(desk: &TestDesk, slot: &str, kind: &str, body: Vec<u8>) -> (u16, Value) {
    let request = Request::post(format!("/api/slots/{slot}/load")).header(header::CONTENT_TYPE, kind);
    let (status, value) = send(desk, request.body(HttpBody::from(body)).unwrap()).await;
    (status.as_u16(), value["error"].clone())
}

#[tokio::test]
async fn a_component_that_is_none_is_refused_and_one_that_is_too_large_is_413() {
    let desk = TestDesk::new().await;
    let check = async |bytes: usize, expect: (u16, &str)| {
        let (status, error) = load(&desk, "routing", "application/wasm", vec![0; bytes]).await;
        assert_eq!((status, error["code"].as_str().unwrap()), expect, "{error}");
    };
    check(10, (422, "plugin-refused")).await;
    check(64 * 1024 + 1, (413, "component-too-large")).await;
    check(2 << 20, (413, "too-large")).await;
    let (status, code, _) = refused(&desk, "POST", "/api/slots/routing/rollback", None).await;
    assert_eq!((status, &*code), (409, "nothing-earlier"));
    let slots = get(&desk, "/api/slots").await;
    assert_eq!((&slots[0]["slot"], &slots[0]["active"]), (&json!("routing"), &Value::Null));
}

#[tokio::test]
async fn options_of_a_load_stand_in_a_line_of_their_own() {
    let desk = TestDesk::new().await;
    let check = async |body: &str, expect: (u16, &str), field: Option<&str>| {
        let body = body.as_bytes().to_vec();
        let (status, error) = load(&desk, "notifiers%2Fops", crate::api::LOAD_CONTENT_TYPE, body).await;
        let found = (status, error["code"].as_str().unwrap());
        assert_eq!((found, error["field"].as_str()), (expect, field), "{error}");
    };
    check("{}\nno component", (422, "plugin-refused"), None).await;
    check("{} no newline", (422, "bad-value"), None).await;
    check("{\"surprise\": 1}\n", (422, "bad-value"), None).await;
    check("{\"signatures\": [\"x\"]}\n", (422, "bad-value"), Some("signatures")).await;
    check("{\"trial\": {\"shadow\": {\"sample\": 2}}}\n", (422, "bad-value"), Some("trial.sample")).await;
    let (status, error) = load(&desk, "nothing", "application/wasm", vec![0]).await;
    assert_eq!((status, &error["field"]), (422, &json!("slot")), "{error}");
    let slots = get(&desk, "/api/slots").await;
    assert_eq!(slots.as_array().unwrap().len(), 1, "a slot that holds nothing came into being: {slots}");
}

#[tokio::test]
async fn a_slot_without_a_trial_calls_or_anybody_in_charge_says_so() {
    let desk = TestDesk::new().await;
    let check = async |method: &str, path: &str, body: Option<Value>, expect: (u16, &str)| {
        let (status, code, _) = refused(&desk, method, path, body).await;
        assert_eq!((status, &*code), expect, "{method} {path}");
    };
    let none = || Some(json!({}));
    check("POST", "/api/slots/routing/promote", none(), (409, "no-trial")).await;
    let number = Some(json!({"generation": 7}));
    check("POST", "/api/slots/routing/promote", number, (404, "unknown-generation")).await;
    let many = Some(json!({"calls": 2_001}));
    check("POST", "/api/slots/routing/promote", many, (422, "bad-value")).await;
    let silent = Some(json!({"accept_diff": " "}));
    check("POST", "/api/slots/routing/promote", silent, (422, "bad-value")).await;
    check("POST", "/api/slots/routing/discard", None, (409, "no-trial")).await;
    check("GET", "/api/slots/routing/trial", None, (409, "no-trial")).await;
    check("GET", "/api/slots/routing/calls/req_1%232", None, (404, "unknown-call")).await;
    check("GET", "/api/slots/notifiers%2Fops/calls", None, (404, "unknown-slot")).await;
    let input = Some(json!({"input": {}}));
    check("POST", "/api/slots/routing/ask", input, (409, "nobody-in-charge")).await;
    let input = Some(json!({"input": {"surprise": 1}}));
    check("POST", "/api/slots/routing/ask", input, (422, "bad-value")).await;
    let unknown = format!("/api/components/{}", patchbay_types::Digest::of(b"x"));
    check("GET", &unknown, None, (404, "unknown-component")).await;
    check("GET", "/api/components/x", None, (422, "bad-value")).await;
    assert_eq!(get(&desk, "/api/slots/routing/calls?limit=3&failed=true").await, json!([]));
}

#[tokio::test]
async fn only_a_chain_has_an_order_and_it_names_each_of_its_slots() {
    let desk = TestDesk::new().await;
    let order = |names: Value| Some(json!({"order": names}));
    let (status, ordered) = ask(&desk, "POST", "/api/chains/analyzers", order(json!([]))).await;
    assert_eq!((status, ordered), (StatusCode::OK, json!({"order": []})));
    assert_eq!(get(&desk, "/api/audit").await[0]["action"], "slot.order");
    let check = async |path: &str, names: Value, expect: (u16, &str)| {
        let (status, code, _) = refused(&desk, "POST", path, order(names)).await;
        assert_eq!((status, &*code), expect, "{path}");
    };
    check("/api/chains/analyzers", json!(["rules"]), (422, "bad-order")).await;
    check("/api/chains/analyzers", json!(["a b"]), (422, "bad-value")).await;
    check("/api/chains/notifiers", json!([]), (422, "no-chain")).await;
    check("/api/chains/nothing", json!([]), (404, "unknown-kind")).await;
}

#[tokio::test]
async fn health_says_why_it_is_degraded() {
    let desk = TestDesk::new().await;
    let health = desk.operator.health();
    assert_eq!(&*health.status, "degraded");
    assert!(health.reasons.iter().any(|reason| reason == "no provider is available"), "{health:?}");
    desk.add("alpha", "http://127.0.0.1:9", None).await;
    assert_eq!(desk.operator.health().reasons, ["slot routing is empty: the native policy decides"]);
    desk.operator.announce(json!({"listen": "127.0.0.1:9190"}));
    assert_eq!(get(&desk, "/api/status").await["address"]["listen"], "127.0.0.1:9190");
}

#[tokio::test]
async fn after_close_nothing_is_changed() {
    let desk = TestDesk::new().await;
    desk.operator.close().await;
    assert_eq!(refused(&desk, "POST", "/api/providers", Some(openai())).await.0, 503);
}

#[tokio::test]
async fn a_change_runs_to_its_end_though_nobody_waits_for_it() {
    let desk = TestDesk::new().await;
    let mut adding = Box::pin(ask(&desk, "POST", "/api/providers", Some(openai())));
    std::future::poll_fn(|context| {
        let _ = adding.as_mut().poll(context);
        std::task::Poll::Ready(())
    })
    .await;
    drop(adding);
    desk.operator.close().await;
    assert!(desk.pool.serves("gpt-5"));
}

#[tokio::test]
async fn metrics_have_help_and_type_and_no_agent() {
    let desk = TestDesk::new().await;
    desk.add("alpha", "http://127.0.0.1:9", None).await;
    desk.record("alpha", "m", "scout");
    desk.record("alpha", "m", "other");
    let request = Request::get("/metrics").body(HttpBody::empty()).unwrap();
    let response = metrics_router(desk.operator.clone()).oneshot(request).await.unwrap();
    assert!(
        response.headers()[header::CONTENT_TYPE].to_str().unwrap().starts_with("text/plain; version=0.0.4")
    );
    let text = String::from_utf8(response.into_body().collect().await.unwrap().to_bytes().to_vec()).unwrap();
    for line in [
        "# TYPE patchbay_requests_total counter",
        "patchbay_requests_total{provider=\"alpha\",model=\"m\"} 2",
        "patchbay_tokens_total{provider=\"alpha\",model=\"m\",type=\"prompt\"} 20",
        "patchbay_tokens_total{provider=\"alpha\",model=\"m\",type=\"reasoning\"} 4",
        "patchbay_tokens_total{provider=\"alpha\",model=\"m\",type=\"cache_write\"} 6",
        "# TYPE patchbay_latency_seconds histogram",
        "patchbay_latency_seconds_bucket{le=\"0.01\",provider=\"alpha\",model=\"m\"} 0",
        "patchbay_latency_seconds_bucket{le=\"0.025\",provider=\"alpha\",model=\"m\"} 2",
        "patchbay_latency_seconds_bucket{le=\"+Inf\",provider=\"alpha\",model=\"m\"} 2",
        "patchbay_latency_seconds_sum{provider=\"alpha\",model=\"m\"} 0.04",
        "patchbay_first_byte_seconds_count{provider=\"alpha\",model=\"m\"} 2",
        "patchbay_cost_usd_total{provider=\"alpha\",model=\"m\"} 2e-7",
        "# TYPE patchbay_provider_up gauge",
        "patchbay_provider_up{provider=\"alpha\",pool=\"primary\"} 1.0",
        "patchbay_cooldown_active{provider=\"alpha\",pool=\"primary\"} 0.0",
        "patchbay_outbox_waiting 0.0",
        "patchbay_usage_dropped_total 0",
        "patchbay_slot_filled{slot=\"routing\"} 0.0",
        "patchbay_build_info{version=\"0.0.1\"} 1.0",
    ] {
        assert!(text.contains(line), "{line} is missing in\n{text}");
    }
    assert!(!text.contains("scout"), "{text}");
    let described =
        |name: &str| text.contains(&format!("# HELP {name} ")) && text.contains(&format!("# TYPE {name} "));
    for sample in text.lines().filter(|line| !line.starts_with('#')) {
        let name = sample.split(['{', ' ']).next().unwrap();
        let family = ["_bucket", "_sum", "_count"].iter().find_map(|end| name.strip_suffix(end));
        assert!(described(name) || family.is_some_and(described), "{name} is not described");
    }
}

#[tokio::test]
async fn metrics_have_what_the_gateway_counts_until_the_desk_is_closed() {
    let desk = TestDesk::new().await;
    let mut times = patchbay_proxy::StageTimes {
        stage: "decide",
        counts: [0; patchbay_proxy::STAGE_EDGES_US.len() + 1],
        sum: std::time::Duration::from_micros(1_500),
    };
    (times.counts[0], times.counts[16]) = (2, 1);
    let stages = Box::new(move || vec![times.clone()]);
    desk.operator.watch(crate::GatewayCounts { stages, waiting: Box::new(|| 3) });
    let text = crate::metrics(&desk.operator).await;
    for line in [
        "# TYPE patchbay_request_stage_seconds histogram",
        "patchbay_request_stage_seconds_bucket{le=\"0.000005\",stage=\"decide\"} 2",
        "patchbay_request_stage_seconds_bucket{le=\"+Inf\",stage=\"decide\"} 3",
        "patchbay_request_stage_seconds_sum{stage=\"decide\"} 0.0015",
        "patchbay_request_stage_seconds_count{stage=\"decide\"} 3",
        "patchbay_waiting_requests 3.0",
    ] {
        assert!(text.contains(line), "{line} is missing in\n{text}");
    }
    desk.operator.close().await;
    assert!(!crate::metrics(&desk.operator).await.contains("patchbay_waiting_requests"));
}
