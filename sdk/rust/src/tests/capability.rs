//! Each capability as a plugin meets it, and its calls in the format of recordings.

use std::time::Duration;

use serde_json::{Value, json};

use crate::files;
use crate::process::Command;
use crate::tasks::{Attempt, Task};
use crate::testing::Mock;
use crate::{PluginError, http, job, kv, llm, secrets, tasks};

#[test]
fn what_is_kept_is_there_again() -> Result<(), PluginError> {
    let mock = Mock::new().kv().with("seen", "1");
    assert_eq!(kv::get_text("seen")?.as_deref(), Some("1"));
    kv::set_json("state", &json!({ "n": 1 }))?;
    kv::set("bytes", [0xff])?;
    assert_eq!(kv::get_json::<Value>("state")?, Some(json!({ "n": 1 })));
    assert_eq!((kv::get("bytes")?, kv::get("other")?), (Some(vec![0xff]), None));
    assert_eq!(kv::keys("s")?, ["seen", "state"]);
    assert!(kv::delete("seen")? && !kv::delete("seen")?);
    assert_eq!(mock.kept("state"), Some(json!("{\"n\":1}")));
    let calls = mock.calls();
    assert_eq!(calls[0], json!({ "call": "kv.get", "key": "seen" }));
    assert_eq!(calls[2], json!({ "call": "kv.set", "key": "bytes", "value": { "base64": "/w==" } }));
    Ok(())
}

#[test]
fn a_request_is_sent_as_it_was_built() -> Result<(), PluginError> {
    let url = "https://example.com/messages";
    let mock = Mock::new().http().on("POST", url).header("x-id", "7").answer(201, r#"{"ok":true}"#);
    let answer = http::Request::post(url)
        .header("authorization", secrets::placeholder("token"))
        .timeout(Duration::from_secs(2))
        .json(&json!({ "text": "hi" }))?
        .send()?;
    assert_eq!((answer.status, answer.header("x-id"), answer.text()?), (201, Some("7"), "{\"ok\":true}"));
    assert_eq!(answer.json::<Value>()?, json!({ "ok": true }));
    let expect = json!({
        "call": "http.send",
        "request": {
            "method": "POST", "url": url, "timeout_ms": 2_000, "attributes": [],
            "headers": [["authorization", "{{secret:token}}"], ["content-type", "application/json"]],
        },
        "body": "{\"text\":\"hi\"}",
    });
    assert_eq!(mock.calls(), [expect]);
    Ok(())
}

#[test]
fn a_status_that_is_no_success_says_when_to_try_again() -> Result<(), PluginError> {
    let _mock = Mock::new().http().on("GET", "https://a").header("retry-after", "7").answer(503, "busy\n");
    let error = http::Request::get("https://a").send()?.require_success().unwrap_err();
    let expect = PluginError::new("http:503", "the answer was 503: busy").retry_after_ms(7_000);
    assert_eq!(error, expect);
    Ok(())
}

#[test]
fn a_request_that_nobody_answers_is_an_error_with_its_code() {
    let _mock = Mock::new().http().on("GET", "https://a").fail("timeout", "30 s");
    assert_eq!(http::Request::get("https://a").send().unwrap_err(), PluginError::new("timeout", "30 s"));
    assert_eq!(http::Request::get("https://a").send().unwrap_err().code, "not-mocked");
}

#[test]
fn a_secret_is_there_or_not() -> Result<(), PluginError> {
    let _mock = Mock::new().secret("token");
    assert!(secrets::exists("token")? && !secrets::exists("other")?);
    Ok(())
}

#[test]
fn a_model_answers() -> Result<(), PluginError> {
    let mock = Mock::new().llm().answer("yes");
    let options = llm::Options::new("small").max_tokens(5).json();
    let completion = llm::complete(&[llm::Message::user("is it?")], &options)?;
    assert_eq!((completion.content.as_str(), completion.finish_reason.as_str()), ("yes", "stop"));
    assert_eq!(
        mock.calls(),
        [json!({
            "call": "llm.complete",
            "messages": [{ "role": "user", "content": "is it?" }],
            "options": {
                "model": "small", "max_tokens": 5, "temperature": null,
                "attributes": [["response-format", "json"]],
            },
        })]
    );
    Ok(())
}

#[test]
fn a_program_runs_to_its_end() -> Result<(), PluginError> {
    let mock = Mock::new().process().on("git").args(["log"]).lines(["a", "b"]).errors(["c"]).exit(1);
    let output = Command::new("git").arg("log").env("A", "1").input("in").run()?;
    assert_eq!((output.stdout.as_str(), output.stderr.as_str()), ("a\nb\n", "c\n"));
    assert_eq!((output.exit.to_string().as_str(), output.exit.is_success()), ("exit:1", false));
    let expect = json!({
        "call": "process.spawn",
        "command": {
            "program": "git", "arguments": ["log"], "environment": [["A", "1"]], "folder": null, "attributes": [],
        },
        "input": "in",
    });
    assert_eq!(mock.calls()[0], expect);
    Ok(())
}

#[test]
fn a_program_is_ended_when_its_lines_are_not_wanted() {
    let mock = Mock::new().process().on("sh").lines(["a"]).exit(0);
    let error = Command::new("sh").run_lines(|_| Err("enough".into())).unwrap_err();
    assert_eq!(error.message, "enough");
    assert_eq!(mock.calls_of("process.kill").len(), 1);
}

#[test]
fn a_file_is_replaced_only_as_it_was_read() -> Result<(), PluginError> {
    let mock = Mock::new().file("/notes/a.md", "one");
    let file = files::read("/notes/a.md")?;
    assert_eq!(file.text()?, "one");
    files::replace("/notes/a.md", "two", Some(&file.version))?;
    let conflict = files::replace("/notes/a.md", "three", Some(&file.version)).unwrap_err();
    assert_eq!((conflict.code.as_str(), mock.contents("/notes/a.md")), ("conflict", Some(json!("two"))));
    files::replace("/notes/sub/b.md", "new", None)?;
    let entries: Vec<_> =
        files::entries("/notes")?.into_iter().map(|entry| (entry.name, entry.kind)).collect();
    assert_eq!(entries, [("a.md".into(), "file".into()), ("sub".into(), "folder".into())]);
    assert_eq!(files::read("/notes/none").unwrap_err().code, "not-found");
    Ok(())
}

#[test]
fn a_run_tells_how_it_goes_until_it_is_cancelled() -> Result<(), PluginError> {
    let mock = Mock::new().cancel_after(1);
    job::note("begins");
    job::progress(1, Some(2), "half");
    job::heartbeat();
    job::artifact("a.txt", "text/plain", "contents")?;
    job::log_lines([("stdout", "one"), ("stderr", "two")]);
    assert!(!job::cancelled() && job::cancelled());
    let calls = mock.calls();
    assert_eq!(calls[0], json!({ "call": "job.log-line", "stream": "note", "text": "begins" }));
    assert_eq!(calls[1], json!({ "call": "job.progress", "done": 1, "total": 2, "note": "half" }));
    let artifact = json!({
        "call": "job.artifact", "name": "a.txt", "media_type": "text/plain", "contents": "contents",
    });
    assert_eq!(calls[3], artifact);
    let lines = json!({ "call": "job.log-lines", "lines": [["stdout", "one"], ["stderr", "two"]] });
    assert_eq!(calls[4], lines);
    Ok(())
}

#[test]
fn a_task_is_looked_at() -> Result<(), PluginError> {
    let task = Task { id: "task-1".into(), input: "{\"n\":1}".into(), ..Task::default() };
    let _mock = Mock::new()
        .task(task.clone())
        .attempt(Attempt { number: 1, ..Attempt::default() })
        .log_tail(["a", "b", "c"]);
    assert_eq!(tasks::current()?, Some(task.clone()));
    assert_eq!(task.input::<Value>()?, json!({ "n": 1 }));
    assert_eq!((tasks::attempts()?.len(), tasks::log_tail(2)?), (1, vec!["b".into(), "c".into()]));
    assert!(tasks::findings()?.is_empty() && tasks::history()?.is_empty() && tasks::runbooks()?.is_empty());
    Ok(())
}
