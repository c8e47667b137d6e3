//! The command line as scripts use it: the exact forms, what they print as JSON, and how they fail.

use serde_json::{Value, json};

use crate::harness::{Agent, Answer, Decided, Host, KEY, KEY_VARIABLE, Output, Upstream, command, policy};

/// Whether an object has all these fields.
fn has(object: &Value, fields: &[&str]) {
    for field in fields {
        assert!(object.get(field).is_some(), "no {field} in {object}");
    }
}

#[tokio::test]
async fn init_makes_a_folder_once_with_every_default_in_it() {
    let host = Host::make("").await;
    let text = std::fs::read_to_string(host.dir().join("patchbay.toml")).unwrap();
    for word in [
        "[server]",
        "listen = \"127.0.0.1:9190\"",
        "metrics_listen = \"127.0.0.1:9191\"",
        "[plugins]",
        "header_timeout",
    ] {
        assert!(text.contains(word), "no {word} in {text}");
    }
    let keys = text.lines().filter(|line| line.contains(" = "));
    assert!(keys.clone().count() > 20 && keys.clone().all(|line| line.starts_with('#')), "{text}");
    host.cli(&["init"]).await.failed(1, &["exists", "nothing was changed"]);
    assert_eq!(std::fs::read_to_string(host.dir().join("patchbay.toml")).unwrap(), text);
}

#[tokio::test]
async fn the_folder_can_come_from_the_environment_and_stand_behind_the_command() {
    let host = Host::make("").await;
    let dir = host.dir();
    let mut by_environment = command(&["status", "--json"]);
    by_environment.env("PATCHBAY_DIR", &dir);
    has(&Output::of(by_environment, "").await.json(), &["version"]);
    let behind = command(&["status", "--json", "--dir", dir.to_str().unwrap()]);
    has(&Output::of(behind, "").await.json(), &["version"]);
}

#[tokio::test]
async fn health_says_that_it_is_well_once_somebody_can_answer() {
    let upstream = Upstream::good().await;
    let host = Host::start().await;
    let health = async || Agent::new(host.address(), "").get("/health").await.json();
    assert_eq!(health().await["status"], "degraded");
    host.provider("alpha", &upstream, &["--model", "m"]).await;
    let health = health().await;
    assert_eq!((&health["status"], &health["reasons"]), (&"ok".into(), &json!([])), "{health}");
    has(&health, &["version"]);
}

#[tokio::test]
async fn a_key_comes_from_a_variable_a_file_or_standard_input_and_is_shown_masked() {
    let upstream = Upstream::good().await;
    let host = Host::start().await;
    let file = host.file("key.txt", format!("{KEY}\n").as_bytes());
    let add = |name| ["provider", "add", name, "--url", "http://127.0.0.1:1", "--model", "m", "--json"];
    host.cli(&[&add("one")[..], &["--key-env", KEY_VARIABLE]].concat()).await.ok();
    host.cli(&[&add("two")[..], &["--key-file", &file]].concat()).await.ok();
    let three = host.cli_with(&[&add("three")[..], &["--key-stdin"]].concat(), KEY).await.json();
    let masked = three["credential"].as_str().unwrap();
    assert!(
        masked.starts_with("sk-e2e") && masked.ends_with("cdef") && !masked.contains("0123456789"),
        "{three}"
    );
    for name in ["one", "two", "three"] {
        assert_eq!(host.json(&["provider", "show", name]).await["credential"], masked);
        let set = ["provider", "set", name, "--url", &upstream.url(), "--key-env", KEY_VARIABLE];
        host.cli(&set).await.ok();
    }
}

#[tokio::test]
async fn a_provider_is_added_shown_changed_disabled_and_removed() {
    let host = Host::start().await;
    let url = "https://api.example.com/v1";
    let add = [
        "provider",
        "add",
        "alpha",
        "--url",
        url,
        "--key-env",
        KEY_VARIABLE,
        "--pool",
        "fallback",
        "--rpm",
        "7",
    ];
    let models = ["--model", "m=native-m", "--model", "n"];
    host.cli(&[&add[..], &models].concat()).await.ok();
    let shown = host.json(&["provider", "show", "alpha"]).await;
    assert_eq!(
        (&shown["name"], &shown["url"], &shown["pool"], &shown["rpm"]),
        (&"alpha".into(), &url.into(), &"fallback".into(), &7.into())
    );
    assert_eq!(
        (&shown["models"]["m"]["native_id"], &shown["models"]["n"]["native_id"]),
        (&"native-m".into(), &"n".into())
    );
    has(&shown, &["id", "enabled", "health", "created", "updated", "revision", "in_flight"]);
    let set = [
        "provider",
        "set",
        "alpha",
        "--rpm",
        "9",
        "--price",
        "m=1.25/10/0.125",
        "--model",
        "o",
        "--remove-model",
        "n",
        "--pool",
        "own",
    ];
    host.cli(&set).await.ok();
    let changed = host.json(&["provider", "show", "alpha"]).await;
    assert_eq!((&changed["rpm"], &changed["pool"], &changed["id"]), (&9.into(), &"own".into(), &shown["id"]));
    assert_eq!(changed["models"]["m"]["cached_price"], "0.125", "{changed}");
    assert_eq!(changed["models"].as_object().unwrap().keys().collect::<Vec<_>>(), ["m", "o"]);
    for (action, health) in [("disable", "disabled"), ("enable", "healthy")] {
        host.cli(&["provider", action, "alpha"]).await.ok();
        assert_eq!(host.json(&["provider", "list"]).await[0]["health"], health);
    }
    host.cli(&["provider", "remove", "alpha"]).await.ok();
    assert_eq!(host.json(&["provider", "list"]).await, json!([]));
    host.cli(&["provider", "show", "alpha"]).await.failed(4, &["alpha"]);
}

#[tokio::test]
async fn a_provider_is_tested_with_its_key_and_what_is_wrong_is_said() {
    let upstream = Upstream::start(|asked| match asked.header("authorization") == format!("Bearer {KEY}") {
        true => {
            Answer::json(200, &json!({"object": "list", "data": [{"id": "native-m", "object": "model"}]}))
        }
        false => Answer::error(401, &[]),
    })
    .await;
    let host = Host::start().await;
    host.provider("alpha", &upstream, &["--model", "m=native-m"]).await;
    let tested = host.json(&["provider", "test", "alpha"]).await;
    assert_eq!(
        (&tested["ok"], &tested["status"], &tested["models"]),
        (&true.into(), &200.into(), &1.into()),
        "{tested}"
    );
    assert_eq!((upstream.only().method.as_str(), upstream.only().path.as_str()), ("GET", "/v1/models"));
    let other = host.file("other.txt", b"sk-other-key-000000000");
    host.cli(&["provider", "set", "alpha", "--key-file", &other]).await.ok();
    let tested = host.cli(&["provider", "test", "alpha", "--json"]).await;
    assert_eq!(tested.status, Some(1), "{tested:?}");
    let answer: Value = serde_json::from_str(&tested.stdout).unwrap();
    assert_eq!((&answer["ok"], &answer["status"]), (&false.into(), &401.into()), "{answer}");
}

#[tokio::test]
async fn a_wrong_value_is_refused_with_status_2_and_nothing_is_stored() {
    let host = Host::start().await;
    let key = ["--key-env", KEY_VARIABLE];
    let add =
        |url, more: &[&'static str]| [&["provider", "add", "alpha", "--url", url], &key[..], more].concat();
    let wrong = [
        (add("not a url", &["--model", "m"]), "url"),
        (add("ftp://h", &["--model", "m"]), "url"),
        (add("https://user:pass@h", &["--model", "m"]), "user"),
        (add("https://h/v1/chat/completions", &["--model", "m"]), "endpoint"),
        (add("https://h", &["--model", "m", "--rpm", "0"]), "rpm"),
        (add("https://h", &["--model", "m", "--rpm", "abc"]), "rpm"),
        (add("https://h", &["--model", ""]), "model"),
        (add("https://h", &["--model", "m", "--price", "m=1"]), "IN/OUT"),
        (add("https://h", &["--model", "m", "--price", "m=20000/1"]), "10,000"),
        (add("https://h", &["--model", "m", "--price", "x=1/1"]), "--model"),
        (add("https://h", &[]), "--model"),
        (add("https://h", &["--model", "m", "--pool", "a b"]), "pool"),
        (vec!["provider", "add", "alpha", "--url", "https://h", "--model", "m"], "--key-env"),
        (vec!["provider", "add", "a/b", "--url", "https://h", "--no-key", "--model", "m"], "a/b"),
        (
            vec![
                "provider",
                "add",
                "alpha",
                "--url",
                "https://h",
                "--model",
                "m",
                "--key-env",
                "E2E_NO_SUCH",
            ],
            "E2E_NO_SUCH",
        ),
        (vec!["key", "create", ""], "AGENT"),
        (vec!["nonsense"], "nonsense"),
    ];
    for (arguments, word) in wrong {
        let refused = host.cli(&arguments).await;
        assert_eq!(refused.status, Some(2), "{arguments:?}: {refused:?}");
        assert!(refused.stderr.contains(word), "no {word:?} for {arguments:?}: {refused:?}");
    }
    let missing = [
        &["provider", "add", "alpha", "--url", "https://h", "--model", "m", "--key-file"][..],
        &["/no/such"],
    ]
    .concat();
    host.cli(&missing).await.failed(4, &["/no/such"]);
    assert_eq!(host.json(&["provider", "list"]).await, json!([]));
    assert_eq!(host.json(&["key", "list"]).await, json!([]));
}

#[tokio::test]
async fn a_name_that_is_taken_or_unknown_is_said_so() {
    let host = Host::start().await;
    let add = ["provider", "add", "alpha", "--url", "https://h", "--no-key", "--model", "m"];
    host.cli(&add).await.ok();
    let again = host.cli(&add).await;
    assert!(
        [Some(1), Some(2)].contains(&again.status) && again.stderr.contains("provider set alpha"),
        "{again:?}"
    );
    host.cli(&["provider", "set", "beta", "--rpm", "1"]).await.failed(4, &["beta", "alpha"]);
    host.cli(&["provider", "remove", "beta"]).await.failed(4, &["beta", "alpha"]);
    host.cli(&["cooldown", "clear", "beta"]).await.failed(4, &["beta"]);
    host.cli(&["key", "revoke", "nobody"]).await.failed(4, &["nobody", "key list"]);
    host.cli(&["slot", "show", "notifiers/nothing"]).await.failed(4, &["nothing", "routing"]);
    host.cli(&["slot", "show", "nothing"]).await.failed(2, &["nothing", "notifiers/NAME"]);
}

#[tokio::test]
async fn a_key_is_made_shown_once_listed_masked_and_revoked() {
    let host = Host::start().await;
    let created = host.json(&["key", "create", "tester"]).await;
    let key = created["key"].as_str().unwrap();
    assert_eq!(created["agent"], "tester");
    assert!(key.starts_with("pbk_") && key.len() > 40, "{created}");
    let plain = host.cli(&["key", "create", "tester"]).await;
    assert!(plain.stdout.starts_with("pbk_") && plain.stdout.trim().lines().count() == 1, "{plain:?}");
    let listed = host.json(&["key", "list"]).await;
    assert_eq!(listed.as_array().unwrap().len(), 2);
    assert!(!listed.to_string().contains(key) && listed[0]["agent"] == "tester", "{listed}");
    let id = listed[0]["id"].as_str().unwrap();
    host.cli(&["key", "revoke", id]).await.ok();
    assert_eq!(host.json(&["key", "list"]).await.as_array().unwrap().len(), 1);
    host.cli(&["key", "revoke", "tester"]).await.ok();
    assert_eq!(host.json(&["key", "list"]).await, json!([]));
}

#[tokio::test]
async fn a_generation_is_shown_with_what_it_is_and_what_it_did() {
    let upstream = Upstream::good().await;
    let host = Host::start().await;
    host.provider("alpha", &upstream, &["--model", "m"]).await;
    let agent = host.agent("tester").await;
    let file = host.file("p.wasm", &policy("shown", "0.2.0", Decided::default()));
    let loaded = host.json(&["plugin", "load", &file, "--slot", "routing"]).await;
    assert_eq!(loaded["id"], "routing/2");
    for _ in 0..3 {
        agent.chat("m").await;
    }
    let slot = host.json(&["slot", "show", "routing"]).await;
    let shown = &slot["generations"][0];
    has(
        shown,
        &[
            "id",
            "digest",
            "name",
            "version",
            "state",
            "in_flight",
            "calls",
            "traps",
            "p50_us",
            "p99_us",
            "contract",
        ],
    );
    assert_eq!(
        (&shown["id"], &shown["name"], &shown["version"]),
        (&"routing/2".into(), &"shown".into(), &"1.0.0".into())
    );
    assert_eq!((&shown["state"], &shown["calls"], &shown["traps"]), (&"active".into(), &3.into(), &0.into()));
    assert!(shown["p50_us"].as_f64().unwrap() > 0.0 && shown["p99_us"].as_f64().unwrap() > 0.0, "{shown}");
    let listed = host.json(&["slot", "list"]).await;
    assert_eq!((&listed[0]["slot"], &listed[0]["active"]), (&"routing".into(), &"routing/2".into()));
    let status = host.json(&["status"]).await;
    has(
        &status,
        &[
            "version",
            "uptime_ms",
            "address",
            "health",
            "slot",
            "active",
            "providers",
            "cooldowns",
            "since_start",
            "in_all",
            "reports_waiting",
            "reports",
            "events",
        ],
    );
    assert_eq!(
        (&status["active"]["id"], &status["since_start"]["requests"]),
        (&"routing/2".into(), &3.into())
    );
}

#[tokio::test]
async fn every_answer_for_people_is_printed_too() {
    let upstream = Upstream::good().await;
    let host = Host::start().await;
    host.provider("alpha", &upstream, &["--model", "m", "--price", "m=1/2"]).await;
    host.agent("tester").await.chat("m").await;
    let asked: [(&[&str], &str); 11] = [
        (&["provider", "list"], "alpha"),
        (&["provider", "show", "alpha"], "healthy"),
        (&["key", "list"], "tester"),
        (&["slot", "list"], "routing/1"),
        (&["slot", "show", "routing"], "primary-fallback"),
        (&["plugin", "list"], "least-latency"),
        (&["usage"], "1 requests"),
        (&["cooldown", "list"], "no provider rests"),
        (&["status"], "routing/1"),
        (&["event", "list"], "provider.added"),
        (&["audit", "list"], "provider.add"),
    ];
    for (arguments, word) in asked {
        let told = host.cli(arguments).await.ok();
        assert!(told.contains(word), "no {word:?} for {arguments:?}: {told}");
    }
}
