//! Programs of this machine under a lease of the host, and tasks that are somebody's.

mod checked;

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use tokio::process::Child;

use super::{apply, reaches, shown};
use crate::harness::{Host, Output, bounded, command, until};

const SHORT_LEASE: &str = "[tasks]\nlease = \"2s\"\nheartbeat = \"500ms\"\n";

/// `task wrap` in the background.
fn wrap(host: &Host, arguments: &[&str]) -> Child {
    let dir = host.dir();
    let all = [&["--dir", dir.to_str().unwrap(), "task", "wrap"], arguments].concat();
    let mut command = command(&all);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().unwrap()
}

fn signal(child: &Child, signal: Signal) {
    let id = i32::try_from(child.id().unwrap()).unwrap();
    kill_process(Pid::from_raw(id).unwrap(), signal).unwrap();
}

async fn ended(child: Child) -> Output {
    let output = bounded("wrap to end", child.wait_with_output()).await.unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Output { status: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
}

/// A program that goes on until it is ended, and shows that it lives.
fn beating(file: &Path) -> String {
    format!("echo begun; while true; do date +%N > {}; sleep 0.05; done", file.display())
}

async fn stands_still(file: &Path) {
    until("the program to be gone", async || {
        let before = std::fs::read(file).unwrap();
        tokio::time::sleep(Duration::from_millis(300)).await;
        (std::fs::read(file).unwrap() == before).then_some(())
    })
    .await;
}

/// Its first word is in the log.
async fn has_begun(host: &Host, name: &str) {
    until("it to be heard of", async || {
        let told = host.cli(&["task", "log", name]).await;
        told.stdout.contains("begun").then_some(())
    })
    .await;
}

/// It ended by itself, and not as its program did.
fn gave_up(output: &Output, words: &[&str]) {
    assert_eq!(output.status, Some(125), "{output:?}");
    words.iter().for_each(|word| assert!(output.stderr.contains(word), "no {word:?} in {output:?}"));
}

async fn log(host: &Host, name: &str) -> String {
    host.cli(&["task", "log", name]).await.ok()
}

#[tokio::test]
async fn a_wrapped_program_is_logged_checked_and_its_status_handed_on() {
    let folder = tempfile::tempdir().unwrap();
    let host = Host::start_with("").await;
    let line = "echo one; echo two >&2; exit 0";
    let out = host.cli(&["task", "wrap", "good", "--", "sh", "-c", line]).await;
    assert_eq!((out.status, out.stdout.as_str()), (Some(0), "one\n"), "{out:?}");
    assert!(out.stderr.contains("two\n") && out.stderr.contains("good is succeeded"), "{out:?}");
    let task = shown(&host, "good").await;
    assert_eq!(
        (&task["state"], &task["skill"], &task["attempts"]),
        (&json!("succeeded"), &json!("wrap"), &json!(1))
    );
    assert_eq!(task["last_attempt"]["output"], json!({"exit_code": 0}));
    let lines = log(&host, "good").await;
    assert!(lines.contains("one\n") && lines.contains("! two") && lines.contains("* sh -c"), "{lines}");
    // Once more needs a person's word: it has ended.
    host.cli(&["task", "wrap", "good", "--", "true"]).await.failed(1, &["succeeded", "patchbay task retry"]);

    let tried = folder.path().join("tried");
    let line = format!("echo x >> {0}; test $(wc -l < {0}) = 3 || exit 7", tried.display());
    let out = host.cli(&["task", "wrap", "third", "--retry", "3", "--", "sh", "-c", &line]).await;
    assert_eq!(out.status, Some(0), "{out:?}");
    assert!(out.stderr.contains("exit status 7; again (2 left)"), "{out:?}");
    let attempts = host.json(&["task", "show", "third"]).await["last_attempts"].clone();
    let outcomes: Vec<&Value> =
        attempts.as_array().unwrap().iter().map(|attempt| &attempt["outcome"]).collect();
    assert_eq!(outcomes, ["exit:7", "exit:7", "succeeded"]);
    assert_eq!(
        host.json(&["problem", "list", "--all"]).await,
        json!([]),
        "what was tried again is no problem"
    );

    let out = host.cli(&["task", "wrap", "bad", "--", "sh", "-c", "echo 'KeyError: user' >&2; exit 3"]).await;
    out.failed(3, &["exit status 3"]);
    reaches(&host, "bad", "needs-human").await;
    assert_eq!(host.json(&["problem", "list"]).await.as_array().unwrap().len(), 1);
    let whole = host.cli(&["task", "wrap", "json", "--json", "--", "sh", "-c", "echo said"]).await;
    assert!(whole.stderr.contains("said\n"), "{whole:?}");
    assert_eq!(whole.json()["state"], "succeeded");
    let audits = host.json(&["audit", "list"]).await.to_string();
    assert!(audits.contains("task.claim") && audits.contains("task.end"), "{audits}");
}

#[tokio::test]
async fn what_cannot_start_makes_no_task_and_what_ends_by_a_signal_is_told_apart() {
    let host = Host::start_with("").await;
    let out = host.cli(&["task", "wrap", "a", "--", "no-such-program"]).await;
    out.failed(4, &["no-such-program", "nothing was asked of the host"]);
    assert_eq!(host.json(&["task", "list"]).await, json!([]));
    host.cli(&["task", "wrap", "a", "--", "sh", "-c", "kill -9 $$"]).await.failed(137, &["signal 9"]);
    assert_eq!(shown(&host, "a").await["last_attempt"]["outcome"], "signal:9");
    let nobody = Host::make("").await;
    nobody.cli(&["task", "wrap", "a", "--", "true"]).await.failed(1, &["no server is running"]);
}

#[tokio::test]
async fn an_interrupt_is_passed_on_and_cancels_the_task() {
    let folder = tempfile::tempdir().unwrap();
    let beat = folder.path().join("beat");
    let host = Host::start_with("").await;
    let line = format!("trap 'echo bye; exit 9' INT; {}", beating(&beat));
    let child = wrap(&host, &["a", "--", "sh", "-c", &line]);
    until("it to run", async || beat.exists().then_some(())).await;
    reaches(&host, "a", "running").await;
    signal(&child, Signal::INT);
    let out = ended(child).await;
    assert_eq!(out.status, Some(9), "{out:?}");
    assert!(out.stderr.contains("a is cancelled") && out.stdout.contains("bye"), "{out:?}");
    assert_eq!(shown(&host, "a").await["state"], "cancelled");
    assert!(log(&host, "a").await.contains("bye"));
    stands_still(&beat).await;
}

#[tokio::test]
async fn a_task_that_is_cancelled_elsewhere_ends_its_program() {
    let folder = tempfile::tempdir().unwrap();
    let beat = folder.path().join("beat");
    let host = Host::start_with("").await;
    let child = wrap(&host, &["a", "--", "sh", "-c", &beating(&beat)]);
    until("it to run", async || beat.exists().then_some(())).await;
    host.cli(&["task", "cancel", "a", "--reason", "enough"]).await.ok();
    let out = ended(child).await;
    gave_up(&out, &["it is cancelled (enough)", "the program was ended"]);
    stands_still(&beat).await;
}

#[tokio::test]
async fn a_host_that_is_killed_costs_no_work_if_it_is_back_before_the_lease_is_over() {
    let folder = tempfile::tempdir().unwrap();
    let go = folder.path().join("go");
    let mut host = Host::start_with("").await;
    let line = format!("echo begun; while ! test -e {}; do sleep 0.05; done; echo done", go.display());
    let child = wrap(&host, &["a", "--", "sh", "-c", &line]);
    has_begun(&host, "a").await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    host.restart().await;
    assert_eq!(shown(&host, "a").await["state"], "running");
    std::fs::write(&go, "").unwrap();
    let out = ended(child).await;
    assert_eq!(out.status, Some(0), "{out:?}");
    let task = shown(&host, "a").await;
    assert_eq!((&task["state"], &task["attempts"]), (&json!("succeeded"), &json!(1)));
    let lines = log(&host, "a").await;
    assert!(lines.contains("begun") && lines.contains("done"), "{lines}");
}

#[tokio::test]
async fn a_lease_that_is_over_ends_the_program_and_one_whose_wrapper_died_waits_for_another() {
    let folder = tempfile::tempdir().unwrap();
    let beat = folder.path().join("beat");
    let mut host = Host::start_with(SHORT_LEASE).await;
    let mut child = wrap(&host, &["a", "--", "sh", "-c", "echo begun; exec sleep 4"]);
    has_begun(&host, "a").await;
    signal(&child, Signal::KILL);
    bounded("the wrapper", child.wait()).await.unwrap();
    let task = reaches(&host, "a", "ready").await;
    assert_eq!((&task["why"]["code"], &task["last_attempt"]["outcome"]), (&json!("claim"), &json!("lost")));
    assert!(task["why"]["text"].as_str().unwrap().contains("waits for its wrapper"), "{task}");
    let child = wrap(&host, &["a", "--", "sh", "-c", &beating(&beat)]);
    until("it to run", async || beat.exists().then_some(())).await;
    host.kill9();
    let out = ended(child).await;
    gave_up(&out, &["the host does not answer", "the lease of a is lost"]);
    stands_still(&beat).await;
}

#[tokio::test]
async fn an_assigned_task_is_left_to_its_agent() {
    let host = Host::start_with("").await;
    apply(&host, &[json!({"name": "a", "skill": "wrap"}), json!({"name": "b", "skill": "wrap"})]).await;
    host.cli(&["task", "assign", "a", "ann", "--reason", "she knows"]).await.ok();
    let why = host.json(&["task", "why", "a"]).await;
    assert_eq!(
        (&why["code"], why["text"].as_str().unwrap().contains("ann")),
        (&json!("claim"), true),
        "{why}"
    );
    let hers = host.json(&["task", "list", "--assignee", "ann"]).await;
    assert_eq!((hers.as_array().unwrap().len(), &hers[0]["assignee"]), (1, &json!("ann")));
    assert!(host.cli(&["task", "show", "a"]).await.ok().contains("assigned to  ann"));
    host.cli(&["task", "wrap", "a", "--", "true"]).await.failed(1, &["assigned to ann"]);
    host.cli(&["task", "wrap", "a", "--agent", "ann", "--", "true"]).await.ok();
    host.cli(&["task", "assign", "b", "bob"]).await.ok();
    host.cli(&["task", "assign", "b", "--none"]).await.ok();
    assert_eq!(shown(&host, "b").await.get("assignee"), None);
    host.cli(&["task", "assign", "b"]).await.failed(2, &["AGENT"]);
}
