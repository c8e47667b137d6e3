//! Scripts in the real binary: as a task's work, as a model's fix, by hand; and what is loaded only when work needs it.

use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};

use crate::harness::{Answer, Asked, Host, Upstream, command, say, until};
use crate::hostile::process::Process;

/// The engine of scripts is large: a machine that is busy takes longer than usual to compile it.
const SH: &str = "[skills.exec]\nprograms = [\"sh\"]\n[plugins]\ncompile_timeout = \"5m\"\n";
/// Slots that wait for the first task; the others are loaded at start.
const LATE: [&str; 6] = [
    "skills/exec",
    "skills/http",
    "skills/script",
    "strategies/known-fixes",
    "strategies/restart-stuck",
    "strategies/retry-backoff",
];

async fn apply(host: &Host, task: Value) {
    let file = host.file("task.yaml", json!([task]).to_string().as_bytes());
    host.cli(&["task", "apply", "-f", &file]).await.ok();
}

async fn reaches(host: &Host, name: &str, state: &str) -> Value {
    until(&format!("{name} to be {state}"), async || {
        let task = host.json(&["task", "show", name]).await;
        (task["state"] == state).then_some(task)
    })
    .await
}

async fn loaded(host: &Host) -> Vec<String> {
    let slots = host.json(&["slot", "list"]).await;
    let loaded = slots.as_array().unwrap().iter().filter(|slot| slot["loaded"] == true);
    loaded.map(|slot| slot["slot"].as_str().unwrap().to_owned()).collect()
}

fn resident(host: &Host) -> u64 {
    Process::of(&host.dir()).resident() >> 20
}

fn adding(name: &str) -> Value {
    let source = "function main(input, host) { host.log('adding'); return { sum: input.a + input.b }; }";
    json!({
        "name": name, "skill": "script", "input": {"source": source, "input": {"a": 40, "b": 2}},
        "checks": [{"kind": "json-path", "path": "$.sum", "equals": 42}],
    })
}

#[tokio::test]
async fn what_works_on_tasks_is_loaded_with_the_first_task_that_needs_it() {
    let mut host = Host::start_with(SH).await;
    let before = loaded(&host).await;
    assert!(LATE.iter().all(|slot| !before.iter().any(|loaded| loaded == slot)), "{before:?}");
    assert!(host.cli(&["status"]).await.ok().contains("skills/exec: not loaded yet"));
    assert!(host.cli(&["slot", "show", "skills/script"]).await.ok().contains("when the first task needs it"));
    assert!(host.cli(&["plugin", "list"]).await.ok().contains("skills/script/1 (not loaded yet)"));
    let metrics = host.metrics_text().await;
    for line in ["slot_loaded{slot=\"skills/exec\"} 0", "slot_filled{slot=\"skills/exec\"} 1"] {
        assert!(metrics.contains(line), "{line} is not in {metrics}");
    }
    let idle = resident(&host);

    let task =
        json!({"name": "first", "skill": "exec", "input": {"program": "sh", "args": ["-c", "echo done"]}});
    apply(&host, task).await;
    reaches(&host, "first", "succeeded").await;
    let after = loaded(&host).await;
    assert_eq!(after.len(), before.len() + 1, "{after:?}");
    assert!(after.iter().any(|slot| slot == "skills/exec"));
    let with_exec = resident(&host);

    apply(&host, adding("sum")).await;
    let sum = reaches(&host, "sum", "succeeded").await;
    assert_eq!(sum["verified"], true, "{sum}");
    assert!(host.cli(&["task", "log", "sum"]).await.ok().contains("adding"));
    let attempts = host.cli(&["task", "show", "sum"]).await.ok();
    assert!(attempts.contains("succeeded"), "{attempts}");
    let with_script = resident(&host);
    say(&format!("resident: {idle} MiB idle, {with_exec} MiB after exec, {with_script} MiB after script"));

    // What a host has left ready is worked on at once by the next, which loads what that needs and no more.
    host.restart().await;
    assert_eq!(loaded(&host).await.len(), before.len());
    let shown = host.cli(&["slot", "show", "skills/exec"]).await.ok();
    assert!(shown.contains("exec@") && shown.contains("not loaded yet"), "{shown}");
    // An operator loads another over one that was never asked for.
    host.cli(&["plugin", "load", "http", "--slot", "skills/http", "--grant", "http=api.example.com"])
        .await
        .ok();
    assert!(loaded(&host).await.iter().any(|slot| slot == "skills/http"));
}

#[tokio::test]
async fn asking_for_a_plan_loads_those_who_are_asked_and_not_who_could_run_a_script() {
    let host = Host::start_with(SH).await;
    let line = "echo 'LampError: it is dark' >&2; exit 5";
    apply(&host, json!({"name": "dark", "skill": "exec", "input": {"program": "sh", "args": ["-c", line]}}))
        .await;
    reaches(&host, "dark", "needs-human").await;
    let loaded = loaded(&host).await;
    assert!(loaded.iter().any(|slot| slot == "strategies/known-fixes"), "nobody was asked: {loaded:?}");
    assert!(!loaded.iter().any(|slot| slot == "skills/script"), "{loaded:?}");
}

fn says(content: &Value) -> Answer {
    let message = json!({"role": "assistant", "content": content.to_string()});
    let answer = json!({
        "id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "m",
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15},
    });
    Answer::json(200, &answer)
}

/// A model that knows a cause, has no plan for a step, and writes scripts: these, one after the other.
async fn writer(scripts: Vec<Value>) -> Upstream {
    let written = std::sync::atomic::AtomicUsize::new(0);
    let nothing = json!({"title": "", "reason": "", "actions": [], "checks": []});
    let cannot =
        json!({"source": null, "title": "", "reason": "", "grants": {}, "checks": [], "confidence": 0.0});
    Upstream::start(move |asked: &Asked| {
        let said = String::from_utf8_lossy(&asked.body);
        if said.contains("root cause of a failure") {
            says(&json!({"root_cause": "the mode in the file is wrong", "class": "bad-input", "kind": "logical",
                "confidence": 0.9, "problems": [], "fix": "write the right mode", "priority": "P1",
                "success_criteria": "it runs"}))
        } else if said.contains("You write one JavaScript function") {
            let next = written.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
            says(scripts.get(next).unwrap_or(&cannot))
        } else {
            says(&nothing)
        }
    })
    .await
}

fn script(title: &str, body: &str, grants: Value, check: &Value) -> Value {
    json!({
        "source": format!("async function main(input, host) {{ {body} }}"), "title": title, "reason": "it helps",
        "grants": grants, "checks": [check], "confidence": 0.9,
    })
}

/// A host whose scripts may write below this folder, and a model.
async fn host_with(folder: &Path, model: &Upstream) -> Host {
    let config = format!("{SH}[fixes]\nmodel = \"fixer\"\n[checks]\nfiles = [{folder:?}]\n");
    let host = Host::start_with(&config).await;
    host.provider("writer", model, &["--model", "fixer"]).await;
    let grant = format!("files={}:rw", folder.display());
    host.cli(&["plugin", "load", "script", "--slot", "skills/script", "--grant", &grant]).await.ok();
    host
}

/// A task that reads a mode from a file, and is done once that is the right one.
fn reading(folder: &Path, name: &str) -> Value {
    let (file, out) = (folder.join(name), folder.join(format!("{name}.out")));
    std::fs::write(&file, "wrong").unwrap();
    let line = "test \"$(cat $FILE)\" = right || { echo \"ValueError: unknown mode $(cat $FILE)\" >&2; exit 3; }; echo ok > $OUT";
    json!({
        "name": name, "skill": "exec",
        "input": {"program": "sh", "args": ["-c", line], "env": {"FILE": file, "OUT": out}},
        "checks": [{"kind": "file", "path": out}],
    })
}

#[tokio::test]
async fn a_script_of_a_model_mends_a_task_and_the_next_time_memory_does() {
    let folder = tempfile::tempdir().unwrap();
    let body = "const file = await host.files.read(input.env.FILE); \
                return await host.files.write(input.env.FILE, 'right', file.version);";
    let check = json!({"kind": "file", "arguments": {"path": folder.path().join("one.out")}});
    let grants = json!({"files": [{"root": folder.path(), "write": true}]});
    let model = writer(vec![script("write the mode", body, grants, &check)]).await;
    let host = host_with(folder.path(), &model).await;
    apply(&host, reading(folder.path(), "one")).await;
    let one = reaches(&host, "one", "succeeded").await;
    assert_eq!((one["verified"].clone(), one["attempts"].clone()), (json!(true), json!(2)), "{one}");
    assert_eq!(std::fs::read_to_string(folder.path().join("one")).unwrap(), "right");
    let fixes = until("the fix to be verified", async || {
        let fixes = host.json(&["fix", "list"]).await;
        (fixes[0]["state"] == "verified").then_some(fixes)
    })
    .await;
    assert_eq!(fixes.as_array().unwrap().len(), 1, "{fixes}");
    let shown = host.cli(&["fix", "show", &fixes[0]["id"].to_string()]).await.ok();
    for words in ["run-script", "host.files.write", "llm-script"] {
        assert!(shown.contains(words), "{words} is not in {shown}");
    }

    let asked = model.count();
    apply(&host, reading(folder.path(), "two")).await;
    assert_eq!(reaches(&host, "two", "succeeded").await["verified"], true);
    assert_eq!(std::fs::read_to_string(folder.path().join("two")).unwrap(), "right");
    assert_eq!(model.count(), asked, "what is known cost a model");
}

#[tokio::test]
async fn a_script_of_a_model_that_means_harm_is_contained_recorded_and_no_fix() {
    let folder = tempfile::tempdir().unwrap();
    let unlisted = Upstream::start(|_| Answer::json(200, &json!({}))).await;
    let secret = folder.path().join("outside");
    std::fs::write(&secret, "nobody's business").unwrap();
    let granted = folder.path().join("granted");
    std::fs::create_dir(&granted).unwrap();
    let check = json!({"kind": "file", "arguments": {"path": granted.join("mode.out")}});
    let read = format!("return await host.files.read({secret:?});");
    // It says that it has done it, which is no proof.
    let reach = format!(
        "try {{ await host.http({{ url: {:?} }}); }} catch (error) {{ host.log(error.code); }} return 'mended';",
        unlisted.url()
    );
    let scripts: [(&str, &str, &str); 4] = [
        ("read a file", &read, "script:denied"),
        ("reach an address", &reach, "script:"),
        ("run for ever", "for (;;) {}", "script:loop-limit"),
        ("allocate without end", "const all = []; for (;;) all.push(new Array(1000).fill(0));", "memory"),
    ];
    let written = scripts.iter().map(|(title, body, _)| script(title, body, json!({}), &check)).collect();
    let model = writer(written).await;
    let host = host_with(&granted, &model).await;
    apply(&host, reading(&granted, "mode")).await;
    let task = reaches(&host, "mode", "needs-human").await;
    assert_ne!(task["verified"], true, "{task}");
    let fixes = host.json(&["fix", "list"]).await;
    say(&format!("{fixes:#}"));
    for (title, _, ended) in scripts {
        let fix = fixes.as_array().unwrap().iter().find(|fix| fix["title"] == title);
        let fix = fix.unwrap_or_else(|| panic!("no fix {title:?} in {fixes}"));
        assert_eq!(fix["state"], "failed", "{fix}");
        let shown = host.cli(&["fix", "show", &fix["id"].to_string()]).await.ok();
        let is_told = title == "reach an address" || shown.contains(ended);
        assert!(is_told && shown.contains("run-script"), "{title}, {ended}: {shown}");
    }
    assert_eq!(unlisted.count(), 0, "what is not granted was reached");
    assert_eq!(host.json(&["fix", "list", "--state", "verified"]).await, json!([]));
    assert_eq!(std::fs::read_to_string(granted.join("mode")).unwrap(), "wrong");
    apply(&host, adding("after")).await;
    assert_eq!(reaches(&host, "after", "succeeded").await["verified"], true);
    assert_eq!(host.json(&["slot", "show", "skills/script"]).await["active"], "skills/script/2");
}

#[tokio::test]
async fn a_skill_is_tried_by_hand_and_ends_with_its_command() {
    let host = Host::start_with(SH).await;
    let input = adding("by hand")["input"].to_string();
    let ran = host.json(&["skill", "run", "script", "--input", &input]).await;
    assert_eq!((&ran["status"], &ran["output"]), (&json!("succeeded"), &json!({"sum": 42})), "{ran}");
    assert_eq!(
        ran["lines"].as_array().unwrap().iter().filter(|line| line["text"] == "adding").count(),
        1,
        "{ran}"
    );
    let throws = json!({"source": "function main() { throw new Error('no') }"}).to_string();
    let told = host.cli(&["skill", "run", "script", "--input", &throws]).await;
    assert_eq!((told.status, told.stderr.contains("script:threw")), (Some(1), true), "{told:?}");
    let told = host.cli(&["skill", "run", "script", "--input", &throws, "--json"]).await;
    assert_eq!((told.status, told.stdout.contains("script:threw")), (Some(1), true), "{told:?}");
    let nobody = host.cli(&["skill", "run", "nobody"]).await;
    assert_eq!((nobody.status, nobody.stderr.contains("exec, http, script")), (Some(4), true), "{nobody:?}");
    let forever = json!({"program": "sh", "args": ["-c", "sleep 60"]}).to_string();
    let told = host.cli(&["skill", "run", "exec", "--input", &forever, "--timeout", "1"]).await;
    assert_eq!((told.status, told.stderr.contains("timeout")), (Some(1), true), "{told:?}");
    let audits = host.json(&["audit", "list"]).await.to_string();
    assert!(audits.contains("skill.run") && audits.contains("script"), "{audits}");

    let beat = host.scratch().join("beat");
    let line = format!("while true; do date +%N > {}; sleep 0.05; done", beat.display());
    let input = json!({"program": "sh", "args": ["-c", line]}).to_string();
    let (dir, arguments) = (host.dir(), ["skill", "run", "exec", "--input", &input]);
    let mut asking = command(&[&["--dir", dir.to_str().unwrap()], &arguments[..]].concat()).spawn().unwrap();
    until("it to run", async || beat.exists().then_some(())).await;
    asking.kill().await.unwrap();
    until("what it started to be gone", async || {
        let before = std::fs::read(&beat).unwrap();
        tokio::time::sleep(Duration::from_millis(300)).await;
        (std::fs::read(&beat).unwrap() == before).then_some(())
    })
    .await;
}
