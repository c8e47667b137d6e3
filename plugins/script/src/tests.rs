//! What scripts may do, natively, against a host that is made up; what they must not be able to do is in `hostile`.

mod hostile;

use patchbay_sdk::testing::{self, Mock};
use serde_json::{Value, json};

use super::*;

fn run_with(input: Value) -> Outcome {
    let invocation = Invocation { input: input.to_string(), ..Invocation::default() };
    Script::run(&invocation).unwrap()
}

fn run(source: &str) -> Outcome {
    run_with(json!({ "source": source, "timeout_s": 4 }))
}

/// What `function main(input, host) { BODY }` returns.
fn returned(body: &str) -> Value {
    let outcome = run(&format!("function main(input, host) {{ {body} }}"));
    assert_eq!(outcome.status, "succeeded", "{}", outcome.summary);
    outcome.output
}

/// How it fails: the code, and the summary.
fn failed(body: &str) -> (String, String) {
    let outcome = run(&format!("function main(input, host) {{ {body} }}"));
    assert_eq!(outcome.status, "failed", "{}", outcome.output);
    (outcome.code, outcome.summary)
}

fn code(body: &str) -> String {
    failed(body).0
}

fn refused(input: Value) -> PluginError {
    let invocation = Invocation { input: input.to_string(), ..Invocation::default() };
    Script::run(&invocation).unwrap_err()
}

#[test]
fn every_golden_case_holds() {
    testing::run_skill_cases::<Script>("cases");
}

#[test]
fn a_function_gets_its_input_and_its_result_is_the_output() {
    let input = json!({ "n": 20, "list": [1, 2.5, null, true, "频"], "1": { "__proto__": "own" } });
    let source = "function main(input) { return { twice: input.n * 2, input }; }";
    let outcome = run_with(json!({ "source": source, "input": input }));
    assert_eq!(outcome.output, json!({ "twice": 40, "input": input }));
    assert_eq!((&*outcome.status, &*outcome.summary), ("succeeded", "main returned"));
}

#[test]
fn a_promise_is_waited_for() {
    assert_eq!(
        returned("return Promise.all([1, Promise.resolve(2)]).then(l => l.map(n => n + 1));"),
        json!([2, 3])
    );
    let source =
        "const later = async () => { await null; return 7; }; const run = async () => [await later()];";
    assert_eq!(run_with(json!({ "source": source, "function": "run" })).output, json!([7]));
    assert_eq!(returned("return { then(done) { done('thenable'); } };"), "thenable");
}

#[test]
fn what_json_has_no_word_for_is_told_with_its_place() {
    assert_eq!(returned(""), Value::Null, "nothing is null");
    assert_eq!(
        returned("return { a: undefined, b: [undefined], d: new Date(0) };"),
        json!({ "b": [null], "d": "1970-01-01T00:00:00.000Z" })
    );
    assert_eq!(
        returned("return [-0, 1e15, 0.1, 'a\\ud800'];"),
        json!([0, 1_000_000_000_000_000_i64, 0.1, "a\u{fffd}"])
    );
    for (body, found) in [
        ("return { a: [1, () => 1] };", "a function at a.1"),
        ("return 10n;", "a BigInt,"),
        ("return Symbol('x');", "a symbol,"),
        ("return { rate: 0 / 0 };", "NaN at rate"),
    ] {
        let (code, summary) = failed(body);
        assert!(code == "script:type" && summary.contains(found), "{summary}");
    }
}

#[test]
fn a_source_that_cannot_be_read_is_told_with_line_and_column() {
    let outcome = run("function main() {\n  return 1 +;\n}");
    assert_eq!(outcome.code, "script:syntax");
    assert_eq!(
        (&outcome.output["error"]["line"], &outcome.output["error"]["column"]),
        (&json!(2), &json!(13)),
        "{}",
        outcome.summary
    );
    assert_eq!(run("const other = 1;").code, "script:no-function");
    assert_eq!(run("const main = 1;").code, "script:no-function");
}

#[test]
fn what_is_thrown_is_told_with_its_stack() {
    let outcome = run("function inner() { null.x; }\nfunction main() { inner(); }");
    assert_eq!(outcome.code, "script:threw");
    let error = &outcome.output["error"];
    assert_eq!(error["name"], "TypeError");
    let stack = error["stack"].to_string();
    assert!(stack.contains("inner (script.js:1") && stack.contains("main (script.js:2"), "{stack}");
    let (code, summary) = failed("return Promise.reject(new RangeError('far'));");
    assert_eq!((&*code, &*summary), ("script:threw", "the script threw RangeError: far"));
    assert!(failed("throw 'word';").1.contains("string: \"word\""), "{}", failed("throw 'word';").1);
    assert_eq!(run("throw new Error('early'); function main() {}").code, "script:threw");
}

#[test]
fn the_hash_is_in_the_log_and_the_source_is_not() {
    let mock = Mock::new();
    run("function main(input, host) { host.log('a', 1, { b: [2] }); console.error('c'); return 'secret'; }");
    let lines = mock.calls_of("job.log-line");
    assert!(lines[0]["text"].as_str().unwrap().starts_with("source sha256:"), "{lines:?}");
    assert_eq!((&lines[1]["text"], &lines[1]["stream"]), (&json!("a 1 {\"b\":[2]}"), &json!("stdout")));
    assert_eq!((&lines[2]["text"], &lines[2]["stream"]), (&json!("c"), &json!("stderr")));
    assert_eq!(lines.len(), 3);
}

#[test]
fn a_request_goes_through_the_host() {
    let url = "https://api.example.com/v1";
    let mock =
        Mock::new().secret("token").http().on("POST", url).header("x-a", "1").answer(201, "{\"id\": 5}");
    let source = "async function main(input, host) {
        const token = host.secret('token');
        const answer = await host.http({ method: 'post', url: input, headers: { authorization: `Bearer ${token}` }, json: { a: 1 } });
        return [answer.status, answer.ok, answer.headers['x-a'], JSON.parse(answer.body).id];
    }";
    let outcome = run_with(json!({ "source": source, "input": url }));
    assert_eq!(outcome.output, json!([201, true, "1", 5]), "{}", outcome.summary);
    let request = &mock.calls_of("http.send")[0];
    assert!(request.to_string().contains("Bearer {{secret:token}}"), "{request}");
}

#[test]
fn what_is_not_granted_can_be_caught_and_else_is_denied() {
    let refusal =
        json!({ "error": { "code": "refused", "message": "https://evil.example was not granted" } });
    let refuse = || Mock::new().answer(json!({ "call": "http.send" }), refusal.clone());
    let ask = "host.http({ url: 'https://evil.example' });";
    let mock = refuse();
    assert_eq!(
        returned(&format!("try {{ {ask} }} catch (e) {{ return [e.name, e.code, e instanceof Error]; }}")),
        json!(["HostError", "refused", true])
    );
    drop(mock);
    let mock = refuse();
    let (code, summary) = failed(ask);
    assert_eq!(code, "script:denied");
    assert!(summary.contains("was not granted"), "{summary}");
    drop(mock);
    let mock = Mock::new().http().on("GET", "https://evil.example").fail("connect", "nobody answers");
    assert_eq!(code_of_threw(ask), "connect");
    drop(mock);
}

fn code_of_threw(ask: &str) -> String {
    let value = returned(&format!("try {{ {ask} }} catch (e) {{ return e.code; }}"));
    value.as_str().unwrap().to_owned()
}

#[test]
fn the_files_and_artifacts_are_the_hosts() {
    let mock = Mock::new().file("/srv/notes/a.md", "old");
    let body = "const file = host.files.read('/srv/notes/a.md');
        const version = host.files.write('/srv/notes/a.md', file.text + ' new', file.version);
        host.artifact('report.txt', 'text/plain', 'all well');
        return [typeof version, host.files.entries('/srv/notes')[0].name, typeof host.now()];";
    assert_eq!(returned(body), json!(["string", "a.md", "number"]));
    assert_eq!(mock.contents("/srv/notes/a.md").unwrap(), "old new");
    assert_eq!(mock.calls_of("job.artifact")[0]["contents"], "all well");
}

#[test]
fn a_wrong_argument_is_an_error_that_says_what_was_expected() {
    assert_eq!(code_of_threw("host.files.read(1);"), "bad-argument");
    assert_eq!(code_of_threw("host.http({ url: 'https://a.example', methud: 'GET' });"), "bad-argument");
    assert_eq!(code_of_threw("host.http({ url: 'https://a.example', body: 'a', json: 1 });"), "bad-argument");
    assert_eq!(code_of_threw("host.http({ url: 'https://a.example', timeout_s: -1 });"), "bad-argument");
}

#[test]
fn a_wrong_input_is_refused_before_anything_runs() {
    for (input, words) in [
        (json!({ "source": "" }), "`source` has 0 bytes"),
        (json!({ "source": "x".repeat(300_000) }), "`source` has 300000 bytes"),
        (json!({ "source": "x", "language": "python" }), "\"python\""),
        (json!({ "source": "x", "function": "a.b" }), "`function`"),
        (json!({ "source": "x", "function": "1a" }), "`function`"),
        (json!({ "source": "x", "timeout_s": 0 }), "`timeout_s` is 0"),
        (json!({ "source": "x", "other": 0 }), "other"),
    ] {
        let error = refused(input);
        assert!(error.code == "bad-input" && error.message.contains(words), "{error}");
    }
}

#[test]
fn the_input_schema_knows_every_field() {
    let skills = Script::describe().unwrap();
    let mut fields: Vec<&str> =
        skills[0].input_schema["properties"].as_object().unwrap().keys().map(String::as_str).collect();
    fields.sort_unstable();
    assert_eq!(fields, ["function", "input", "language", "source", "timeout_s"]);
}

#[test]
fn a_cancelled_run_ends_at_the_next_call_of_the_host() {
    let mock = Mock::new().cancel_after(1);
    let outcome = run("function main(input, host) { try { host.log('never'); } catch (e) { return 1; } }");
    assert_eq!((&*outcome.status, &*outcome.code), ("cancelled", ""));
    assert_eq!(mock.calls_of("job.log-line").len(), 1, "the hash alone");
}
