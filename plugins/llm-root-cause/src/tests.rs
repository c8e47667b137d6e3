//! The golden cases, natively, and what they cannot show: what the model gets to read.

use patchbay_sdk::testing::{self, Mock};
use serde_json::{Value, json};

use super::*;

const CAUSE: &str = r#"{"root_cause": "the disk is full"}"#;
const LOOK_UP: &str = r#"{"tool": "wiki", "query": "q"}"#;

fn settings() -> Value {
    let tool = json!({ "name": "wiki", "description": "finds pages", "url": "https://wiki.example/{query}" });
    json!({ "model": "small", "tools": [tool] })
}

fn failure(message: &str) -> Failure {
    Failure { message: message.into(), ..Failure::default() }
}

fn analyze(mock: &Mock, message: &str) -> (Option<Diagnosis>, Vec<Value>) {
    let diagnosis = RootCause::analyze(&failure(message)).unwrap();
    (diagnosis, mock.calls_of("llm.complete"))
}

/// What is said in one turn of the last call.
fn turn(calls: &[Value], number: usize) -> String {
    calls.last().unwrap()["messages"][number]["content"].as_str().unwrap().to_owned()
}

#[test]
fn every_golden_case_holds() {
    testing::run_analyzer_cases::<RootCause>("cases");
}

#[test]
fn a_model_reads_no_keys_and_no_more_than_the_end() {
    let mock = Mock::new().config(settings()).llm().answer(CAUSE);
    let message = format!("{}Authorization: Bearer abcdef123456\u{1b}[0m the end", "x".repeat(20_000));
    let (_, calls) = analyze(&mock, &message);
    let question = turn(&calls, 1);
    assert!(question.contains("Bearer [masked][0m the end"), "{question}");
    assert!(question.contains("bytes were cut here]\nxx") && question.len() < 18_000);
    assert!(!question.contains("abcdef123456") && !question.contains("{{"));
}

#[test]
fn a_replaced_template_changes_the_question_and_the_hash_but_not_the_form_of_the_answer() {
    let ask = |template: Option<&str>| {
        let mut settings = settings();
        settings["template"] = json!(template);
        let mock = Mock::new().config(settings).llm().answer(CAUSE);
        let (diagnosis, calls) = analyze(&mock, "no space left");
        let hash = diagnosis.unwrap().attributes.get("prompt-hash").unwrap().to_owned();
        (turn(&calls, 0), turn(&calls, 1), hash)
    };
    let (rules, question, hash) = ask(Some("Warum? {{message}}"));
    assert_eq!(question, "Warum? no space left");
    let own = ask(None);
    assert_eq!(rules, own.0);
    assert!(hash != own.2 && hash.starts_with("fnv1a64:") && hash == ask(Some("Warum? {{message}}")).2);
}

#[test]
fn after_five_look_ups_the_model_has_to_answer() {
    let mut mock = Mock::new().config(settings());
    for _ in 0..6 {
        mock = mock.llm().answer(LOOK_UP).http().on("GET", "https://wiki.example/q").answer(200, "a page");
    }
    let mock = mock.llm().answer(CAUSE);
    let (diagnosis, calls) = analyze(&mock, "");
    assert_eq!((mock.calls_of("http.send").len(), calls.len()), (5, 7));
    let used = diagnosis.unwrap().attributes.get("tools-used").unwrap().to_owned();
    assert_eq!(serde_json::from_str::<Vec<Value>>(&used).unwrap().len(), 5);
    assert!(turn(&calls, 13).contains("all 5 look-ups are used up"), "{}", turn(&calls, 13));
}

#[test]
fn a_tool_that_is_not_there_is_a_mistake() {
    let other = r#"{"tool": "shell", "query": "ls"}"#;
    let mock = Mock::new().config(settings()).llm().answer(other).llm().answer(other);
    let (diagnosis, calls) = analyze(&mock, "");
    assert_eq!((diagnosis, calls.len()), (None, 2));
    assert!(turn(&calls, 3).contains("there is no tool \"shell\""));
}

#[test]
fn what_a_tool_says_is_cut_and_masked() {
    let page = format!("password=hunter2 {}", "频".repeat(4_000));
    let mock = Mock::new().config(settings()).llm().answer(LOOK_UP).llm().answer(CAUSE);
    let mock = mock.http().on("GET", "https://wiki.example/q").answer(200, page);
    let (_, calls) = analyze(&mock, "");
    let told = turn(&calls, 3);
    assert!(
        told.starts_with("wiki answered 200:\npassword=[masked] 频") && told.ends_with("[the rest was cut]")
    );
    assert!(told.len() < 8_400, "{}", told.len());
}

#[test]
fn the_words_of_a_model_are_bounded() {
    let problem = json!({ "title": "t\n".repeat(500), "priority": "P2" });
    let words = json!({
        "root_cause": "c\u{7}".repeat(5_000), "class": "C ".repeat(500), "fix": "f".repeat(9_000),
        "success_criteria": "s".repeat(9_000), "problems": vec![problem; 30],
    });
    let mock = Mock::new().config(settings()).llm().answer(&words.to_string());
    let diagnosis = analyze(&mock, "").0.unwrap();
    let length = |name: &str| diagnosis.attributes.get(name).map(|text| text.chars().count());
    assert_eq!((diagnosis.cause.chars().count(), diagnosis.class.len()), (1_000, 64));
    assert_eq!((length("fix"), length("success-criteria")), (Some(4_000), Some(2_000)));
    assert_eq!((length("problem.10"), length("problem.11")), (Some(203), None));
    assert!(!diagnosis.cause.contains('\u{7}'));
}

#[test]
fn a_model_is_told_of_pictures_and_shown_them_unless_the_operator_says_no() {
    let told =
        json!([{ "name": "evidence-1\n.png", "media-type": "image/png", "bytes": 7, "digest": "sha256:00" }]);
    let check = |images: bool, listed: &str| {
        let mut settings = settings();
        settings["images"] = json!(images);
        let mock = Mock::new().config(settings).llm().answer(CAUSE);
        let mut failure = failure("no button");
        failure.attributes.push("evidence-images", told.to_string());
        RootCause::analyze(&failure).unwrap().unwrap();
        let calls = mock.calls_of("llm.complete");
        assert!(
            turn(&calls, 1).contains(&format!("<pictures>\n{listed}\n</pictures>")),
            "{}",
            turn(&calls, 1)
        );
        let shows = calls[0]["options"]["attributes"].to_string().contains(r#"["images","evidence"]"#);
        assert_eq!(shows, images, "{calls:?}");
    };
    check(true, "- evidence-1 .png, image/png, 7 bytes");
    check(false, "(none)");
}

#[test]
fn targets_are_those_that_the_host_knows() {
    let check = |target: Value, expect: bool| {
        assert_eq!(target::read(&target).is_some(), expect, "{target}");
    };
    check(json!({ "kind": "environment", "missing": "libssl" }), true);
    check(json!({ "kind": "program", "program": "make" }), true);
    check(json!({ "kind": "plugin", "name": "exec", "digest": format!("sha256:{}", "0".repeat(64)) }), true);
    check(json!({ "kind": "plugin", "name": "exec", "digest": "latest" }), false);
    check(json!({ "kind": "program", "program": "a\nb" }), false);
    check(json!({ "kind": "program", "program": "make", "path": "/" }), false);
    check(json!({ "kind": "program" }), false);
    check(json!("make"), false);
    check(Value::Null, false);
}

#[test]
fn a_class_is_a_word() {
    assert_eq!(answer::word(" Missing_File: /Tmp "), "missing-file:-tmp");
    assert_eq!(answer::word("频"), "");
}
