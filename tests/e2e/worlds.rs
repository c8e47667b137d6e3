//! Plugins of every world in their slots: loaded, asked, tried beside another, and remembered. What they ask of their
//! host happens once, for the one in charge, and never for a shadow.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::harness::{Answer, Host, Output, Upstream, command, say, until};

/// What the cargo that runs these tests was told about its own build.
const OUTER_ONLY: [&str; 5] = [
    "RUSTFLAGS",
    "CARGO_ENCODED_RUSTFLAGS",
    "RUSTC_WRAPPER",
    "RUSTC_WORKSPACE_WRAPPER",
    "CARGO_BUILD_TARGET",
];

/// A question to whoever is in charge of a slot, and the answer with the generation that gave it.
async fn ask(host: &Host, slot: &str, input: Value) -> Value {
    let file = host.file("question.json", input.to_string().as_bytes());
    host.json(&["slot", "ask", slot, "--input", &file]).await
}

/// A receiver of HTTP requests, and the grant that reaches it.
async fn receiver() -> (Upstream, String, String) {
    let receiver = Upstream::start(|asked| Answer::Whole {
        status: 200,
        headers: vec![("content-type", "application/json".to_owned())],
        body: match asked.path.as_str() {
            "/feed" => r#"[{"id": "1", "title": "Mend the roof"}]"#.into(),
            _ => r#"{"id": "seen-1"}"#.into(),
        },
    })
    .await;
    let origin = format!("http://{}", receiver.address);
    let grant = format!("http-private={origin}");
    (receiver, origin, grant)
}

async fn heard(host: &Host, slot: &str, calls: u64) -> Value {
    until("the shadow to hear", async || {
        let report = host.json(&["plugin", "diff-report", "--slot", slot]).await;
        (report["trial"]["calls"] == calls).then_some(report)
    })
    .await
}

#[tokio::test]
async fn a_notifier_tells_once_and_its_shadow_tells_nobody() {
    let host = Host::start().await;
    let (receiver, origin, grant) = receiver().await;
    let slot = "notifiers/ops";
    let config = |format: &str| json!({"url": format!("{origin}/hook"), "format": format}).to_string();
    let (json_form, text_form) = (
        host.file("json.json", config("json").as_bytes()),
        host.file("text.json", config("text").as_bytes()),
    );
    let load = ["plugin", "load", "webhook", "--slot", slot, "--grant", &grant];
    host.cli(&[&load[..], &["--config", &json_form]].concat()).await.ok();
    host.cli(&[&load[..], &["--config", &text_form, "--shadow"]].concat()).await.ok();

    let message =
        json!({"message": {"id": "m-1", "severity": "warning", "title": "Disk full", "body": "91 %"}});
    let answer = ask(&host, slot, message.clone()).await;
    assert_eq!(answer["generation"], "notifiers/ops/1", "{answer}");
    assert!(answer["output"]["receipt"].is_object(), "{answer}");
    let report = heard(&host, slot, 1).await;
    // Another body would have been sent: what would have come of it nobody knows, so it was not sent.
    assert_eq!(report["trial"]["diverged"], 1, "{report}");
    assert_eq!(receiver.requests().len(), 1);
    assert!(String::from_utf8_lossy(&receiver.requests()[0].body).contains("Disk full"));

    // The same configuration does the same.
    host.cli(&[&load[..], &["--config", &json_form, "--shadow"]].concat()).await.ok();
    ask(&host, slot, message).await;
    let report = heard(&host, slot, 1).await;
    assert_eq!(report["trial"]["agree"], 1, "{report}");
    assert_eq!(receiver.requests().len(), 2);
    host.cli(&["plugin", "promote", "--slot", slot]).await.ok();

    let calls = host.json(&["call", "list", "--slot", slot]).await;
    let recorded = calls.as_array().unwrap();
    assert_eq!(recorded.len(), 2, "{calls}");
    assert_eq!(recorded[0]["tape"]["exchanges"][0]["question"]["call"], "http.send", "{calls}");
}

#[tokio::test]
async fn analyzers_are_asked_in_order_and_take_their_kinds_of_failure() {
    let host = Host::start().await;
    let rules = |class: &str| {
        json!({"rules": [{"name": "disk", "pattern": ".*No space left.*", "class": class}]}).to_string()
    };
    let (full, other) = (
        host.file("a.json", rules("disk-full").as_bytes()),
        host.file("b.json", rules("storage").as_bytes()),
    );
    host.cli(&["plugin", "load", "rules", "--slot", "analyzers/rules", "--config", &full]).await.ok();
    let failure =
        json!({"failure": {"kind": "task", "code": "exit:1", "message": "write: No space left on device"}});
    let answer = ask(&host, "analyzers/rules", failure.clone()).await;
    assert_eq!(answer["output"]["diagnosis"]["class"], "disk-full", "{answer}");

    host.cli(&["plugin", "load", "rules", "--slot", "analyzers/rules", "--config", &other, "--shadow"])
        .await
        .ok();
    ask(&host, "analyzers/rules", failure).await;
    let report = heard(&host, "analyzers/rules", 1).await;
    assert_eq!(report["trial"]["differ"], 1, "{report}");
    assert_eq!(report["differences"][0]["fields"], json!(["class"]), "{report}");

    let upstream = json!({"failure": {"kind": "upstream", "code": "429", "message": "slow down",
        "attributes": {"header:retry-after": "7", "now-ms": "0"}}});
    let answer = ask(&host, "analyzers/upstream-errors", upstream).await;
    let diagnosis = &answer["output"]["diagnosis"];
    assert_eq!(
        (&diagnosis["class"], &diagnosis["retry_after_ms"]),
        (&json!("rate-limited"), &json!(7000)),
        "{answer}"
    );

    host.cli(&["slot", "order", "analyzers", "upstream-errors", "rules"]).await.ok();
    host.cli(&["slot", "order", "analyzers", "rules"]).await.failed(1, &["upstream-errors"]);

    host.cli(&["slot", "remove", "analyzers/rules"]).await.ok();
    host.cli(&["slot", "show", "analyzers/rules"]).await.failed(4, &["analyzers/upstream-errors"]);
    host.cli(&["slot", "remove", "routing"]).await.failed(1, &["always there"]);
}

#[tokio::test]
async fn a_skill_runs_what_was_granted_and_its_shadow_runs_nothing() {
    let host = Host::start().await;
    let marker = host.scratch().join("ran");
    let slot = "skills/exec";
    let load = ["plugin", "load", "exec", "--slot", slot, "--grant", "process=sh"];
    host.cli(&load).await.ok();
    host.cli(&[&load[..], &["--shadow"]].concat()).await.ok();
    let script = format!("echo once >> {}; echo done", marker.display());
    let run = |program: &str, script: &str| {
        let input = json!({"program": program, "args": ["-c", script]}).to_string();
        json!({"ask": "run", "invocation": {"skill": "exec", "input": input}})
    };
    let answer = ask(&host, slot, run("sh", &script)).await;
    assert_eq!(answer["output"]["outcome"]["status"], "succeeded", "{answer}");
    let report = heard(&host, slot, 1).await;
    assert_eq!(report["trial"]["agree"], 1, "{report}");
    assert_eq!(std::fs::read_to_string(&marker).unwrap(), "once\n");

    // One that may less is seen to do less.
    let narrower = ["plugin", "load", "exec", "--slot", slot, "--grant", "process=true", "--shadow"];
    host.cli(&narrower).await.ok();
    ask(&host, slot, run("sh", "exit 0")).await;
    let report = heard(&host, slot, 1).await;
    assert_eq!((&report["trial"]["agree"], &report["trial"]["calls"]), (&json!(0), &json!(1)), "{report}");

    let refused = ask(&host, slot, run("bash", "true")).await;
    assert!(refused.to_string().contains("not granted"), "{refused}");
}

#[tokio::test]
async fn a_skill_sends_with_a_secret_that_it_never_sees() {
    let host = Host::start().await;
    let (receiver, origin, grant) = receiver().await;
    let secret = "canary-7f3a9b";
    host.cli_with(&["secrets", "set", "token", "--origin", &origin], secret).await.ok();
    let load =
        ["plugin", "load", "http", "--slot", "skills/http", "--grant", &grant, "--grant", "secrets=token"];
    host.cli(&load).await.ok();
    let input = json!({"method": "GET", "url": format!("{origin}/data"),
        "headers": {"authorization": "Bearer {{secret:token}}"}});
    let question = json!({"invocation": {"skill": "http", "input": input.to_string()}});
    let answer = ask(&host, "skills/http", question).await;
    assert_eq!(answer["output"]["outcome"]["status"], "succeeded", "{answer}");
    assert_eq!(receiver.requests()[0].headers["authorization"], format!("Bearer {secret}"));
    let calls = host.json(&["call", "list", "--slot", "skills/http"]).await.to_string();
    assert!(!answer.to_string().contains(secret) && !calls.contains(secret) && !host.log().contains(secret));

    // Another value is another generation.
    host.cli_with(&["secrets", "set", "token", "--origin", &origin], "canary-second").await.ok();
    let slot = host.json(&["slot", "show", "skills/http"]).await;
    assert_eq!(slot["active"], "skills/http/2", "{slot}");
}

/// Where plugins of these tests are built: kept from run to run, so that only the first takes long.
fn built() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("plugin")
}

async fn plugin(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = command(&[&["plugin"], arguments].concat());
    command.current_dir(folder).env("CARGO_NET_OFFLINE", "true").env("CARGO_TARGET_DIR", built());
    for variable in OUTER_ONLY {
        command.env_remove(variable);
    }
    Output::of(command, "").await
}

#[tokio::test]
async fn a_plugin_of_each_world_is_made_tested_loaded_and_asked() {
    let host = Host::start().await;
    let (_receiver, origin, grant) = receiver().await;
    let url = host.file("url.json", json!({"url": format!("{origin}/feed")}).to_string().as_bytes());
    let cases: [(&str, &str, &[&str], Value, &str); 3] = [
        (
            "fix-strategy",
            "strategies/mine",
            &[],
            json!({"problem": {"title": "it fails", "fixes_tried": 0}}),
            "plan",
        ),
        (
            "task-source",
            "sources/mine",
            &["--config", &url, "--grant", &grant],
            json!({"ask": "poll"}),
            "page",
        ),
        (
            "error-analyzer",
            "analyzers/mine",
            &[],
            json!({"failure": {"kind": "task", "message": "connection timed out"}}),
            "diagnosis",
        ),
    ];
    for (world, slot, more, question, answered) in cases {
        let folder = host.scratch().to_owned();
        plugin(&folder, &["new", world, "--world", world]).await.ok();
        let tested = plugin(&folder, &["test", world]).await;
        let words = ["offline", "no matching package", "failed to get", "failed to download"];
        if tested.status != Some(0) && words.iter().any(|word| tested.stderr.contains(word)) {
            say(
                "SKIPPED: cargo has no copy of the SDK's dependencies; run `cargo fetch` in a crate of `plugin new` once",
            );
            return;
        }
        assert!(tested.ok().contains("native ok / wasm ok"), "{world}");
        plugin(&folder, &["build", world]).await.ok();
        let component = folder.join(world).join(format!("{world}.wasm"));
        let load = ["plugin", "load", component.to_str().unwrap(), "--slot", slot, "--accept-grants"];
        host.cli(&[&load[..], more].concat()).await.ok();
        let answer = ask(&host, slot, question).await;
        assert!(!answer["output"][answered].is_null(), "{world}: {answer}\n{}", host.log());
    }
}
