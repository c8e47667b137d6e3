//! What a host keeps when it ends, well or badly, and what it says when it cannot start.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use serde_json::{Value, json};

use crate::harness::{
    Agent, Answer, Core, Dress, Gate, Host, KEY_VARIABLE, Output, Step, Upstream, command, completion,
    is_refused, policy, until,
};

/// More than the interval at which usage is written, with which these hosts are configured.
const FLUSHED: Duration = Duration::from_millis(500);
const QUICK: &str = "[usage]\nflush_interval = \"50ms\"\n";

/// Without what only this process counts.
fn stored(usage: &Value) -> Vec<(String, u64, u64)> {
    let line = |line: &Value| {
        let number = |field: &str| line[field].as_u64().unwrap();
        (
            line["provider"].to_string() + &line["model"].to_string(),
            number("requests"),
            number("total_tokens"),
        )
    };
    usage.as_array().unwrap().iter().map(line).collect()
}

/// A provider whose streams begin, and end once the gate lets them.
async fn held_by(gate: &Gate) -> Upstream {
    let gate = gate.clone();
    Upstream::start(move |_| {
        Answer::Events(vec![
            Step::send("data: 1\n\n"),
            Step::Wait(gate.clone()),
            Step::send("data: [DONE]\n\n"),
        ])
    })
    .await
}

#[tokio::test]
async fn after_kill_9_everything_that_was_acknowledged_is_there() {
    let (good, busy) =
        (Upstream::good().await, Upstream::start(|_| Answer::error(429, &[("retry-after", "300")])).await);
    let mut host = Host::start_with(QUICK).await;
    host.provider("busy", &busy, &["--model", "m", "--price", "m=1/2"]).await;
    host.provider("good", &good, &["--model", "m=native-m", "--pool", "fallback"]).await;
    let agent = host.agent("tester").await;
    let loaded = host.load(&policy("kept", "0.2.0", Default::default())).await;
    assert_eq!(loaded, "routing/2");
    assert_eq!(host.cli(&["plugin", "rollback", "--slot", "routing"]).await.ok().trim(), "routing/3");
    for _ in 0..5 {
        assert_eq!(agent.chat("m").await.status, 200);
    }
    tokio::time::sleep(FLUSHED).await;
    let providers = |rows: Value| -> Vec<Value> {
        let rows = rows.as_array().unwrap().iter();
        rows.map(|row| {
            serde_json::json!([
                row["name"],
                row["id"],
                row["url"],
                row["credential"],
                row["pool"],
                row["models"],
                row["revision"]
            ])
        })
        .collect()
    };
    let before = (
        providers(host.json(&["provider", "list"]).await),
        host.json(&["key", "list"]).await,
        stored(&host.json(&["usage"]).await),
        host.json(&["cooldown", "list"]).await[0]["until"].clone(),
    );
    host.restart().await;
    let after = (
        providers(host.json(&["provider", "list"]).await),
        host.json(&["key", "list"]).await,
        stored(&host.json(&["usage"]).await),
        host.json(&["cooldown", "list"]).await[0]["until"].clone(),
    );
    assert_eq!(before, after);
    let slot = host.json(&["slot", "show", "routing"]).await;
    let states: Vec<_> =
        slot["generations"].as_array().unwrap().iter().map(|row| (&row["id"], &row["state"])).collect();
    assert_eq!(slot["active"], "routing/3", "{slot}");
    assert_eq!(states.len(), 3, "{slot}");
    // The same key, the same generation, and nobody asks the one that still cools.
    let agent = Agent::new(host.address(), &agent.key);
    let asked = busy.count();
    let reply = agent.chat("m").await;
    assert_eq!((reply.status, reply.header("x-patchbay-provider")), (200, "good"));
    assert_eq!(reply.header("x-patchbay-generation"), "routing/3");
    assert_eq!(busy.count(), asked);
    assert_eq!(
        good.requests().last().unwrap().header("authorization"),
        format!("Bearer {}", crate::harness::KEY)
    );
}

#[tokio::test]
async fn a_restart_hands_out_no_fresh_minute() {
    let upstream = Upstream::good().await;
    let mut host = Host::start_with("[routing]\nexhausted = \"reject\"\n").await;
    host.provider("alpha", &upstream, &["--model", "m", "--rpm", "10"]).await;
    let agent = host.agent("tester").await;
    assert_eq!(agent.chat("m").await.status, 200);
    host.terminate();
    assert!(host.ended().await.success());
    host.serve().await;
    Agent::new(host.address(), &agent.key).chat("m").await.error(
        503,
        "AllPoolsExhausted",
        "all_pools_exhausted",
    );
    assert_eq!(upstream.count(), 1);
}

#[tokio::test]
async fn a_host_that_is_asked_to_end_lets_a_stream_finish_and_takes_no_new_connection() {
    let gate = Gate::closed();
    let upstream = held_by(&gate).await;
    let mut host = Host::start().await;
    host.provider("alpha", &upstream, &["--model", "m"]).await;
    let agent = host.agent("tester").await;
    let mut live = agent.stream("m").await;
    live.expect("data: 1\n\n").await;
    host.terminate();
    until("the port to close", async || is_refused(agent.address).await.then_some(())).await;
    gate.open(1);
    assert_eq!(live.rest().await, "data: [DONE]\n\n");
    assert_eq!(host.ended().await.code(), Some(0), "{}", host.log());
    assert!(!host.dir().join("admin.sock").exists());
    // What ran last is in the store.
    assert_eq!(stored(&host.json(&["usage"]).await).len(), 1);
}

#[tokio::test]
async fn a_stream_that_does_not_end_is_cut_at_the_drain_timeout() {
    let upstream = Upstream::start(|_| Answer::Events(vec![Step::send("data: 1\n\n"), Step::Stall])).await;
    let mut host = Host::start_with("[server]\ndrain_timeout = \"300ms\"\n").await;
    host.provider("alpha", &upstream, &["--model", "m"]).await;
    let mut live = host.agent("tester").await.stream("m").await;
    live.expect("data: 1\n\n").await;
    let began = std::time::Instant::now();
    host.terminate();
    assert_eq!(host.ended().await.code(), Some(0), "{}", host.log());
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
    assert_eq!(stored(&host.json(&["usage"]).await)[0].1, 1);
}

#[tokio::test]
async fn a_second_signal_cuts_a_stream_at_once_and_it_is_counted() {
    let upstream = Upstream::start(|_| Answer::Events(vec![Step::send("data: 1\n\n"), Step::Stall])).await;
    let mut host = Host::start_with("[server]\ndrain_timeout = \"60s\"\n").await;
    host.provider("alpha", &upstream, &["--model", "m"]).await;
    let agent = host.agent("tester").await;
    let mut live = agent.stream("m").await;
    live.expect("data: 1\n\n").await;
    let began = std::time::Instant::now();
    host.terminate();
    until("the port to close", async || is_refused(agent.address).await.then_some(())).await;
    host.terminate();
    assert!(live.next().await.is_none_or(|event| event.is_err()));
    assert_eq!(host.ended().await.code(), Some(0), "{}", host.log());
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
    assert_eq!(stored(&host.json(&["usage"]).await)[0].1, 1);
}

/// A skill may run for an hour: one that never ends is cut when the host is, and not before what serves its clients.
#[tokio::test]
async fn a_plugin_that_loops_holds_up_neither_streams_nor_the_end() {
    const STREAMS: usize = 100;
    const GRACE: Duration = Duration::from_secs(10);
    let gate = Gate::closed();
    let upstream = held_by(&gate).await;
    let mut host = Host::start_with(&format!("[server]\ndrain_timeout = \"{}s\"\n", GRACE.as_secs())).await;
    host.provider("alpha", &upstream, &["--model", "m"]).await;
    let agent = host.agent("tester").await;
    let looping = Core { code: "(loop $again (br $again))", ..Core::default() };
    let file = host.file("looping.wasm", &looping.plugin(Dress::Skill, "looping", ""));
    host.cli(&["plugin", "load", &file, "--slot", "skills/looping", "--accept-grants"]).await.ok();
    let question = json!({"ask": "run", "invocation": {"skill": "any"}}).to_string();
    let question = host.file("question.json", question.as_bytes());
    let dir = host.dir();
    let asking = ["--dir", dir.to_str().unwrap(), "slot", "ask", "skills/looping", "--input", &question];
    let mut asking = command(&asking).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    until("the plugin to run", async || {
        let shown = host.json(&["slot", "show", "skills/looping"]).await;
        (shown["generations"][0]["in_flight"] == 1).then_some(())
    })
    .await;
    let mut streams = Vec::new();
    for _ in 0..STREAMS {
        streams.push(agent.stream("m").await);
    }
    for live in &mut streams {
        live.expect("data: 1\n\n").await;
    }
    let began = std::time::Instant::now();
    host.terminate();
    until("the port to close", async || is_refused(agent.address).await.then_some(())).await;
    gate.open(STREAMS);
    for live in &mut streams {
        assert_eq!(live.rest().await, "data: [DONE]\n\n");
    }
    assert_eq!(host.ended().await.code(), Some(0), "{}", host.log());
    assert!(began.elapsed() < GRACE + Duration::from_secs(1), "{:?}", began.elapsed());
    // Who asked is told that it failed.
    assert!(!asking.wait().await.unwrap().success());
}

#[tokio::test]
async fn a_second_server_on_the_folder_is_refused_and_the_first_goes_on() {
    let upstream = Upstream::good().await;
    let host = Host::start().await;
    host.provider("alpha", &upstream, &["--model", "m"]).await;
    let agent = host.agent("tester").await;
    let free = ["serve", "--listen", "127.0.0.1:0", "--metrics-listen", "127.0.0.1:0"];
    host.cli(&free).await.failed(3, &["in use", host.dir().to_str().unwrap()]);
    assert_eq!(agent.chat("m").await.status, 200);
    assert_eq!(host.json(&["status"]).await["health"]["status"], "ok");
}

#[tokio::test]
async fn a_server_on_a_port_that_is_taken_is_refused_and_the_first_goes_on() {
    let (first, second) = (Host::start().await, Host::make("").await);
    let (main, metrics) = (first.address().to_string(), first.metrics().to_string());
    let refused = second.cli(&["serve", "--listen", &main, "--metrics-listen", "127.0.0.1:0"]).await;
    refused.failed(3, &[&main, "in use", "listen"]);
    let refused = second.cli(&["serve", "--listen", "127.0.0.1:0", "--metrics-listen", &metrics]).await;
    refused.failed(3, &[&metrics, "in use", "metrics_listen"]);
    assert_eq!(Agent::new(first.address(), "").get("/health").await.status, 200);
    // Nothing of the second is left behind that would be in its own way.
    second.cli(&["status"]).await.ok();
}

#[tokio::test]
async fn a_host_does_not_start_without_its_identity_or_with_one_that_others_can_read() {
    let host = Host::make("").await;
    let identity = host.dir().join("identity.age");
    assert_eq!(fs::metadata(&identity).unwrap().permissions().mode() & 0o777, 0o600);
    let serve = ["serve", "--listen", "127.0.0.1:0", "--metrics-listen", "127.0.0.1:0"];
    fs::set_permissions(&identity, fs::Permissions::from_mode(0o644)).unwrap();
    host.cli(&serve).await.failed(1, &["identity.age", "0644", "chmod 600"]);
    fs::rename(&identity, host.scratch().join("away")).unwrap();
    host.cli(&serve).await.failed(1, &["identity.age", "restore it"]);
    fs::write(&identity, "not a key\n").unwrap();
    fs::set_permissions(&identity, fs::Permissions::from_mode(0o600)).unwrap();
    host.cli(&serve).await.failed(1, &["identity.age", "AGE-SECRET-KEY-1"]);
}

#[tokio::test]
async fn a_host_whose_configuration_is_wrong_names_the_line_and_the_key() {
    let host = Host::make("[server]\nheader_timout = \"1s\"\n").await;
    host.cli(&["serve"]).await.failed(1, &["patchbay.toml:2:1", "header_timout", "header_timeout"]);
    fs::write(host.dir().join("patchbay.toml"), "[routing]\nattempts_max = \"many\"\n").unwrap();
    host.cli(&["serve"]).await.failed(1, &["patchbay.toml:2", "attempts_max", "many"]);
}

#[tokio::test]
async fn a_key_is_not_sent_to_another_origin_until_it_is_given_again() {
    let (first, second) = (Upstream::good().await, Upstream::start(|_| completion("m")).await);
    let host = Host::start().await;
    host.provider("alpha", &first, &["--model", "m"]).await;
    let agent = host.agent("tester").await;
    let moving = ["provider", "set", "alpha", "--url", &second.url()];
    host.cli(&moving).await.failed(2, &["bound to", &second.address.to_string(), "--key-env"]);
    assert_eq!(agent.chat("m").await.status, 200);
    assert_eq!((first.count(), second.count()), (1, 0));
    host.cli(&[&moving[..], &["--key-env", KEY_VARIABLE]].concat()).await.ok();
    assert_eq!(agent.chat("m").await.status, 200);
    assert_eq!((first.count(), second.count()), (1, 1));
    // Another path of the same origin is the same place.
    let path = format!("http://{}/other/v1", second.address);
    host.cli(&["provider", "set", "alpha", "--url", &path]).await.ok();
    assert_eq!(agent.chat("m").await.status, 200);
    assert_eq!(second.requests()[1].path, "/other/v1/chat/completions");
}

#[tokio::test]
async fn the_folder_can_be_changed_while_nobody_serves_it() {
    let upstream = Upstream::good().await;
    let mut host = Host::make("").await;
    host.provider("alpha", &upstream, &["--model", "m"]).await;
    let created = host.cli(&["key", "create", "tester", "--json"]).await;
    assert!(created.stderr.contains("next start"), "{created:?}");
    let key = created.json()["key"].as_str().unwrap().to_owned();
    host.serve().await;
    assert_eq!(Agent::new(host.address(), &key).chat("m").await.status, 200);
}

#[tokio::test]
async fn a_folder_without_a_host_says_how_to_make_one() {
    let empty = tempfile::tempdir().unwrap();
    let dir = empty.path().join("none");
    let asked = Output::of(command(&["--dir", dir.to_str().unwrap(), "status"]), "").await;
    asked.failed(4, &["no host", "patchbay init"]);
}

#[tokio::test]
async fn the_programs_of_a_killed_host_are_gone_before_their_task_runs_again() {
    let folder = tempfile::tempdir().unwrap();
    let (beats, folders) = (folder.path().join("beats"), folder.path().join("folders"));
    let mut host = Host::start_with("[skills.exec]\nprograms = [\"sh\"]\n").await;
    let (to, beat) = (folders.display(), beats.display());
    let line =
        format!("pwd >> {to}; touch left; (while true; do echo $$ >> {beat}; sleep 0.02; done) & wait");
    let task = serde_json::json!({"name": "beat", "skill": "exec", "input": {"program": "sh", "args": ["-c", line]}});
    let file = host.file("task.yaml", task.to_string().as_bytes());
    host.cli(&["task", "apply", "-f", &file]).await.ok();
    let said = || fs::read_to_string(&beats).unwrap_or_default();
    let first = until("it to run", async || said().lines().next().map(str::to_owned)).await;
    host.restart().await;
    until("it to run again", async || said().lines().any(|process| process != first).then_some(())).await;
    let folders = fs::read_to_string(folders).unwrap();
    let (before, now) = folders.trim().split_once('\n').expect("a folder for each run");
    assert!(Path::new(now).join("left").exists() && Path::new(now).starts_with(host.dir()), "{folders}");
    until("what the first run had to be removed", async || (!Path::new(before).exists()).then_some(())).await;
    let said = said();
    let lines: Vec<&str> = said.lines().collect();
    let last = lines.iter().rposition(|process| *process == first).unwrap();
    let next = lines.iter().position(|process| *process != first).unwrap();
    assert!(last < next, "the program of the killed host went on beside the next one: {said}");
    host.cli(&["task", "cancel", "beat", "--reason", "enough"]).await.ok();
}
