//! What stands between a plugin and a model: masks, cuts, templates, JSON in words, and asking again.

use serde_json::{Value, json};

use super::*;
use crate::tasks::{Attempt, PastFix, Runbook, Task};
use crate::testing::{self, Mock};

fn check_mask(text: &str, expect: &str) {
    assert_eq!(mask(text), expect, "{text}");
}

#[test]
fn what_looks_like_a_key_is_taken_out() {
    check_mask("use sk-proj-abcDEF123456 now", "use [masked] now");
    check_mask("Authorization: Bearer abc.def-123456", "Authorization: Bearer [masked]");
    check_mask(
        "{\"password\": \"two words, \\\"x\\\"\", \"a\": 1}",
        "{\"password\": \"[masked]\", \"a\": 1}",
    );
    check_mask(r#""{\"password\": \"hunter2\", \"a\": 1}""#, r#""{\"password\": \"[masked]\", \"a\": 1}""#);
    check_mask("DB_PASSWORD=p@ss!w0rd next", "DB_PASSWORD=[masked] next");
    check_mask("run --password hunter2 -v", "run --password [masked] -v");
    check_mask("api_key=0123456789abcdef0123", "api_key=[masked]");
    check_mask("'x-api-key': 'QWxhZGRpbjpvcGVuIHNlc2FtZQ=='", "'x-api-key': '[masked]'");
    check_mask("token aGVsbG8gd29ybGQ/YWJjMTIz+w==", "token [masked]");
    check_mask("GET https://bob:pa:ss@db.example/x", "GET https://bob:[masked]@db.example/x");
    check_mask("clone https://ghp_0123456789abcdefghij@h/r", "clone https://[masked]@h/r");
    check_mask("密码 secret=频道密码甲乙丙丁 完", "密码 secret=[masked] 完");
}

#[test]
fn a_private_key_is_taken_out_even_if_it_breaks_off() {
    let pem = "a\n-----BEGIN RSA PRIVATE KEY-----\nMIIE\nabc\n-----END RSA PRIVATE KEY-----\nb";
    check_mask(pem, "a\n-----BEGIN RSA PRIVATE KEY-----[masked]\nb");
    check_mask("-----BEGIN PRIVATE KEY-----\nMIIE", "-----BEGIN PRIVATE KEY-----[masked]");
}

#[test]
fn what_helps_to_find_a_cause_stays() {
    for text in [
        "KeyError: 'customer_profile_2024_settings'",
        "unexpected token: expected an identifier",
        "the secret is not there",
        "the bearer fell",
        "commit 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b",
        "password: null, secret = ${DB_PASSWORD}",
        "https://example.com/a?b=c#d and user@example.com",
        "/srv/keys/2024/a.pem: No such file or directory",
        "key: name",
        "",
    ] {
        check_mask(text, text);
    }
}

#[test]
fn masking_takes_time_that_grows_with_the_text_alone() {
    for part in ["password=\"", "://a:b", "key=", "bearer =", "pwd='a'"] {
        assert!(!mask(&part.repeat(20_000)).is_empty(), "{part}");
    }
}

#[test]
fn the_words_of_a_model_are_cut_and_cannot_hide_anything() {
    assert_eq!(line(" a\u{1b}[31m\n\tb\u{202e}c  d ", 100), "a [31m bc d");
    assert_eq!(line("频道频道", 2), "频…");
    assert_eq!(line("频道", 2), "频道");
    assert_eq!(block("a\n\tb\u{0}\u{7}c\r\n", 100), "a\n\tbc");
    assert_eq!(end_of("频道频", 4), "[6 bytes were cut here]\n频");
    assert_eq!(end_of("abc", 3), "abc");
}

#[test]
fn json_is_found_alone_in_a_fence_or_between_words() {
    let whole = json!({ "a": { "b": "}" } });
    for answer in [
        r#"{"a":{"b":"}"}}"#,
        "```json\n{\"a\": {\"b\": \"}\"}}\n```",
        "Here {it} is:\n{\"a\": {\"b\": \"}\"}}\nI hope that {helps}.",
    ] {
        assert_eq!(json_in(answer).as_ref(), Ok(&whole), "{answer}");
    }
}

#[test]
fn what_is_no_json_is_told_to_the_model() {
    assert_eq!(json_in("I do not know").unwrap_err(), "there is no JSON object in the answer");
    let broken_off = "{\"cause\": \"x\", \"target\": {\"kind\": \"a\"}, \"fi";
    assert_eq!(json_in(broken_off).unwrap_err(), "the JSON object breaks off before its end");
    assert!(json_in("{cause: 1}").unwrap_err().starts_with("the JSON object cannot be read: key must be"));
    assert!(json_in(&"{".repeat(600_000)).unwrap_err().starts_with("the answer has 600000 bytes"));
    assert!(json_in(&"{\"a\":".repeat(1_000)).is_err());
}

#[test]
fn a_template_fills_its_places_once() {
    let template = Template::choose(None, None, "log: {{log}}, {{ task }}.").unwrap();
    let values = [("log", "{{task}}".to_owned()), ("task", "t".to_owned())];
    assert_eq!(template.fill(&values).unwrap(), "log: {{task}}, t.");
    let error = Template::choose(Some("{{lgo}}"), None, "").unwrap().fill(&values).unwrap_err();
    assert_eq!(error.message, "the template has a place \"lgo\"; there are log, task");
    assert_eq!(
        Template::choose(Some("{{log"), None, "").unwrap().fill(&values).unwrap_err().code,
        "bad-config"
    );
}

#[test]
fn a_template_is_the_operators_from_a_file_too() {
    let _mock = Mock::new().file("/etc/prompts/cause.txt", "from a file");
    let template = Template::choose(None, Some("/etc/prompts/cause.txt"), "own").unwrap();
    assert_eq!(template.fill(&[]).unwrap(), "from a file");
    assert_eq!(Template::choose(Some("a"), Some("/b"), "own").unwrap_err().code, "bad-config");
    assert_eq!(Template::choose(None, Some("/none"), "own").unwrap_err().code, "not-found");
    assert_eq!(Template::choose(Some(&"x".repeat(65_537)), None, "").unwrap_err().code, "bad-config");
}

#[test]
fn a_hash_names_a_template_and_what_is_said_beside_it() {
    let hash = |template: &str, more: &str| Template::choose(Some(template), None, "").unwrap().hash(more);
    // By hand from the published value of FNV-1a for `a`, 0xaf63dc4c8601ec8c, and the byte 0xff.
    assert_eq!(hash("a", ""), "fnv1a64:089bc907b544c769");
    assert_eq!(hash("one", "two"), hash("one", "two"));
    assert_ne!(hash("one", "two"), hash("onet", "wo"));
}

fn options() -> Options {
    Options::new("small").max_tokens(100)
}

fn number(found: &Value) -> Result<i64, String> {
    found["n"].as_i64().ok_or_else(|| "`n` is no number".to_owned())
}

#[test]
fn a_wrong_answer_is_asked_for_again_with_the_mistake_named() {
    let mock = Mock::new().llm().answer("{\"n\": \"x\"}").llm().answer("{\"n\": 7}");
    let mut talk = Talk::new(options(), "rules", "which?");
    assert_eq!(talk.ask(number), Ok(Some(7)));
    assert_eq!(talk.usage().calls, 2);
    let messages = mock.calls()[1]["messages"].clone();
    assert_eq!(messages[2], json!({ "role": "assistant", "content": "{\"n\": \"x\"}" }));
    assert!(messages[3]["content"].as_str().unwrap().starts_with("That cannot be used: `n` is no number. "));
    assert_eq!(mock.calls()[0]["options"]["attributes"], json!([["response-format", "json"]]));
}

#[test]
fn an_answer_that_is_wrong_twice_is_none_and_that_is_logged() {
    let mock = Mock::new().llm().answer("").llm().answer("no").llm().answer("{\"n\": 7}");
    let mut talk = Talk::new(options(), "rules", "which?");
    assert_eq!(talk.ask(number), Ok(None));
    assert_eq!(
        testing::logs()[0].message,
        "the model's answer is skipped: there is no JSON object in the answer"
    );
    assert_eq!(mock.calls()[1]["messages"][2]["content"], "(nothing)");
    assert_eq!(mock.unused().len(), 1);
}

#[test]
fn an_answer_that_was_cut_is_told_so_and_usage_is_added_up() {
    let completion =
        json!({ "content": "{\"n\"", "finish_reason": "length", "prompt_tokens": 3, "completion_tokens": 5 });
    let cut = json!({ "ok": { "completion": completion } });
    let mock = Mock::new().answer(json!({ "call": "llm.complete" }), cut.clone()).answer(json!({}), cut);
    let mut talk = Talk::new(options(), "rules", "which?");
    assert_eq!(talk.ask(number), Ok(None));
    assert_eq!(talk.usage(), Usage { prompt_tokens: 6, completion_tokens: 10, calls: 2 });
    assert!(mock.calls()[1]["messages"][3]["content"].as_str().unwrap().contains("be shorter"));
}

#[test]
fn a_model_that_may_not_be_asked_is_an_error() {
    let _mock = Mock::new().llm().fail("budget", "1 USD a day");
    assert_eq!(Talk::new(options(), "", "").ask(number).unwrap_err().code, "budget");
}

#[test]
fn a_story_is_masked_before_it_is_cut() {
    let key = format!("api_key={}", "a1".repeat(40 * 1024));
    let task =
        Task { name: "nightly".into(), input: "{\"password\": \"hunter2\"}".into(), ..Task::default() };
    let fix =
        PastFix { strategy: "s".into(), title: "t".into(), outcome: "failed".into(), ..PastFix::default() };
    let _mock = Mock::new()
        .task(task)
        .attempt(Attempt {
            number: 2,
            state: "failed".into(),
            error: Some("line 1\nline 2".into()),
            ..Attempt::default()
        })
        .past_fix(fix)
        .runbook(Runbook { title: "Restart".into(), text: "turn it\noff".into() })
        .log_tail(["one".to_owned(), key, "last".to_owned()]);
    let places = Story::read(2).places();
    let place = |name: &str| places.iter().find(|(known, _)| *known == name).unwrap().1.clone();
    assert_eq!(place("log"), "api_key=[masked]\nlast");
    assert_eq!(place("input"), "{\"password\": \"[masked]\"}");
    assert_eq!(place("attempts"), "- attempt 2, failed: line 1 line 2");
    assert_eq!(place("fixes"), "- failed, by s, t:");
    assert_eq!(place("runbooks"), "- Restart\nturn it\noff");
    assert_eq!((place("findings"), place("task")), ("(none)".to_owned(), "nightly".to_owned()));
}

#[test]
fn what_the_host_does_not_tell_is_left_out() {
    let _mock = Mock::new();
    let story = Story::read(50);
    assert!(story.log.is_empty() && story.task == Task::default());
    assert_eq!(testing::logs().len(), 6);
}
