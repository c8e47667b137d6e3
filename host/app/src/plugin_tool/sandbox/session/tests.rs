//! The SDK's format of host calls is the runtime's.

use patchbay_runtime::ask::{HostReply, HttpRequest, Payload};
use patchbay_sdk::testing::Mock;
use patchbay_sdk::{files, http, job, kv, llm, process, secrets, tasks};
use serde_json::json;

use super::*;

/// Calls of each capability as the SDK makes them.
fn all_calls() -> Vec<serde_json::Value> {
    let mock = Mock::new()
        .file("/a", "text")
        .process()
        .on("sh")
        .lines(["one"])
        .exit(0)
        .http()
        .on("POST", "https://a")
        .answer(200, [0xff]);
    let _ = (kv::get("a"), kv::set("a", [0xff]), kv::delete("a"), kv::keys("a"));
    let _ = http::Request::post("https://a").header("a", "b").body("text").send();
    let _ = secrets::exists("token");
    let options = llm::Options::new("m").temperature(0.5).json();
    let _ = llm::complete(&[llm::Message::user("hi")], &options);
    let _ = process::Command::new("sh").arg("-c").env("A", "b").folder("/").input("in").run();
    let _ = process::Command::new("sh").spawn();
    let _ = (files::read("/a"), files::entries("/"), files::replace("/a", "b", Some("1")));
    job::note("text");
    job::progress(1, None, "");
    job::heartbeat();
    let _ = (job::artifact("a", "text/plain", "b"), job::cancelled());
    let _ = (tasks::current(), tasks::attempts(), tasks::log_tail(3), tasks::findings());
    let _ = (tasks::history(), tasks::runbooks());
    mock.calls()
}

#[test]
fn each_call_of_the_sdk_is_one_of_the_runtimes() {
    let calls = all_calls();
    for call in &calls {
        let read: HostCall =
            serde_json::from_value(call.clone()).unwrap_or_else(|error| panic!("{call}: {error}"));
        assert_eq!(serde_json::to_value(&read).unwrap(), *call);
    }
    let names: std::collections::BTreeSet<_> =
        calls.iter().map(|call| call["call"].as_str().unwrap()).collect();
    assert!(names.len() >= 24, "{names:?}");
}

#[test]
fn each_reply_of_the_runtime_can_be_given() {
    let mut host = FakeHost::new();
    let get = json!({ "call": "kv.get" });
    let replies = [
        json!("done"),
        json!({ "flag": true }),
        json!({ "value": { "base64": "/w==" } }),
        json!({ "response": { "status": 204, "headers": { "a": "b" } } }),
        json!({ "completion": { "content": "yes" } }),
        json!({ "child": {} }),
        json!({ "lines": ["a"] }),
        json!({ "exit": { "code": 1 } }),
        json!({ "file": { "contents": "a" } }),
        json!({ "entries": [{ "name": "a" }] }),
        json!({ "task": { "name": "t", "input": { "n": 1 }, "attributes": { "a": "b" } } }),
        json!({ "attempts": [{ "error": "no" }] }),
        json!({ "log-tail": ["a"] }),
        json!({ "findings": [{ "kind": "exit" }] }),
        json!({ "history": [{ "actions": [] }] }),
        json!({ "runbooks": [{ "title": "t" }] }),
    ];
    for reply in &replies {
        host.give(get.clone(), json!({ "ok": reply }));
    }
    let (session, _) = Scripted::new(host);
    for reply in replies {
        let answer = session.answer_now(&HostCall::KvGet { key: "a".into() });
        assert!(matches!(answer, HostAnswer::Ok(_)), "{reply}: {answer:?}");
    }
}

#[test]
fn what_was_not_given_is_not_mocked_and_what_is_no_answer_is_told() {
    let mut host = FakeHost::new();
    host.give(json!({ "call": "secrets.exists" }), json!({ "ok": { "flog": true } }));
    let (session, host) = Scripted::new(host);
    let code = |call: HostCall| match session.answer_now(&call) {
        HostAnswer::Error(error) => error.code,
        HostAnswer::Ok(reply) => panic!("{reply:?}"),
    };
    assert_eq!(code(HostCall::SecretExists { name: "a".into() }), "mismatch");
    let request = HttpRequest {
        method: "GET".into(),
        url: "https://a".into(),
        headers: vec![],
        timeout_ms: None,
        attributes: vec![],
    };
    assert_eq!(code(HostCall::HttpSend { request, body: Payload::default() }), "not-mocked");
    assert_eq!(host.lock().unwrap().calls().len(), 2);
    assert_eq!(session.answer_now(&HostCall::JobHeartbeat {}), HostAnswer::Ok(HostReply::Done));
}
