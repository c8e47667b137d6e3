//! The golden cases, natively, and what they cannot show.

use patchbay_sdk::testing::{self, Mock};
use serde_json::{Value, json};

use super::*;
use crate::answer::TEXT_MAX;

const URL: &str = "https://api.example.com/";

fn run(input: Value) -> Outcome {
    let invocation = Invocation { input: input.to_string(), ..Invocation::default() };
    Http::run(&invocation).unwrap()
}

#[test]
fn every_golden_case_holds() {
    testing::run_skill_cases::<Http>("cases");
}

#[test]
fn a_long_body_is_cut_in_the_output_and_whole_in_the_artifact() {
    let body = "频".repeat(30_000);
    let mock = Mock::new().http().on("GET", URL).answer(200, &body);
    let outcome = run(json!({ "url": URL, "save_as": "all" }));
    let text = outcome.output["body"].as_str().unwrap();
    assert_eq!(text.len(), TEXT_MAX - TEXT_MAX % 3, "no half character");
    assert!(body.starts_with(text));
    let artifact = &mock.calls_of("job.artifact")[0];
    assert_eq!(artifact["contents"].as_str(), Some(&*body));
    assert_eq!(artifact["media_type"], "application/octet-stream");
}

#[test]
fn a_body_that_is_no_text_does_not_break_the_output() {
    let mock = Mock::new().http().on("GET", URL).answer(200, [0xff, 0xfe, b'x']);
    assert_eq!(run(json!({ "url": URL })).output["body"], "\u{fffd}\u{fffd}x");
    drop(mock);
    let long = vec![0x80; TEXT_MAX + 10];
    let mock = Mock::new().http().on("GET", URL).answer(200, &long);
    assert!(run(json!({ "url": URL })).output["body"].as_str().is_some());
    drop(mock);
}

#[test]
fn headers_of_one_name_are_joined() {
    let mock = Mock::new().http().on("GET", URL).header("vary", "a").header("vary", "b").answer(200, "");
    assert_eq!(run(json!({ "url": URL })).output["headers"], json!({ "vary": "a, b" }));
    assert!(mock.unused().is_empty());
}

#[test]
fn a_pause_is_told_up_to_a_day() {
    for (text, expected) in
        [("20", Some("20000")), ("999999", Some("86400000")), ("soon", None), ("-1", None)]
    {
        let mock = Mock::new().http().on("GET", URL).header("retry-after", text).answer(429, "");
        assert_eq!(run(json!({ "url": URL })).attributes.get("retry-after-ms"), expected, "{text}");
        drop(mock);
    }
}

#[test]
fn the_input_schema_knows_every_field() {
    let skills = Http::describe().unwrap();
    let mut fields: Vec<&str> =
        skills[0].input_schema["properties"].as_object().unwrap().keys().map(String::as_str).collect();
    fields.sort_unstable();
    assert_eq!(fields, ["body", "expect_status", "headers", "json", "method", "save_as", "timeout_s", "url"]);
}
