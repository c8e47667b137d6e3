//! Scripts that mean harm. Each ends as an outcome, and none as a panic; what spends the component's own stack or memory
//! is the host's to end.

use super::*;
use crate::limit::{LOG_BYTES_MAX, LOG_LINES_MAX};
use crate::nesting;

fn depth(text: &str) -> usize {
    nesting::of(text.encode_utf16()).brackets
}

#[test]
fn a_loop_that_never_ends_is_ended() {
    assert_eq!(code("for (;;) {}"), "script:loop-limit");
    assert_eq!(code("while (true) { try { continue; } finally { } }"), "script:loop-limit");
    assert_eq!(
        code("try { for (;;) {} } catch (e) { return 1; } finally { return 2; }"),
        "script:loop-limit"
    );
}

#[test]
fn instructions_are_time_wherever_they_are_spent() {
    let short = |source: &str| run_with(json!({ "source": source, "timeout_s": 0.1 })).code;
    assert_eq!(
        short("function main() { [...Array(1e4)].forEach(() => { for (let i = 0; i < 1e6; i++); }); }"),
        "script:timeout"
    );
    assert_eq!(short("for (;;) {} function main() {}"), "script:timeout");
    assert_eq!(short("async function main() { for (;;) { await null; } }"), "script:timeout");
    assert_eq!(short("function main() { return { get a() { for (;;) {} } }; }"), "script:timeout");
    assert_eq!(short("function main() { return new Promise(() => { for (;;) {} }); }"), "script:timeout");
    assert_eq!(
        short(
            "function* all() { for (;;) yield 1; } function main() { for (const one of all()) { try { throw one } catch {} } }"
        ),
        "script:timeout"
    );
    assert_eq!(
        short("function main() { const again = () => Promise.resolve().then(again); return again(); }"),
        "script:timeout"
    );
    assert_eq!(short("function main() { throw { get message() { for (;;) {} } }; }"), "script:threw");
}

#[test]
fn calls_without_end_are_ended() {
    assert_eq!(code("const f = () => f() + 1; return f();"), "script:recursion");
    assert_eq!(code("const f = () => { try { f(); } catch (e) { f(); } }; f();"), "script:recursion");
    assert_eq!(code("const o = { get a() { return o.a; } }; return o.a;"), "script:recursion");
    assert_eq!(
        returned("const o = { toString() { return `${o}`; } }; return `${o}`;"),
        "",
        "the engine's own way"
    );
    assert_eq!(code("const f = () => 'a'.replace(/a/, f); return f();"), "script:recursion");
    assert_eq!(code("const f = () => [3, 2, 1].sort(f); return f();"), "script:recursion");
    assert_eq!(code("function* g() { yield* g(); } return [...g()];"), "script:recursion");
    assert_eq!(code("const f = (n) => [n].map(f); return f(1);"), "script:recursion");
    assert_eq!(code("const p = new Proxy({}, { get: (t, k, r) => r[k] }); return p.a;"), "script:recursion");
    assert_eq!(code("const o = { toJSON() { return JSON.stringify(o); } }; return o;"), "script:recursion");
    assert_eq!(code("class A { constructor() { new A(); } } new A();"), "script:recursion");
    // What an async function is started by cannot fail, says the engine.
    assert_eq!(code("const f = async () => { await f(); }; return f();"), "script:engine");
}

#[test]
fn a_promise_that_never_settles_is_told() {
    assert_eq!(code("return new Promise(() => {});"), "script:pending");
    assert_eq!(code("return { then() {} };"), "script:pending");
    assert_eq!(code("return import('fs');"), "script:pending");
    assert_eq!(code("return Promise.race([]);"), "script:pending");
}

#[test]
fn more_promises_than_can_wait_end_the_script() {
    assert_eq!(code("for (let i = 0; i < 20000; i++) Promise.resolve().then(() => 1);"), "script:loop-limit");
}

#[test]
fn a_result_without_end_is_told() {
    let (code_, summary) = failed("const a = { list: [] }; a.list.push({ a }); return a;");
    assert!(code_ == "script:type" && summary.contains("an object that it lies in at list.0.a"), "{summary}");
    assert_eq!(code("let a = []; for (let i = 0; i < 1000; i++) a = [a]; return a;"), "script:type");
    assert_eq!(code("const grow = () => ({ get more() { return grow(); } }); return grow();"), "script:type");
    assert_eq!(code("const grow = () => ({ toJSON: grow }); return grow();"), "script:type");
    assert_eq!(code("return 'x'.repeat(2 ** 21);"), "script:too-large");
    assert_eq!(code("return new Array(4294967295);"), "script:too-large");
    assert_eq!(code("const a = 'x'.repeat(1000); return Array(2000).fill(a);"), "script:too-large");
}

#[test]
fn getters_and_proxies_that_throw_are_what_the_script_threw() {
    assert_eq!(failed("return { get a() { throw new Error('no'); } };").1, "the script threw Error: no");
    assert_eq!(code("return new Proxy({}, { ownKeys() { throw 1; } });"), "script:threw");
    assert_eq!(code("return new Proxy({}, { ownKeys() { return ['a', 'a']; } });"), "script:threw");
    assert_eq!(
        code("const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); return proxy;"),
        "script:threw"
    );
    assert_eq!(
        code("const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); throw proxy;"),
        "script:threw"
    );
    assert_eq!(
        code("throw { get name() { throw 1; }, message: Symbol(), get stack() { return this.stack; } };"),
        "script:threw"
    );
    assert_eq!(code("throw new Proxy(new Error('a'), { get() { throw 1; } });"), "script:threw");
    assert_eq!(code("return { get then() { throw 1; } };"), "script:threw");
    assert_eq!(code("throw undefined;"), "script:threw");
}

#[test]
fn what_is_changed_of_the_language_changes_nothing_outside() {
    let own = "const p = Promise.resolve(1); Object.defineProperty(p, 'constructor', { get() { throw 1; } }); return p;";
    assert_eq!(returned(own), 1);
    assert_eq!(
        returned("JSON.stringify = JSON.parse = () => 'mine'; Object.keys = null; return { a: 1 };"),
        json!({ "a": 1 })
    );
    assert_eq!(
        returned("Object.prototype.toJSON = undefined; Object.prototype.extra = 1; return { a: 1 };"),
        json!({ "a": 1 })
    );
    assert_eq!(
        returned(
            "Promise.resolve = Promise.prototype.then = () => 1; Promise.prototype.constructor = 1; return 5;"
        ),
        5
    );
    assert_eq!(
        returned("Array.prototype[Symbol.iterator] = null; Array.prototype.length = 9; return [1, 2];"),
        json!([1, 2])
    );
    let pollutes = "Object.defineProperty(Object.prototype, 'method', { get() { throw 1; }, configurable: true }); \
        const mine = JSON.parse('{\"__proto__\": {\"a\": 1}}'); return [Object.keys(mine), mine.a === undefined];";
    assert_eq!(returned(pollutes), json!([["__proto__"], true]));
    let source = "Object.defineProperty(Object.prototype, 'n', { set() { throw 1; } }); globalThis = null; var undefined; \
        function main(input) { return input.n; }";
    assert_eq!(run_with(json!({ "source": source, "input": { "n": 5 } })).output, 5);
}

#[test]
fn the_host_cannot_be_changed() {
    assert_eq!(
        returned(
            "host.log = 1; host.files.read = 1; host.more = 1; return [typeof host.log, typeof host.files.read, host.more];"
        ),
        json!(["function", "function", null])
    );
    assert_eq!(code("'use strict'; host.http = () => 1;"), "script:threw");
    assert_eq!(
        returned("return [typeof host.http.constructor, Object.isFrozen(host), Object.isFrozen(console)];"),
        json!(["function", true, true])
    );
    assert_eq!(code("return host.log.constructor('return this')();"), "script:threw");
}

#[test]
fn there_is_nothing_but_the_language() {
    let names = [
        "fetch",
        "require",
        "process",
        "setTimeout",
        "setInterval",
        "queueMicrotask",
        "WebAssembly",
        "Deno",
        "module",
        "host",
    ];
    for name in names {
        assert_eq!(returned(&format!("return typeof globalThis.{name};")), "undefined", "{name}");
    }
    for text in [
        "eval('1')",
        "(0, eval)('1')",
        "new Function('return 1')()",
        "(async () => {}).constructor('1')()",
        "(function* () {}).constructor('1')()",
    ] {
        let (code, summary) = failed(&format!("return {text};"));
        assert!(code == "script:threw" && summary.contains("EvalError"), "{text}: {summary}");
    }
    assert_eq!(code("return import.meta;"), "script:syntax");
    assert_eq!(code("return Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);"), "script:threw");
}

#[test]
fn what_would_take_all_memory_at_once_is_refused() {
    assert_eq!(code("return new ArrayBuffer(2 ** 30).byteLength;"), "script:threw");
    assert_eq!(code("return 'x'.repeat(2 ** 40);"), "script:threw");
    assert_eq!(code("return new Uint8Array(2 ** 31).length;"), "script:threw");
}

#[test]
fn deep_brackets_are_an_error_and_not_the_end() {
    let deep = |open: &str, close: &str| format!("{}{}", open.repeat(100_000), close.repeat(100_000));
    assert_eq!(run(&format!("function main() {{ return {}; }}", deep("[", "]"))).code, "script:syntax");
    assert_eq!(run(&format!("function main() {{ return {}; }}", deep("(", ")"))).code, "script:syntax");
    assert!(failed("return JSON.parse('['.repeat(1e5) + ']'.repeat(1e5));").1.contains("SyntaxError"));
    assert_eq!(returned("return JSON.parse('\"' + '['.repeat(1e3) + '\"').length;"), 1000);
    assert_eq!(
        returned("return JSON.parse('[1, {\"a\": 2}]', (k, v) => v === 2 ? 3 : v);"),
        json!([1, { "a": 3 }])
    );
}

#[test]
fn the_depth_of_brackets_is_that_outside_of_strings() {
    assert_eq!(depth("a[b(c)]{}"), 2);
    assert_eq!(depth(r#""[[[\"[[" + '((' + `{{` (1)"#), 1);
    assert_eq!(depth("// don't\n((1))"), 2);
    assert_eq!(depth("))) ("), 1);
    assert_eq!(depth("频(频)"), 1);
    assert_eq!(depth("/* ' (( */ (1) // ((\n[2] 6 / 2 / (3)"), 1);
}

#[test]
fn operators_without_end_are_an_error_and_not_the_end() {
    for operator in ["1+", "!", "- ", "x=>", "1?1:", "x=", "2**", "1&&"] {
        let outcome = run(&format!("let x; const y = {}1; function main() {{}}", operator.repeat(5000)));
        assert!(
            outcome.code == "script:syntax" && outcome.summary.contains("500 signs"),
            "{}",
            outcome.summary
        );
    }
    let banner = "// =====================\n".repeat(100);
    let statements = "const a = { b: 1 + 2, c: [3 * 4] };\n{ let d = a.b - a.c[0]; }\n";
    assert_eq!(run(&format!("{banner}{statements} function main() {{ return 1; }}")).output, 1);
}

#[test]
fn a_log_without_end_is_cut_and_counted() {
    let mock = Mock::new();
    run("function main(input, host) { for (let i = 0; i < 1500; i++) host.log('line', i); }");
    let lines = mock.calls_of("job.log-line");
    assert_eq!(lines.len(), LOG_LINES_MAX as usize + 2);
    assert!(lines.last().unwrap()["text"].as_str().unwrap().starts_with("500 lines more"), "{lines:?}");
    let mock = Mock::new();
    run("function main(input, host) { for (let i = 0; i < 500; i++) console.log('频'.repeat(2000)); }");
    let bytes: usize =
        mock.calls_of("job.log-line").iter().map(|line| line["text"].as_str().unwrap().len()).sum();
    assert!(bytes <= LOG_BYTES_MAX + 200, "{bytes}");
}

#[test]
fn calls_of_the_host_are_counted() {
    assert_eq!(code_of_threw("for (;;) host.now();"), "too-many");
    let catches = "function main(input, host) { for (;;) { try { host.now(); } catch (e) {} } }";
    assert_eq!(run_with(json!({ "source": catches, "timeout_s": 0.1 })).code, "script:timeout");
}

#[test]
fn a_run_whose_time_is_up_ends_at_the_next_call_of_the_host() {
    let source = "function main(input, host) { for (let i = 0; i < 1e6; i++) { try { host.now(); } catch (e) {} for (let n = 0; n < 20000; n++); } }";
    assert_eq!(run_with(json!({ "source": source, "timeout_s": 0.1 })).code, "script:timeout");
}

#[test]
fn what_cannot_be_logged_is_an_error_of_the_script() {
    assert_eq!(code("const a = {}; a.a = a; host.log(a);"), "script:threw");
    assert_eq!(code("host.log({ get a() { for (;;) {} } });"), "script:loop-limit");
    assert_eq!(code("host.log('x'.repeat(2 ** 22));"), "script:threw");
}
