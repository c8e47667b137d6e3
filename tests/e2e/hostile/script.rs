//! Scripts that mean harm, put to the bundled skill that runs them: each is the failure of its own run, and nobody else's.
//! What the skill itself does about them is in its own tests; here is what spends the whole component.

use std::time::{Duration, Instant};

use patchbay_bundled::Bundled;
use serde_json::{Value, json};

use super::Victim;
use crate::harness::{Core, Dress, say, with_manifest};

const SLOT: &str = "skills/script";
/// Own time of a run: the bundled skill has 180 s, which would take the test's own.
const DEADLINE: Duration = Duration::from_secs(2);
const OUT_OF_TIME: &str = "deadline";
/// On the wall, beside other tests.
const ENDED: Duration = Duration::from_secs(60);

/// A script's body, and how its run ends: a code of the skill, or a limit of the host's. On a machine that is busy the
/// deadline may come before.
type Hostile = (&'static str, &'static str, &'static [&'static str]);

const COMPUTING: [Hostile; 8] = [
    ("a loop", "for (;;) {}", &["script:loop-limit"]),
    ("promises", "return (async () => { while (true) await null; })();", &["script:timeout"]),
    (
        "promises that make promises",
        "const again = () => Promise.resolve().then(again); return again();",
        &["script:timeout", "script:loop-limit", "memory"],
    ),
    ("a regular expression that backtracks", "return /^(a+)+$/.test('a'.repeat(40) + 'b');", &["deadline"]),
    ("a number that doubles", "let n = 3n; for (;;) n *= n;", &["memory"]),
    (
        "a list that is sorted for ever",
        "return Array.from({ length: 1e6 }, (_, i) => -i).sort((a, b) => { for (;;) {} });",
        &["script:loop-limit"],
    ),
    (
        "a text that is searched for ever",
        "const s = 'a'.repeat(1e6); for (;;) s.indexOf('a'.repeat(5e5) + 'b');",
        &["deadline"],
    ),
    (
        "a tree that is made flat",
        "let a = [1]; for (let i = 0; i < 40; i++) a = [a, a]; return a.flat(Infinity).length;",
        &["memory"],
    ),
];
const CALLING: [Hostile; 7] = [
    ("calls", "const f = () => f() + 1; return f();", &["script:recursion"]),
    ("calls through the engine", "const f = () => [1].map(f); return f();", &["script:recursion"]),
    (
        "a list in itself, as a text",
        "let a = []; for (let i = 0; i < 1e4; i++) a = [a]; return String(a);",
        &["stack"],
    ),
    (
        "a list in itself, as JSON",
        "let a = []; for (let i = 0; i < 1e4; i++) a = [a]; return JSON.stringify(a).length;",
        &["stack"],
    ),
    (
        "a regular expression in brackets",
        "return new RegExp('('.repeat(1e5) + ')'.repeat(1e5)).test('a');",
        &["stack", "script:threw"],
    ),
    (
        "proxies of proxies",
        "let p = {}; for (let i = 0; i < 1e5; i++) p = new Proxy(p, {}); return p.a;",
        &["stack"],
    ),
    (
        "bound functions",
        "let f = () => 1; for (let i = 0; i < 1e5; i++) f = f.bind(null); return f();",
        &["stack", "memory"],
    ),
];
const GREEDY: [Hostile; 14] = [
    ("lists", "const a = []; for (;;) a.push(new Array(1000).fill(0));", &["memory"]),
    ("a text that doubles", "let s = 'x'; for (;;) s += s;", &["memory"]),
    ("a text of 512 MiB", "return 'x'.repeat(2 ** 29).length;", &["memory"]),
    ("a text that is padded", "return 'x'.padEnd(2 ** 30, 'ab').length;", &["memory"]),
    (
        "a text that is replaced",
        "return 'x'.repeat(1e6).replaceAll('x', 'y'.repeat(1e6)).length;",
        &["memory"],
    ),
    ("a list of 2^28", "return new Array(2 ** 28).fill(1).length;", &["memory"]),
    (
        "a list from a length",
        "return Array.from({ length: 2 ** 32 }, (_, i) => i).length;",
        &["script:threw"],
    ),
    ("a list that is spread", "return [...new Array(2 ** 30)].length;", &["memory"]),
    ("a list that is joined", "return new Array(2 ** 32 - 1).join('abcdefgh').length;", &["memory"]),
    (
        "arguments",
        "return Math.max.apply(null, { length: 2 ** 31 });",
        &["memory", "deadline", "script:recursion", "script:threw"],
    ),
    ("buffers", "const b = []; for (;;) b.push(new ArrayBuffer(2 ** 24));", &["script:threw", "memory"]),
    ("a map", "const m = new Map(); for (let i = 0; ; i++) m.set(i, {});", &["memory"]),
    ("objects in a chain", "let l = null; for (;;) l = { l };", &["memory"]),
    ("numbers of 8 million bits", "const a = []; for (;;) a.push(2n ** 8000000n);", &["memory"]),
];
/// What is caught, and costs nobody anything.
const TALKING: [Hostile; 1] = [(
    "a megabyte, ten times",
    "const much = 'x'.repeat(1e6);
    for (let i = 0; i < 5; i++) {
        try { host.artifact('a', 'text/plain', much); } catch {}
        try { host.http({ url: 'https://a.example', method: 'POST', body: much }); } catch {}
    }",
    &[""],
)];

/// The bundled skill, with less time.
fn skill() -> Vec<u8> {
    let Bundled { name, world, component, .. } =
        *patchbay_bundled::all().iter().find(|plugin| plugin.name == "script").unwrap();
    let tables = format!(
        "determinism = \"recorded\"\nfailure_mode = \"fail\"\n[limits]\ndeadline_ms = {}\n[grants]\nhttp = []\nsecrets = []\nfiles = []\n",
        DEADLINE.as_millis()
    );
    with_manifest(component, name, "0.1.0", world, &tables)
}

async fn run(victim: &Victim, body: &str) -> Value {
    let input = json!({ "source": format!("function main(input, host) {{ {body} }}"), "timeout_s": 10 });
    let invocation = json!({ "skill": "script", "input": input.to_string() });
    let question = json!({ "ask": "run", "invocation": invocation });
    victim.ask(SLOT, &question).await.expect("somebody is in charge")
}

/// The code of an outcome, or the class of a failure.
fn end(answer: &Value) -> String {
    let outcome = &answer["output"]["outcome"];
    let end = if outcome.is_null() { &answer["failure"]["class"] } else { &outcome["code"] };
    end.as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hostile_scripts_end_their_own_runs_and_the_skill_stays() {
    let victim = Victim::new().await;
    let before = victim.process().resident();
    let id = victim.load(SLOT, &skill()).await.ok().trim().to_owned();
    let loaded = victim.process().resident();
    let mut wrong = Vec::new();
    for (name, body, expected) in COMPUTING.into_iter().chain(CALLING).chain(GREEDY).chain(TALKING) {
        let began = Instant::now();
        let answer = run(&victim, body).await;
        let (end, took) = (end(&answer), began.elapsed());
        say(&format!("{name:<40} {end:<20} {took:.1?}"));
        let is_expected = expected.contains(&end.as_str()) || end == OUT_OF_TIME;
        if !is_expected || took > ENDED || answer["generation"] != id.as_str() {
            wrong.push(format!("{name}: {answer} after {took:.1?}, expected {expected:?}"));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    let good = run(&victim, "return 6 * 7;").await;
    assert_eq!(
        (&good["output"]["outcome"]["output"], &good["generation"]),
        (&"42".into(), &id.as_str().into()),
        "{good}"
    );
    assert_eq!(victim.active(SLOT).await, id.as_str());
    let after = victim.process().resident();
    say(&format!(
        "memory: {} MiB, {} MiB with the skill loaded, {} MiB after the scripts",
        before >> 20,
        loaded >> 20,
        after >> 20
    ));
    let log = victim.host.log();
    let own = log.lines().find(|line| line.contains("panicked at") && !line.contains("plugin=\"script@"));
    assert_eq!(own, None, "the host itself has panicked");
}

#[tokio::test]
async fn a_skill_that_traps_by_itself_is_gone_after_its_fifth_run() {
    let victim = Victim::new().await;
    let outside = Core { code: "(drop (i32.load (i32.const -8)))", ..Core::default() };
    let id = victim.load(SLOT, &outside.plugin(Dress::Skill, "hostile", "")).await.ok().trim().to_owned();
    let question = json!({ "ask": "run", "invocation": { "skill": "any" } });
    for _ in 0..5 {
        let answer = victim.ask(SLOT, &question).await.expect("it is in charge");
        assert_eq!(answer["failure"]["class"], "trap", "{answer}");
    }
    victim.taken_out(SLOT, &id).await;
    assert_eq!(victim.active(SLOT).await, Value::Null);
}
