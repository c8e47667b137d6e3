//! What fixes of the real binary do beyond tasks: a key of the configuration, a program in a Git work tree. Each is gated,
//! done, verified, and taken back.

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::harness::{Answer, Host, Upstream, asker, until, with_manifest};
use crate::tasks::{apply, reaches, shell};

/// Rules of the operator for `step-fix`, in its place.
async fn rules(host: &Host, rules: Value) {
    let config = host.file("rules.json", json!({"rules": rules}).to_string().as_bytes());
    let load = ["plugin", "load", "step-fix", "--slot", "strategies/step-fix", "--config", &config];
    host.cli(&load).await.ok();
}

/// The only fix that was made for this task, once it is in this state.
async fn fix_of(host: &Host, task: &str, state: &str) -> Value {
    let found = until(&format!("a fix of {task} to be {state}"), async || {
        let fixes = host.json(&["fix", "list"]).await;
        let mut fixes = fixes.as_array().unwrap().clone();
        fixes.retain(|fix| fix["task"] == task && fix["state"] == state);
        fixes.pop()
    })
    .await;
    host.json(&["fix", "show", &found["id"].to_string()]).await
}

async fn say(host: &Host, verb: &str, fix: &Value) {
    host.cli(&["fix", verb, &fix["id"].to_string(), "--reason", "as it should be"]).await.ok();
}

async fn in_use(host: &Host, key: &str) -> Value {
    let settings = host.json(&["config", "show"]).await;
    let is_key = |setting: &&Value| {
        format!("{}.{}", setting["table"].as_str().unwrap(), setting["key"].as_str().unwrap()) == key
    };
    settings.as_array().unwrap().iter().find(is_key).unwrap()["value"].clone()
}

/// A model that finds the cause in the configuration.
async fn thinker() -> Upstream {
    Upstream::start(|_| {
        let content = json!({"root_cause": "requests wait too long", "class": "bad-config", "kind": "logical",
            "confidence": 0.9, "problems": [], "fix": "wait less", "priority": "P1", "success_criteria": "it runs",
            "target": {"kind": "config", "key": "routing.wait"}});
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
async fn a_key_that_is_listed_is_set_after_a_yes_and_is_back_after_an_undo() {
    let config = "[skills.exec]\nprograms = [\"sh\"]\n[fixes]\nmodel = \"fixer\"\nstep_until = 0\napprove_above = \
                  \"data\"\nconfig_keys = [\"routing.wait\"]\n[routing]\nwait = \"30s\" # as I like it\n";
    let host = Host::start_with(config).await;
    let file = host.dir().join("patchbay.toml");
    let model = thinker().await;
    host.provider("thinker", &model, &["--model", "fixer"]).await;
    let set = |key: &str| json!([{"kind": "set-config", "key": key, "value": "5s"}]);
    rules(
        &host,
        json!([
            {"name": "wait less", "task": "slow", "actions": set("routing.wait")},
            {"name": "give up sooner", "task": "late", "actions": set("routing.deadline")},
        ]),
    )
    .await;
    let line = "grep -q 'wait = \"5s\"' $CONFIG || { echo 'PatienceError: it waits too long' >&2; exit 7; }; echo ok";
    let mut slow = shell("slow", line);
    slow["input"]["env"] = json!({"CONFIG": file});
    let holds = format!("grep -q 'wait = \"5s\"' {}", file.display());
    slow["checks"] =
        json!([{"kind": "skill", "skill": "exec", "input": {"program": "sh", "args": ["-c", holds]}}]);
    apply(&host, &[slow]).await;

    let asked = fix_of(&host, "slow", "waits-for-approval").await;
    assert_eq!(asked["class"], "config", "{asked}");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), config, "it was set before anybody said yes");
    let problem = host.json(&["problem", "show", asked["problem"].as_str().unwrap()]).await;
    assert!(problem.to_string().contains(r#"{"key":"routing.wait","kind":"config"}"#), "{problem}");
    say(&host, "approve", &asked).await;
    assert_eq!(reaches(&host, "slow", "succeeded").await["verified"], true);
    let fix = fix_of(&host, "slow", "verified").await;
    let changed = std::fs::read_to_string(&file).unwrap();
    assert_eq!(changed, config.replace("\"30s\" #", "\"5s\" #"));
    assert_eq!(in_use(&host, "routing.wait").await, "5s");
    say(&host, "undo", &fix).await;
    assert_eq!(std::fs::read_to_string(&file).unwrap(), config);
    assert_eq!(in_use(&host, "routing.wait").await, "30s");
    let journal = host.json(&["audit", "list"]).await.to_string();
    assert!(journal.contains("config.reload") && journal.contains("fix-1"), "{journal}");

    // A key that is not listed is set by nobody, and the reason says which.
    apply(&host, &[shell("late", "echo 'PatienceError: it gives up too late' >&2; exit 8")]).await;
    reaches(&host, "late", "needs-human").await;
    let refused = fix_of(&host, "late", "failed").await;
    let reason = refused["reason"].as_str().unwrap();
    assert!(reason.contains("\"routing.deadline\"") && reason.contains("not listed"), "{reason}");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), config);
}

/// The beginning of a picture: all that anybody looks at here.
const PNG: &[u8] = b"\x89PNG\r\n\x1a\nno button";
const DATA_URI: &str = "data:image/png;base64,iVBORw0KGgpubyBidXR0b24=";

/// A site that answers each request with a picture of what went wrong.
async fn site() -> Upstream {
    Upstream::start(|_| {
        let headers = vec![("content-type", "image/png".to_owned())];
        Answer::Whole { status: 404, headers, body: PNG.into() }
    })
    .await
}

#[tokio::test]
async fn a_model_is_shown_pictures_of_a_failure_if_it_takes_images_and_else_told_of_them() {
    let (site, model) = (site().await, thinker().await);
    let config = format!(
        "[skills.http]\norigins = [{{ origin = \"http://{}\", private = true }}]\n[fixes]\nmodel = \"fixer\"\nstep_until = 0\n",
        site.address
    );
    let host = Host::start_with(&config).await;
    host.provider("thinker", &model, &["--model", "fixer", "--modalities", "fixer=text,image"]).await;
    rules(&host, json!([{"name": "again", "task": "page-.", "actions": [{"kind": "retry"}]}])).await;
    let page = |name: &str| {
        let url = format!("http://{}/{name}", site.address);
        json!({"name": name, "skill": "http", "input": {"url": url, "save_as": "evidence-page.png"}})
    };
    let question = |model: &Upstream| {
        let asked: Vec<Value> =
            model.requests().iter().filter_map(|asked| serde_json::from_slice(&asked.body).ok()).collect();
        let last = asked.last().unwrap()["messages"][1]["content"].clone();
        (asked.len(), last)
    };

    apply(&host, &[page("page-a")]).await;
    let fix = fix_of(&host, "page-a", "failed").await;
    let (_, said) = question(&model);
    assert_eq!(said[2]["image_url"]["url"], DATA_URI, "{said}");
    assert!(said[0]["text"].as_str().unwrap().contains("- evidence-page.png, image/png, 17 bytes"), "{said}");
    assert_eq!(said[1]["text"], "The picture \"evidence-page.png\":");
    let digest = patchbay_types::Digest::of(PNG).to_string();
    assert!(fix.to_string().contains(&format!("[\"diagnosis-images\",\"{digest}\"]")), "{fix}");
    let problem = host.json(&["problem", "show", fix["problem"].as_str().unwrap()]).await;
    assert!(problem.to_string().contains(&format!("[\"images\",\"{digest}\"]")), "{problem}");
    let calls = host.json(&["call", "list", "--slot", "analyzers/llm-root-cause"]).await.to_string();
    assert!(!calls.contains("iVBORw0KGgpubyBidXR0b24="), "{calls}");

    let before = question(&model).0;
    host.cli(&["provider", "set", "thinker", "--modalities", "fixer=text"]).await.ok();
    apply(&host, &[page("page-b")]).await;
    until("the model to be asked again", async || (question(&model).0 > before).then_some(())).await;
    let (_, said) = question(&model);
    let said = said.as_str().unwrap();
    assert!(said.contains("[Pictures of the failure: 1, left out") && !said.contains("base64"), "{said}");
}

fn git(repo: &Path, arguments: &[&str]) -> String {
    let who = ["-c", "user.name=Someone", "-c", "user.email=someone@localhost"];
    let output = Command::new("git").arg("-C").arg(repo).args(who).args(arguments).output().unwrap();
    assert!(output.status.success(), "git {arguments:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// One work tree, one branch, nothing that is not committed, and so many commits.
fn is_clean(repo: &Path, commits: usize) {
    let lines = |arguments: &[&str]| git(repo, arguments).lines().count();
    assert_eq!(lines(&["worktree", "list"]), 1);
    assert_eq!(lines(&["branch", "--list", "--all"]), 1);
    assert_eq!(lines(&["status", "--porcelain"]), 0);
    assert_eq!(lines(&["log", "--format=%h"]), commits);
}

/// A program that fails as no other does.
fn dark(name: &str) -> String {
    format!("echo 'LampError: {name} is dark' >&2; exit 5\n")
}

/// The change of its only line.
fn diff(name: &str, file: &str, to: &str) -> String {
    format!("--- a/{file}\n+++ b/{file}\n@@ -1 +1 @@\n-{}+{to}\n", dark(name))
}

#[tokio::test]
async fn a_program_is_patched_beside_checked_there_merged_after_a_yes_and_reverted_by_an_undo() {
    let folder = tempfile::tempdir().unwrap();
    let repo = folder.path();
    git(repo, &["init", "-q"]);
    let file = |name: &str| repo.join(format!("{name}.sh"));
    for name in ["lamp", "dim", "moved", "outside"] {
        std::fs::write(file(name), dark(name)).unwrap();
    }
    git(repo, &["add", "."]);
    git(repo, &["commit", "-q", "-m", "first"]);
    let config = format!(
        "[skills.exec]\nprograms = [\"sh\"]\n[fixes]\nrepositories = [{repo:?}]\n[checks]\nprograms = \
         [\"sh\"]\nfiles = [{repo:?}]\n"
    );
    let host = Host::start_with(&config).await;
    // The check names a file by its path below the work tree: it runs there, before the merge and after it.
    let rule = |task: &str, diff: String| {
        let works = format!("test \"$(sh {task}.sh)\" = light");
        json!({"name": format!("mend {task}"), "task": task, "actions": [{"kind": "patch", "repo": repo, "diff": diff}],
            "checks": [{"kind": "file", "path": file(task)},
                {"kind": "command", "program": "sh", "arguments": ["-c", works]}]})
    };
    rules(
        &host,
        json!([
            rule("lamp", diff("lamp", "lamp.sh", "echo light")),
            rule("dim", diff("dim", "dim.sh", "echo dim")),
            rule("moved", diff("other", "moved.sh", "echo light")),
            rule("outside", diff("outside", "../outside.sh", "echo light")),
        ]),
    )
    .await;
    let task =
        |name: &str| json!({"name": name, "skill": "exec", "input": {"program": "sh", "args": [file(name)]}});

    apply(&host, &[task("lamp")]).await;
    let asked = fix_of(&host, "lamp", "waits-for-approval").await;
    assert!(asked["reason"].as_str().unwrap().contains("a person merges"), "{asked}");
    is_clean(repo, 1);
    say(&host, "approve", &asked).await;
    reaches(&host, "lamp", "succeeded").await;
    let fix = fix_of(&host, "lamp", "verified").await;
    assert_eq!(std::fs::read_to_string(file("lamp")).unwrap(), "echo light\n");
    is_clean(repo, 2);
    say(&host, "undo", &fix).await;
    assert_eq!(std::fs::read_to_string(file("lamp")).unwrap(), dark("lamp"));
    is_clean(repo, 3);

    for (name, word) in [
        ("dim", "a check does not hold in the work tree of the change"),
        ("moved", "git apply refused"),
        ("outside", "git apply refused"),
    ] {
        apply(&host, &[task(name)]).await;
        let asked = fix_of(&host, name, "waits-for-approval").await;
        say(&host, "approve", &asked).await;
        reaches(&host, name, "needs-human").await;
        let failed = fix_of(&host, name, "failed").await;
        assert!(failed["reason"].as_str().unwrap().contains(word), "{name}: {failed}");
        assert_eq!(std::fs::read_to_string(file(name)).unwrap(), dark(name));
        is_clean(repo, 3);
    }
}

#[tokio::test]
async fn two_fixes_of_one_work_tree_wait_for_each_other_and_both_are_merged() {
    let folder = tempfile::tempdir().unwrap();
    let repo = folder.path();
    git(repo, &["init", "-q"]);
    let (names, file) = (["roof", "door"], |name: &str| repo.join(format!("{name}.sh")));
    names.iter().for_each(|name| std::fs::write(file(name), dark(name)).unwrap());
    git(repo, &["add", "."]);
    git(repo, &["commit", "-q", "-m", "first"]);
    let config = format!(
        "[skills.exec]\nprograms = [\"sh\"]\n[fixes]\nrepositories = [{repo:?}]\n[checks]\nprograms = [\"sh\"]\n"
    );
    let host = Host::start_with(&config).await;
    // Long enough that each would begin before the other has ended.
    let rule = |name: &str| {
        let works = format!("sleep 2; test \"$(sh {name}.sh)\" = light");
        json!({"name": format!("mend {name}"), "task": name,
            "actions": [{"kind": "patch", "repo": repo, "diff": diff(name, &format!("{name}.sh"), "echo light")}],
            "checks": [{"kind": "command", "program": "sh", "arguments": ["-c", works]}]})
    };
    rules(&host, names.iter().map(|name| rule(name)).collect()).await;
    let task =
        |name: &str| json!({"name": name, "skill": "exec", "input": {"program": "sh", "args": [file(name)]}});
    apply(&host, &names.map(task)).await;
    let mut asked = Vec::new();
    for name in names {
        asked.push(fix_of(&host, name, "waits-for-approval").await);
    }
    tokio::join!(say(&host, "approve", &asked[0]), say(&host, "approve", &asked[1]));
    for name in names {
        reaches(&host, name, "succeeded").await;
        fix_of(&host, name, "verified").await;
        assert_eq!(std::fs::read_to_string(file(name)).unwrap(), "echo light\n");
    }
    is_clean(repo, 3);
}

#[tokio::test]
async fn a_problem_that_is_closed_while_its_patch_is_looked_at_leaves_nothing_merged() {
    let folder = tempfile::tempdir().unwrap();
    let repo = folder.path();
    git(repo, &["init", "-q"]);
    std::fs::write(repo.join("lamp.sh"), dark("lamp")).unwrap();
    git(repo, &["add", "."]);
    git(repo, &["commit", "-q", "-m", "first"]);
    let config = format!(
        "[skills.exec]\nprograms = [\"sh\"]\n[fixes]\nrepositories = [{repo:?}]\n[checks]\nprograms = [\"sh\"]\n"
    );
    let host = Host::start_with(&config).await;
    let begun = repo.with_extension("begun");
    let long = format!("touch {}; sleep 30", begun.display());
    rules(
        &host,
        json!([{"name": "mend lamp", "task": "lamp",
            "actions": [{"kind": "patch", "repo": repo, "diff": diff("lamp", "lamp.sh", "echo light")}],
            "checks": [{"kind": "command", "program": "sh", "arguments": ["-c", long]}]}]),
    )
    .await;
    let lamp =
        json!({"name": "lamp", "skill": "exec", "input": {"program": "sh", "args": [repo.join("lamp.sh")]}});
    apply(&host, &[lamp]).await;
    let asked = fix_of(&host, "lamp", "waits-for-approval").await;
    say(&host, "approve", &asked).await;
    until("the check to begin", async || begun.exists().then_some(())).await;
    host.cli(&["problem", "close", asked["problem"].as_str().unwrap()]).await.ok();
    let voided = fix_of(&host, "lamp", "voided").await;
    assert_eq!(voided["record"]["results"], json!([]), "{voided}");
    assert!(voided["record"]["begun"].is_null(), "it is not known what was done: {voided}");
    assert_eq!(std::fs::read_to_string(repo.join("lamp.sh")).unwrap(), dark("lamp"));
    is_clean(repo, 1);
    std::fs::remove_file(begun).unwrap();
}

#[tokio::test]
async fn a_key_after_which_a_provider_fails_more_is_set_back() {
    let config = "[skills.exec]\nprograms = [\"sh\"]\n[fixes]\nwatch = \"10s\"\nconfig_keys = [\"routing.wait\"]\n\
                  [routing]\nwait = \"30s\"\n";
    let host = Host::start_with(config).await;
    let file = host.dir().join("patchbay.toml");
    let shaky = Upstream::start(|_| Answer::error(500, &[])).await;
    host.provider("shaky", &shaky, &["--model", "m"]).await;
    let set = json!([{"kind": "set-config", "key": "routing.wait", "value": "1s"}]);
    let rule = json!({"name": "wait less", "task": "slow", "actions": set, "watch": "provider-errors:shaky"});
    rules(&host, json!([rule])).await;
    let line = format!("grep -q 1s {} || exit 7", file.display());
    apply(&host, &[shell("slow", &line)]).await;
    reaches(&host, "slow", "succeeded").await;
    let fixes = host.json(&["fix", "list"]).await;
    let fix = host.json(&["fix", "show", &fixes[0]["id"].to_string()]).await;
    assert!(fix["record"]["watch"].as_str().unwrap().contains("provider-errors:shaky is watched"), "{fix}");
    let agent = host.agent("tester").await;
    assert!(agent.chat("m").await.status >= 500);
    fix_of(&host, "slow", "undone").await;
    assert_eq!(std::fs::read_to_string(&file).unwrap(), config);
    assert_eq!(in_use(&host, "routing.wait").await, "30s");
    let reports = host.json(&["report", "list"]).await.to_string();
    assert!(reports.contains("made it worse and was taken back"), "{reports}");
}

#[tokio::test]
async fn what_models_take_for_an_attempt_is_counted_and_its_budget_holds() {
    let Some(asker) = asker().await else { return };
    let host = Host::start_with("[tasks]\nplaces = 4\n").await;
    let model = Upstream::good().await;
    host.provider("cheap", &model, &["--model", "m", "--price", "m=1/2"]).await;
    // All that the guest can ask for has to be granted somehow.
    let folder = host.scratch();
    let grants = format!(
        "[grants]\nllm = {{ models = [\"m\"], usd_per_day = 1.0 }}\nkv = {{ max_bytes = 4096 }}\nhttp = \
         [\"localhost\"]\nsecrets = [\"mine\"]\nprocess = [\"true\"]\nfiles = [{{ root = {folder:?} }}]\n"
    );
    let component = with_manifest(&asker, "asker", "1.0.0", "skill-adapter", &grants);
    let component = host.file("asker.wasm", &component);
    host.cli(&["plugin", "load", &component, "--slot", "skills/asker", "--accept-grants"]).await.ok();
    rules(&host, json!([{"name": "again", "task": "talker", "actions": [{"kind": "retry"}]}])).await;
    let ask = json!({"call": "llm", "model": "m"});
    // The second call goes beyond, the third is not made.
    let talker = json!({"name": "talker", "skill": "ask", "input": [ask, ask, ask], "budgets": {"tokens": 20},
        "checks": [{"kind": "json-path", "path": "$[9]"}]});
    apply(&host, &[talker]).await;
    let task = reaches(&host, "talker", "needs-human").await;
    assert_eq!(task["stands"]["ask"]["why"], "budget", "{task}");
    assert_eq!(task["stands"]["ask"]["text"], "its budget of 20 tokens is used up: 30", "{task}");
    let attempts = task["last_attempts"].as_array().unwrap();
    assert_eq!((attempts.len(), model.count()), (1, 2), "{task}");
    assert_eq!(
        (attempts[0]["tokens"].clone(), attempts[0]["cost_nano_usd"].clone()),
        (json!(30), json!(40_000))
    );
    let told = host.cli(&["task", "show", "talker"]).await.ok();
    assert!(told.contains("0.00004 USD"), "{told}");
    let usage = host.json(&["usage", "--by", "agent"]).await.to_string();
    assert!(usage.contains("plugin.asker"), "{usage}");

    // Whoever stands behind it gives it a whole budget.
    host.cli(&["task", "retry", "talker", "--reason", "once more"]).await.ok();
    until("another attempt", async || (model.count() == 4).then_some(())).await;
}
