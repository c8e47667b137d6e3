//! What a wrapper does beside its program: it waits for checks, hears signals, leaves nothing behind, and no output stops
//! its program.

use super::*;

const NEVER: &str = r#"{"kind": "json-path", "path": "$.nothing"}"#;
const ALWAYS: &str = r#"{"kind": "json-path", "path": "$.exit_code", "equals": 0}"#;

#[tokio::test]
async fn the_status_of_a_wrapper_says_what_the_checks_say() {
    let host = Host::start_with("").await;
    let out = host.cli(&["task", "wrap", "good", "--check", ALWAYS, "--", "true"]).await;
    assert!(out.status == Some(0) && out.stderr.contains("good is succeeded"), "{out:?}");
    let out = host.cli(&["task", "wrap", "bad", "--check", NEVER, "--", "true"]).await;
    out.failed(1, &["the checks of bad failed", "$.nothing", "patchbay task show bad"]);
    let left = host.cli(&["task", "wrap", "left", "--no-wait", "--check", NEVER, "--", "true"]).await;
    assert_eq!(left.status, Some(0), "{left:?}");
    let person = r#"{"kind": "human", "question": "is it good?"}"#;
    let asked = host.cli(&["task", "wrap", "asked", "--check", person, "--", "true"]).await;
    asked.failed(1, &["asked is not accepted yet"]);
    host.cli(&["task", "wrap", "own", "--check", ALWAYS, "--", "sh", "-c", "exit 3"]).await.failed(3, &[]);
}

#[tokio::test]
async fn what_a_killed_wrapper_started_is_ended_long_before_its_lease_is() {
    let folder = tempfile::tempdir().unwrap();
    let (beat, deep) = (folder.path().join("beat"), folder.path().join("deep"));
    let host = Host::start_with("").await;
    let line = format!("sh -c '{}' & {}", beating(&deep), beating(&beat));
    let mut child = wrap(&host, &["a", "--", "sh", "-c", &line]);
    until("both to run", async || (beat.exists() && deep.exists()).then_some(())).await;
    signal(&child, Signal::KILL);
    bounded("the wrapper", child.wait()).await.unwrap();
    stands_still(&beat).await;
    stands_still(&deep).await;
    assert_eq!(shown(&host, "a").await["state"], "running", "its lease has run out");
}

#[tokio::test]
async fn output_that_is_long_once_it_is_sent_ends_no_program() {
    let host = Host::start_with("").await;
    let line = "head -c 3000000 /dev/zero | tr '\\0' '\\1' | fold -b -w 60000; echo; echo done";
    let out = host.cli(&["task", "wrap", "a", "--", "sh", "-c", line]).await;
    assert!(out.status == Some(0) && out.stderr.contains("a is succeeded"), "{}", out.stderr);
    assert!(log(&host, "a").await.contains("done"));
}

#[tokio::test]
async fn a_wrapper_that_waits_for_its_host_hears_signals() {
    let folder = tempfile::tempdir().unwrap();
    let go = folder.path().join("go");
    let mut host = Host::start_with("").await;
    let line = format!("echo begun; while ! test -e {}; do sleep 0.05; done; exit 7", go.display());
    let mut child = wrap(&host, &["a", "--retry", "3", "--", "sh", "-c", &line]);
    has_begun(&host, "a").await;
    host.kill9();
    std::fs::write(&go, "").unwrap();
    tokio::time::sleep(Duration::from_secs(2)).await;
    signal(&child, Signal::TERM);
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert!(child.try_wait().unwrap().is_none(), "it does not say any more what came of it");
    signal(&child, Signal::TERM);
    let out = ended(child).await;
    assert_eq!(out.status, Some(143), "{out:?}");
    assert!(out.stderr.contains("may not have heard"), "{out:?}");
}
