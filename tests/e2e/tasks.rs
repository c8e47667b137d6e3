//! Tasks of the real binary: real programs, real checks, a played model behind the real gateway.

mod desk;
mod loud;
mod merge;
mod preflight;
mod tab;
mod todos;
mod wrap;

use serde_json::{Value, json};

use crate::harness::{Answer, Host, Upstream, until};

const SH: &str = "[skills.exec]\nprograms = [\"sh\"]\n";

/// A task that runs a line of the shell.
pub(crate) fn shell(name: &str, line: &str) -> Value {
    json!({"name": name, "skill": "exec", "input": {"program": "sh", "args": ["-c", line]}})
}

pub(crate) async fn apply(host: &Host, tasks: &[Value]) -> Value {
    let file = host.file("tasks.yaml", json!(tasks).to_string().as_bytes());
    host.json(&["task", "apply", "-f", &file]).await
}

async fn shown(host: &Host, name: &str) -> Value {
    host.json(&["task", "show", name]).await
}

pub(crate) async fn reaches(host: &Host, name: &str, state: &str) -> Value {
    until(&format!("{name} to be {state}"), async || {
        let task = shown(host, name).await;
        (task["state"] == state).then_some(task)
    })
    .await
}

#[tokio::test]
async fn a_task_file_runs_in_its_order_and_is_checked_by_somebody_else() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out.txt");
    let config = format!("{SH}[checks]\nfiles = [{:?}]\n", folder.path());
    let host = Host::start_with(&config).await;
    let text = format!(
        "name: last\nskill: exec\ndepends_on: [first]\ninput: {{program: sh, args: [\"-c\", \"echo last >> {0}\"]}}\n---\n\
         name: first\nskill: exec\ninput:\n  program: sh\n  args: [\"-c\", \"echo working; echo first >> {0}\"]\n\
         checks:\n  - kind: file\n    path: {0}\n",
        out.display()
    );
    let file = host.file("two.yaml", text.as_bytes());
    host.cli(&["task", "apply", "-f", &file]).await.ok();
    let last = reaches(&host, "last", "succeeded").await;
    assert_eq!(last["verified"], false, "it had no check");
    assert_eq!(shown(&host, "first").await["verified"], true);
    assert_eq!(std::fs::read_to_string(&out).unwrap(), "first\nlast\n");
    assert!(host.cli(&["task", "log", "first"]).await.ok().contains("working"));
    let again = host.json(&["task", "apply", "-f", &file]).await;
    assert!(again.as_array().unwrap().iter().all(|task| task["outcome"] == "unchanged"), "{again}");
    host.cli(&["task", "wait", "first", "last", "--timeout", "5s"]).await.ok();
}

#[tokio::test]
async fn what_is_wrong_with_a_file_is_said_with_its_place_and_changes_nothing() {
    let host = Host::start_with(SH).await;
    let rows: [(&str, &[&str]); 6] = [
        ("name: a\nskill: exce\n", &["task a", "\"exce\"", "there are: ", "exec", "plugin load"]),
        ("name: a\nskill: [exec\n", &["line"]),
        ("name: a\nprority: P0\n", &["prority", "line 2"]),
        ("name: a\ndepends_on: [b]\n---\nname: b\ndepends_on: [a]\n", &["circle"]),
        ("name: a\ndeadline: 2026-02-30\n", &["2026-02-30"]),
        ("name: a\nchecks:\n  - {kind: command, program: reboot}\n", &["reboot", "[checks]"]),
    ];
    for (text, words) in rows {
        let file = host.file("bad.yaml", text.as_bytes());
        let told = host.cli(&["task", "apply", "-f", &file]).await;
        assert!(matches!(told.status, Some(1 | 2)), "{text}: {told:?}");
        words
            .iter()
            .for_each(|word| assert!(told.stderr.contains(word), "no {word:?} for {text:?}: {told:?}"));
        assert_eq!(host.json(&["task", "list"]).await, json!([]), "{text}");
    }
    assert_eq!(host.cli(&["task", "show", "nobody"]).await.status, Some(4));
    assert_eq!(host.json(&["problem", "list"]).await, json!([]));
    // A draft may name a skill that comes later.
    let file = host.file("draft.yaml", b"name: a\nskill: comes-later\n");
    host.cli(&["task", "apply", "--draft", "-f", &file]).await.ok();
    assert_eq!(shown(&host, "a").await["state"], "draft");
}

#[tokio::test]
async fn a_program_that_is_not_listed_costs_no_attempt_and_says_what_to_write() {
    let host = Host::start_with(SH).await;
    apply(&host, &[json!({"name": "a", "skill": "exec", "input": {"program": "reboot"}})]).await;
    let why = until("it to say what lacks", async || {
        let why = host.json(&["task", "why", "a"]).await;
        (why["code"] == "preflight").then_some(why)
    })
    .await;
    assert!(why["text"].as_str().unwrap().contains("[skills.exec] programs"), "{why}");
    assert_eq!(shown(&host, "a").await["attempts"], 0);
}

#[tokio::test]
async fn a_worker_that_is_cancelled_is_gone_with_all_that_it_started() {
    let folder = tempfile::tempdir().unwrap();
    let beat = folder.path().join("beat");
    let host = Host::start_with(SH).await;
    let line = format!("(while true; do date +%N > {}; sleep 0.05; done) & echo begun; wait", beat.display());
    apply(&host, &[shell("loop", &line)]).await;
    until("it to run", async || beat.exists().then_some(())).await;
    reaches(&host, "loop", "running").await;
    host.cli(&["task", "cancel", "loop", "--reason", "enough"]).await.ok();
    assert_eq!(shown(&host, "loop").await["state"], "cancelled");
    until("its children to be gone", async || {
        let before = std::fs::read(&beat).unwrap();
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        (std::fs::read(&beat).unwrap() == before).then_some(())
    })
    .await;
}

#[tokio::test]
async fn after_a_kill_every_task_that_was_acknowledged_is_done() {
    let folder = tempfile::tempdir().unwrap();
    let mut host = Host::start_with(SH).await;
    let path = |n: usize| folder.path().join(format!("{n}"));
    let tasks: Vec<Value> = (0..60)
        .map(|n| shell(&format!("t{n}"), &format!("sleep 0.05; echo done >> {}", path(n).display())))
        .collect();
    apply(&host, &tasks).await;
    until("some to be done", async || path(3).exists().then_some(())).await;
    host.restart().await;
    for n in 0..60 {
        reaches(&host, &format!("t{n}"), "succeeded").await;
        assert!(path(n).exists(), "t{n} succeeded and has done nothing");
    }
}

/// A model that knows one fault: it says the cause, and the setting that mends it.
async fn thinker() -> Upstream {
    Upstream::start(|asked| {
        let said = String::from_utf8_lossy(&asked.body).into_owned();
        let content = if said.contains("root cause of a failure") {
            json!({"root_cause": "MODE is wrong", "class": "bad-input", "kind": "logical", "confidence": 0.9,
                "problems": [], "fix": "set MODE to right", "priority": "P1", "success_criteria": "it runs"})
        } else if said.contains("unknown mode") {
            json!({"title": "set MODE", "reason": "it is wrong",
                "actions": [{"kind": "set-input", "patch": {"env": {"MODE": "right"}}}], "checks": []})
        } else {
            json!({"title": "", "reason": "", "actions": [], "checks": []})
        };
        Answer::json(
            200,
            &json!({
                "id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "m",
                "choices": [{"index": 0, "message": {"role": "assistant", "content": content.to_string()},
                    "finish_reason": "stop"}],
                "usage": {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15},
            }),
        )
    })
    .await
}

#[tokio::test]
async fn a_wrong_setting_is_mended_by_a_models_plan_and_the_next_time_by_memory() {
    let folder = tempfile::tempdir().unwrap();
    let config = format!("{SH}[fixes]\nmodel = \"fixer\"\n[checks]\nfiles = [{:?}]\n", folder.path());
    let host = Host::start_with(&config).await;
    let model = thinker().await;
    host.provider("thinker", &model, &["--model", "fixer"]).await;
    let task = |name: &str| {
        let out = folder.path().join(name);
        let line = "test \"$MODE\" = right || { echo \"ValueError: unknown mode $MODE\" >&2; exit 3; }; echo ok > $OUT";
        json!({
            "name": name, "skill": "exec",
            "input": {"program": "sh", "args": ["-c", line], "env": {"MODE": "wrong", "OUT": out}},
            "checks": [{"kind": "file", "path": out}],
        })
    };
    apply(&host, &[task("one")]).await;
    let one = reaches(&host, "one", "succeeded").await;
    assert_eq!((one["verified"].clone(), one["attempts"].clone()), (json!(true), json!(2)), "{one}");
    assert_eq!(one["input"]["env"]["MODE"], "right");
    let fixes = until("the fix to be verified", async || {
        let fixes = host.json(&["fix", "list"]).await;
        (fixes[0]["state"] == "verified").then_some(fixes)
    })
    .await;
    assert_eq!(fixes.as_array().unwrap().len(), 1);
    let problems = host.json(&["problem", "list", "--all"]).await;
    assert_eq!((problems.as_array().unwrap().len(), problems[0]["state"].clone()), (1, json!("closed")));

    let asked = model.count();
    apply(&host, &[task("two")]).await;
    assert_eq!(reaches(&host, "two", "succeeded").await["verified"], true);
    assert_eq!(model.count(), asked, "what is known cost a model");

    // Nobody knows a plan for this one: one problem, one report, a person.
    apply(&host, &[shell("three", "echo 'KeyError: nobody knows' >&2; exit 9")]).await;
    reaches(&host, "three", "needs-human").await;
    let reports = host.json(&["report", "list"]).await;
    assert_eq!(reports.as_array().unwrap().len(), 1, "{reports}");
    let open = host.json(&["problem", "list"]).await;
    assert_eq!(open.as_array().unwrap().len(), 1, "{open}");
}
