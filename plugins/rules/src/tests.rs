//! What rules say of failures, and what is said of bad rules.

use patchbay_sdk::testing;
use serde_json::{Value, json};

use super::*;

fn analyze(rules: Value, failure: &Failure) -> Result<Option<Diagnosis>, PluginError> {
    testing::set_config(&json!({ "rules": rules }));
    ByRules::analyze(failure)
}

fn task(code: &str, message: &str) -> Failure {
    Failure { kind: "task".into(), code: code.into(), message: message.into(), ..Failure::default() }
}

/// The class that one pattern gives a message.
fn class(pattern: &str, message: &str) -> Option<String> {
    let rules = json!([{ "name": "one", "pattern": pattern, "class": "hit" }]);
    analyze(rules, &task("exit:1", message)).unwrap().map(|diagnosis| diagnosis.class)
}

/// What is said of one bad rule, behind a good one.
fn refused(mut rule: Value) -> String {
    let whole = json!({ "name": "bad", "pattern": "x", "class": "c" });
    for (name, value) in whole.as_object().unwrap() {
        rule.as_object_mut().unwrap().entry(name).or_insert_with(|| value.clone());
    }
    let error = analyze(json!([whole, rule]), &task("", "")).unwrap_err();
    assert_eq!(error.code, "bad-config");
    error.message
}

#[test]
fn every_golden_case_holds() {
    testing::run_analyzer_cases::<ByRules>("cases");
}

#[test]
fn a_pattern_fits_whole_messages_and_a_dot_fits_lines_too() {
    assert_eq!(class("disk full", "disk full").as_deref(), Some("hit"));
    assert_eq!(class("disk full", "the disk full of it"), None);
    assert_eq!(class("one|two", "two").as_deref(), Some("hit"));
    assert_eq!(class("one|two", "two and more"), None);
    assert_eq!(class(".*disk full.*", "first\nthe disk full\nlast").as_deref(), Some("hit"));
    assert_eq!(class("(?-s).*disk full.*", "first\nthe disk full"), None);
    assert_eq!(class("(?i).*DISK.*", "disk").as_deref(), Some("hit"));
    assert_eq!(class("磁盘已满.*", "磁盘已满：/var").as_deref(), Some("hit"));
}

#[test]
fn only_the_beginning_of_a_message_is_looked_at() {
    let beyond = format!("{}end", "x".repeat(16 * 1024));
    assert_eq!(class(".*end", &beyond), None);
    assert_eq!(class("x+", &beyond).as_deref(), Some("hit"));
    let half = format!("{}频", "x".repeat(16 * 1024 - 1));
    assert_eq!(class("x+", &half).as_deref(), Some("hit"), "half a character is cut");
}

#[test]
fn what_is_caught_goes_into_the_cause_and_the_fix_and_not_further() {
    let rule = json!([{
        "name": "full", "pattern": r"no space on (?<disk>\S+): (\d+)(%)?", "class": "disk",
        "cause": "${disk} has ${2}${3} left, $5 a GB, {1}", "fix": "clean ${1}",
    }]);
    let diagnosis = analyze(rule, &task("", "no space on ${2}: 7")).unwrap().unwrap();
    assert_eq!(diagnosis.cause, "${2} has 7 left, $5 a GB, {1}");
    assert_eq!(diagnosis.attributes.get("fix"), Some("clean ${2}"));
}

#[test]
fn what_is_caught_is_cut() {
    let rule = json!([{ "name": "long", "pattern": "(.*)", "class": "c", "cause": "<${1}>" }]);
    let diagnosis = analyze(rule, &task("", &"频".repeat(1_000))).unwrap().unwrap();
    assert_eq!(diagnosis.cause, format!("<{}>", "频".repeat(66)));
}

#[test]
fn a_bad_rule_is_refused_with_its_index_and_place() {
    let table = [
        (json!({ "pattern": "(" }), "rules[1].pattern: "),
        (json!({ "pattern": "a)(b" }), "rules[1].pattern: "),
        (json!({ "pattern": r"\pL" }), "rules[1].pattern: "),
        (json!({ "pattern": "x".repeat(501) }), "rules[1].pattern: 501 characters, expected at most 500"),
        (json!({ "pattern": "((a{100}){100}){100}" }), "rules[1].pattern: "),
        (json!({ "pattern": 7 }), "rules[1]: invalid type"),
        (
            json!({ "cause": "${1}" }),
            "rules[1].cause: ${1} is no group: expected a name, or a number up to 0",
        ),
        (json!({ "fix": "${host" }), "rules[1].fix: a ${ without its }"),
        (json!({ "kind": ["task", "tusk"] }), "rules[1].kind[1]: \"tusk\", expected one of upstream, task,"),
        (json!({ "scope": "world" }), "rules[1].scope: \"world\", expected one of model, provider"),
        (json!({ "confidence": 1.5 }), "rules[1].confidence: expected 0 to 1"),
        (
            json!({ "retry_after_s": 99_999_999 }),
            "rules[1].retry_after_s: 99999999 seconds, expected at most",
        ),
        (json!({ "retry_after_s": -1 }), "rules[1]: invalid value"),
        (json!({ "name": "" }), "rules[1].name: is empty"),
        (json!({ "class": "" }), "rules[1].class: is empty"),
        (json!({ "clas": "c" }), "rules[1]: unknown field `clas`"),
    ];
    for (rule, expected) in table {
        let message = refused(rule);
        assert!(message.starts_with(expected), "{message:?} does not start with {expected:?}");
        assert!(message.len() < 400, "{message}");
    }
}

#[test]
fn two_hundred_rules_are_enough() {
    let rule = json!({ "name": "n", "pattern": "x", "class": "c" });
    assert!(analyze(vec![rule.clone(); 200].into(), &task("", "x")).unwrap().is_some());
    let error = analyze(vec![rule; 201].into(), &task("", "x")).unwrap_err();
    assert_eq!(error.message, "rules: 201 of them, expected at most 200");
}

#[test]
fn a_pattern_made_to_be_slow_is_not() {
    let evil = r"(a*)*(a|aa)+(a?){30}(.*b)?(.*c)?x";
    assert_eq!(class(evil, &"a".repeat(16 * 1024)), None);
}

#[test]
fn without_rules_nothing_is_known() {
    testing::set_config(&json!({}));
    assert_eq!(ByRules::analyze(&task("exit:1", "anything")), Ok(None));
}
