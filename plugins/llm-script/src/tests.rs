//! The golden cases, natively, and what they cannot show: what the model gets to read, what looks like a script, what is
//! wider.

use patchbay_sdk::testing::{self, Mock};

use super::*;

const SOURCE: &str = "function main(input) { return input; }";

fn problem() -> Problem {
    let attributes =
        [("script", "javascript"), ("grants", r#"{"http":["api.example.com"]}"#), ("message", "m")];
    Problem { attributes: attributes.into(), ..Problem::default() }
}

fn answer(source: &str) -> String {
    json!({ "source": source, "checks": [{ "kind": "human", "arguments": { "question": "well?" } }] })
        .to_string()
}

#[test]
fn every_golden_case_holds() {
    testing::run_strategy_cases::<LlmScript>("cases");
}

#[test]
fn the_model_reads_the_grants_what_failed_and_no_keys() {
    let actions = json!([{ "kind": "run-script", "source": "function main() { throw 1 }" }]).to_string();
    let failed = patchbay_sdk::tasks::PastFix { actions, outcome: "failed".into(), ..Default::default() };
    let mock = Mock::new().config(json!({ "model": "small" })).log_tail(["token=abcDEF1234567890"]);
    let mock = mock.past_fix(failed).llm().answer(&answer(SOURCE));
    assert!(LlmScript::propose(&problem()).unwrap().is_some());
    let calls = mock.calls_of("llm.complete");
    let question = calls[0]["messages"][1]["content"].as_str().unwrap();
    for told in ["{\"http\":[\"api.example.com\"]}", "function main() { throw 1 }", "token=[masked]"] {
        assert!(question.contains(told), "{told:?} is not in {question}");
    }
    assert!(!question.contains("{{"));
}

#[test]
fn a_script_that_is_refused_is_logged_with_what_it_wants() {
    let mut wanted: Value = serde_json::from_str(&answer(SOURCE)).unwrap();
    wanted["grants"] = json!({ "process": ["sh"] });
    let _mock = Mock::new().config(json!({ "model": "small" })).llm().answer(&wanted.to_string());
    assert_eq!(LlmScript::propose(&problem()), Ok(None));
    let logs = testing::logs();
    assert!(logs.last().unwrap().message.contains("it wants process \"sh\", which"), "{logs:?}");
}

#[test]
fn a_source_that_is_too_long_is_asked_for_again_and_never_cut() {
    let long = format!("{SOURCE}//{}", "x".repeat(64 * 1024));
    let mock = Mock::new().config(json!({ "model": "small" })).llm().answer(&answer(&long));
    let mock = mock.llm().answer(&answer(SOURCE));
    let plan = LlmScript::propose(&problem()).unwrap().unwrap();
    assert_eq!(plan.actions[0].arguments["source"], SOURCE);
    let again = mock.calls_of("llm.complete")[1]["messages"][3]["content"].clone();
    assert!(again.as_str().unwrap().contains("`source` has 65576 bytes, expected at most 65536"), "{again}");
}

fn check_source(body: &str, expect: bool) {
    let source = format!("async function main(input, host) {{\n{body}\n}}");
    assert_eq!(scan::check(&source).is_ok(), expect, "{body}: {:?}", scan::check(&source));
}

#[test]
fn brackets_count_in_code_alone() {
    for sound in [
        "return \"(\" + '[' + `{`;",
        r#"const a = "a\"(", b = 'it\'s (';"#,
        "// ( [ {\n/* ( [ { */",
        "return `a ${b ? `(${c})` : {d: 1}.d} (`;",
        "return /[\"'(\\/]/.test(x) && x.split(/\\(/).length / 2 > (a) / b;",
        "if (x) { return /\\[/g } else return /\\{/;",
        "let i = 1; i++ / 2; const y = a[0] / b;",
        "return '频道' / 1;",
        "const f = \"a\\\nb(\";",
    ] {
        check_source(sound, true);
    }
    for unsound in ["(", ")", "[1, 2)", "{", "`a ${b", "/* ", "\"a\n\"", "`", "f(}"] {
        check_source(unsound, false);
    }
    check_source(&("(".repeat(47) + &")".repeat(47)), true);
    check_source(&("(".repeat(48) + &")".repeat(48)), false);
}

#[test]
fn a_script_has_a_function_main() {
    for source in
        ["function main(){}", "async function main (a) {}", "const f = 1;\nfunction\nmain(input, host) {}"]
    {
        assert_eq!(scan::check(source), Ok(()), "{source}");
    }
    for source in ["", "main()", "function mainly() {}", "function other() {} // main(", "const main = 1"] {
        assert!(scan::check(source).is_err(), "{source}");
    }
}

fn check_beyond(wanted: Value, granted: Value, expect: &[&str]) {
    let object = |value: &Value| value.as_object().unwrap().clone();
    assert_eq!(grants::beyond(&object(&wanted), &object(&granted)), expect, "{wanted} of {granted}");
}

#[test]
fn what_is_wider_is_told_part_by_part() {
    let granted = json!({
        "http": ["api.example.com", "*.example.org", { "origin": "http://127.0.0.1:9000", "private": true }],
        "secrets": ["token"], "files": [{ "root": "/srv/in", "write": true }, { "root": "/srv/out" }],
        "kv": { "max_bytes": 1000 }, "process": ["sh"],
    });
    check_beyond(json!({}), granted.clone(), &[]);
    check_beyond(json!({ "http": [], "files": null, "process": [] }), json!({}), &[]);
    let within = json!({
        "http": ["https://API.example.com/", "a.example.org", { "origin": "http://127.0.0.1:9000", "private": true }],
        "secrets": ["token"], "files": [{ "root": "/srv/in/a", "write": true }, { "root": "/srv/out/" }],
    });
    check_beyond(within, granted.clone(), &[]);
    let wider = json!({
        "http": ["example.org", "a.example.org:99", { "origin": "api.example.com", "private": true }],
        "secrets": ["other"], "files": [{ "root": "/srv/inside" }, { "root": "/srv/in/../x" }],
        "kv": { "max_bytes": 1000 }, "process": ["sh"], "net": true,
    });
    let expect = [
        "files {\"root\":\"/srv/inside\"}",
        "files {\"root\":\"/srv/in/../x\"}",
        "http \"example.org\"",
        "http \"a.example.org:99\"",
        "http {\"origin\":\"api.example.com\",\"private\":true}",
        "kv {\"max_bytes\":1000}",
        "net true",
        "process \"sh\"",
        "secrets \"other\"",
    ];
    check_beyond(wider, granted.clone(), &expect);
    check_beyond(
        json!({ "files": [{ "root": "/srv/out", "write": true }] }),
        granted,
        &["files {\"root\":\"/srv/out\",\"write\":true}"],
    );
}

#[test]
fn checks_are_those_that_the_host_knows() {
    let read = |checks: Value| check::read(checks.as_array().unwrap());
    let flat = json!([{ "kind": "command", "program": "make", "arguments": ["test"], "exit_code": null }]);
    assert_eq!(read(flat).unwrap()[0].arguments, json!({ "program": "make", "arguments": ["test"] }));
    let digest = "checks[0]: `digest` is none: expected sha256: and 64 hexadecimal digits";
    let error = |checks: Value| read(checks).unwrap_err();
    assert_eq!(error(json!([])), "`checks` has 0 entries, expected 1 to 10");
    assert!(
        error(json!([{ "kind": "prayer", "arguments": {} }]))
            .starts_with("checks[0]: unknown variant `prayer`")
    );
    assert!(
        error(json!([{ "kind": "http", "arguments": { "status": 200 } }])).contains("missing field `url`")
    );
    assert!(
        error(json!([{ "kind": "file", "arguments": { "path": "/a", "size": 1 } }]))
            .contains("unknown field `size`")
    );
    assert_eq!(error(json!([{ "kind": "file", "path": "/a", "digest": "new" }])), digest);
    assert!(
        error(json!([{ "kind": "skill", "skill": "s", "input": "x".repeat(20_000) }]))
            .contains("expected at most")
    );
    assert!(error(json!([7])).contains("`kind` is missing"));
}
