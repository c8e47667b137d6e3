//! What a person sees at the desk: where a backfill stands, what is asked, what is waited for, what was typed wrong.

use serde_json::{Value, json};

use super::{SH, apply, reaches, shell, shown};
use crate::harness::{Host, command, until};

fn nightly() -> Value {
    json!({"name": "nightly", "skill": "exec", "input": {"program": "sh", "args": ["-c", "true"]}, "schedule": "@daily"})
}

#[tokio::test]
async fn a_backfill_that_a_pause_holds_is_shown_and_can_be_cancelled() {
    let host = Host::start_with(SH).await;
    apply(&host, &[nightly()]).await;
    host.cli(&["schedule", "pause", "nightly"]).await.ok();
    let span = ["--from", "2026-11-01", "--to", "2026-11-07"];
    let told = host.cli(&[&["schedule", "backfill", "nightly"], &span[..]].concat()).await;
    assert!(told.stderr.contains("0 begun, 7 left: the schedule is paused"), "{told:?}");
    let backfill = &host.json(&["schedule", "show", "nightly"]).await["backfill"];
    assert_eq!((&backfill["done"], &backfill["left"]), (&json!(0), &json!(7)), "{backfill}");
    let shown = host.cli(&["schedule", "show", "nightly"]).await.ok();
    assert!(shown.contains("2026-11-01T00:00:00Z to 2026-11-07T23:59:59Z, 0 begun, 7 left"), "{shown}");
    let told = host.cli(&["schedule", "backfill", "nightly", "--cancel"]).await;
    assert!(told.stderr.contains("the backfill of schedule nightly is cancelled"), "{told:?}");
    host.cli(&["schedule", "backfill", "nightly", "--cancel"]).await.failed(1, &["nothing to cancel"]);
    let empty = ["--from", "2026-11-01T12:00:00Z", "--to", "2026-11-01T13:00:00Z"];
    host.cli(&[&["schedule", "backfill", "nightly"], &empty[..]].concat())
        .await
        .failed(2, &["nothing was due"]);

    let listed = host.json(&["schedule", "list"]).await;
    assert_eq!(listed[0]["name"], "nightly", "an array, as the other lists: {listed}");
    host.cli(&["schedule", "now", "nightly"]).await.ok();
    reaches(&host, "nightly.000001", "succeeded").await;
    let gone = host.json(&["schedule", "delete", "nightly"]).await;
    assert_eq!(
        (&gone["removed"], &gone["runs_left"]),
        (&json!("nightly"), &json!(["nightly.000001"])),
        "{gone}"
    );
}

#[tokio::test]
async fn what_a_check_asks_a_person_stands_wherever_they_look() {
    let host = Host::start_with(SH).await;
    let question = "Is the login page fine?";
    let mut task = shell("page", "true");
    task["checks"] = json!([{"kind": "human", "question": question}]);
    apply(&host, &[task]).await;
    until("it to be asked", async || {
        let why = host.json(&["task", "why", "page"]).await;
        (why["code"] == "approval").then_some(())
    })
    .await;
    for command in [&["task", "why", "page"][..], &["task", "show", "page"], &["status"]] {
        let told = host.cli(command).await.ok();
        assert!(told.contains(question), "{command:?}: {told}");
    }
    assert_eq!(host.json(&["status"]).await["asked"], json!([{"task": "page", "text": question}]));
    let followed = host.cli(&["task", "log", "page", "-f"]).await;
    assert!(
        followed.stderr.contains("page is verifying") && followed.stderr.contains(question),
        "{followed:?}"
    );
    host.cli(&["task", "answer", "page", "--note", "yes"])
        .await
        .failed(1, &["task page is verifying: it cannot be answered now", "task approve page"]);
    host.cli(&["task", "approve", "page"]).await.ok();
    reaches(&host, "page", "succeeded").await;
    host.cli(&["task", "log", "page", "--attempt", "9"])
        .await
        .failed(2, &["no attempt 9", "page has had one"]);
}

#[tokio::test]
async fn a_log_that_is_followed_says_what_its_task_waits_for() {
    let host = Host::start_with(SH).await;
    apply(&host, &[json!({"name": "a", "skill": "exec", "input": {"program": "reboot"}})]).await;
    let following = tokio::spawn({
        let dir = host.dir();
        async move {
            let mut follow = command(&["task", "log", "a", "-f"]);
            follow.arg("--dir").arg(dir).kill_on_drop(true);
            crate::harness::Output::of(follow, "").await
        }
    });
    until("it to say what lacks", async || {
        (host.json(&["task", "log", "a"]).await["waits"].as_str()?.contains("reboot")).then_some(())
    })
    .await;
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    host.cli(&["task", "cancel", "a"]).await.ok();
    let told = following.await.unwrap();
    assert!(
        told.stderr.contains("a is ready: it cannot start") && told.stderr.contains("a is cancelled"),
        "{told:?}"
    );
}

#[tokio::test]
async fn what_is_cancelled_with_its_children_leaves_none_to_go_on() {
    let host = Host::start_with(SH).await;
    let mut child = shell("child", "sleep 60");
    child["parent"] = json!("parent");
    let mut below = shell("below", "sleep 60");
    below["parent"] = json!("child");
    apply(&host, &[json!({"name": "parent"}), child, below]).await;
    reaches(&host, "below", "running").await;
    host.cli(&["task", "cancel", "parent", "--reason", "enough"]).await.ok();
    assert_eq!(shown(&host, "below").await["state"], "running", "without the word they go on");
    host.cli(&["task", "cancel", "parent", "--children", "--reason", "enough"]).await.ok();
    for name in ["parent", "child", "below"] {
        assert_eq!(shown(&host, name).await["state"], "cancelled", "{name}");
    }
    host.cli(&["task", "retry", "parent", "--reason", "x", "--children"]).await.failed(2, &["--children"]);
}

#[tokio::test]
async fn a_beginning_of_several_problems_names_them_and_the_telling_line_is_their_title() {
    let host = Host::start_with("").await;
    for (name, says) in [("a", "KeyError: 'lamp'\\ncleaning up"), ("b", "DoorError: it is shut\\nbye")] {
        let line = format!("printf \"{says}\\n\" >&2; exit 3");
        host.cli(&["task", "wrap", name, "--", "sh", "-c", &line]).await.failed(3, &["exit status 3"]);
        reaches(&host, name, "needs-human").await;
    }
    let problems = host.json(&["problem", "list"]).await;
    let titles: Vec<&str> =
        problems.as_array().unwrap().iter().map(|one| one["title"].as_str().unwrap()).collect();
    assert!(titles.contains(&"KeyError: 'lamp'") && titles.contains(&"DoorError: it is shut"), "{titles:?}");
    let names = problems.as_array().unwrap().iter().map(|one| one["fingerprint"].as_str().unwrap());
    let mut words: Vec<&str> = names.collect();
    words.push("beginning of several problems");
    host.cli(&["problem", "show", "fp1:"]).await.failed(2, &words);
    host.cli(&["fix", "list", "--problem", "fp1:"]).await.failed(2, &words);
}

#[tokio::test]
async fn what_is_typed_wrong_is_named_in_plain_words() {
    let host = Host::start_with(SH).await;
    apply(&host, &[shell("a", "true")]).await;
    reaches(&host, "a", "succeeded").await;
    let rows: [(&[&str], i32, &[&str]); 12] = [
        (&["task", "list", "--limit", "x"], 2, &["'x'", "--limit", "expected a whole number"]),
        (&["task", "list", "--limit", "0"], 2, &["--limit", "expected 1 to 1000"]),
        (&["fix", "show", "x"], 2, &["'x'", "expected a whole number"]),
        (&["task", "list", "--label", "foo"], 2, &["\"foo\" is no label: expected KEY=VALUE"]),
        (&["task", "create", "b", "--priority", "P9"], 2, &["P9", "expected P0, P1, P2"]),
        (&["task", "create", "b", "--input", "{"], 2, &["--input", "expected JSON"]),
        (&["task", "create", "b", "--check", "{\"kind\": \"human\"}"], 2, &["--check", "question"]),
        (&["task", "void", "a"], 2, &["voided only with a reason", "task void a --reason"]),
        (&["task", "pause", "a"], 1, &["a has ended as succeeded: it cannot be paused any more"]),
        (&["task", "assign", "a", ""], 2, &["AGENT", "a word for who works"]),
        (&["problem", "split", "fp1:none"], 4, &["there is no problem fp1:none"]),
        (&["task", "export", "--todos", "/none/at/all.json"], 4, &["/none/at/all.json"]),
    ];
    for (typed, status, words) in rows {
        let told = host.cli(typed).await;
        for raw in ["invalid digit", "unknown variant", "is not in", "EOF"] {
            assert!(!told.stderr.contains(raw), "{typed:?}: {told:?}");
        }
        told.failed(status, words);
    }
    let mut serve = command(&["serve"]);
    serve.arg("--dir").arg(host.scratch().join("none"));
    crate::harness::Output::of(serve, "").await.failed(4, &["patchbay init"]);
}
