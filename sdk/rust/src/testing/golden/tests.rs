//! Cases as text: comparison, mistakes.

use super::*;

const CASE: &str = r#"{
    "name": "one",
    "input": { "invocation": { "skill": "echo", "input": { "text": "hi" } } },
    "host": [{ "call": "kv.get", "key": "seen", "answer": { "ok": { "value": "1" } } }],
    "expect": { "outcome": { "status": "succeeded", "output": { "text": "hi" } } }
}"#;

fn outcome(output: &str) -> Answered {
    Ok(json!({ "outcome": { "status": "succeeded", "summary": "", "output": output } }))
}

#[test]
fn a_part_of_the_answer_is_enough() {
    let case = GoldenCase::parse(CASE).unwrap();
    assert_eq!(case.question(), json!({ "invocation": { "skill": "echo", "input": "{\"text\":\"hi\"}" } }));
    let mut host = case.fake_host();
    host.answer(&json!({ "call": "kv.get", "key": "seen" }));
    assert_eq!(case.check(&outcome(r#"{"text": "hi", "n": 1}"#), &host), Ok(()));
    let difference = case.check(&outcome("{}"), &host).unwrap_err();
    assert!(
        difference.contains("expected") && difference.contains("asked     {\"call\":\"kv.get\""),
        "{difference}"
    );
}

#[test]
fn a_call_that_was_expected_and_did_not_come_is_told() {
    let case = GoldenCase::parse(CASE).unwrap();
    let difference = case.check(&outcome(r#"{"text": "hi"}"#), &case.fake_host()).unwrap_err();
    assert!(difference.contains(r#"expected  the call {"call":"kv.get","key":"seen"}"#), "{difference}");
}

#[test]
fn an_error_is_expected_by_any_part_of_it() {
    let check = |expect: &str, code: &str| {
        let text = format!(r#"{{ "name": "n", "expect": {{ "error": {expect} }} }}"#);
        let case = GoldenCase::parse(&text).unwrap();
        let error = json!({ "code": code, "message": "m", "retryable": true, "retry_after_ms": null });
        case.check(&Err(error), &FakeHost::new()).is_ok()
            && case.check(&Ok(json!("done")), &FakeHost::new()).is_err()
    };
    assert!(check(r#"{ "code": "timeout" }"#, "timeout"));
    assert!(check(r#"{ "code": "timeout", "retryable": true }"#, "timeout"));
    assert!(check(r#""timeout""#, "timeout"));
    assert!(!check(r#"{ "code": "timeout", "retryable": false }"#, "timeout"));
    assert!(!check(r#"{ "code": "connect" }"#, "timeout"));
}

#[test]
fn a_misspelt_key_is_refused() {
    let error = GoldenCase::parse(&CASE.replace("\"expect\"", "\"expects\"")).unwrap_err().to_string();
    assert!(error.contains("unknown field `expects`"), "{error}");
}
