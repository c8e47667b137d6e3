//! Components that are sound to look at and do harm when they run: they compute, ask for memory, answer wrongly, ask
//! their host too much.

use super::corpus::Case;
use super::corpus::Expected::{Bounded, Contained, Refused};
use crate::harness::{Core, Decided, Dress, policy};

const LOG: &str =
    r#"(import "patchbay:plugin/log@0.2.0" "write" (func $write (param i32 i32 i32 i32 i32 i32)))"#;
/// A line at level `info`: 40 bytes that clear a screen, set a title and forge another line.
const WRITE: &str = "(call $write (i32.const 1100) (i32.const 4) (i32.const 1120) (i32.const 40) (i32.const 0) (i32.const 0))";
const LINE: &str = r#"(data (i32.const 1100) "info") (data (i32.const 1120) "\1b[2J\1b]0;owned\07\0d\0a2026-01-01 ERROR forged\0d\0a")"#;
const KV: &str = r#"(import "patchbay:plugin/kv@0.2.0" "get" (func $get (param i32 i32 i32)))"#;
const BLOB: &str = r#"(import "patchbay:plugin/blobs@0.2.0" "[constructor]blob" (func $blob (result i32)))
    (import "patchbay:plugin/blobs@0.2.0" "[method]blob.append" (func $append (param i32 i32 i32 i32)))"#;
/// As little own time as a looping skill of this test may have; the host's own limit for a run is an hour.
const SHORT: &str = "[limits]\ndeadline_ms = 200\n";
const LOOP: &str = "(loop $again (br $again))";

/// A policy.
fn one(core: Core<'_>) -> Vec<Vec<u8>> {
    vec![core.plugin(Dress::Policy, "hostile", "")]
}

fn running(code: &str) -> Vec<Vec<u8>> {
    one(Core { code, ..Core::default() })
}

fn beside(more: &str) -> Vec<Vec<u8>> {
    one(Core { more, ..Core::default() })
}

fn answering(answer: Decided<'_>) -> Vec<Vec<u8>> {
    vec![policy("hostile", "0.2.0", answer)]
}

/// `code` so often, with `$i` counted up.
fn times(count: u32, code: &str) -> String {
    format!(
        "(loop $next {code}
            (local.set $i (i32.add (local.get $i) (i32.const 1)))
            (br_if $next (i32.lt_u (local.get $i) (i32.const {count}))))"
    )
}

pub(super) fn cases() -> Vec<Case> {
    [computing(), greedy(), answers(), talking(), asking()].into_iter().flatten().collect()
}

fn computing() -> Vec<Case> {
    let case = |name, how, expected, files| Case::new(name, how, Dress::Policy, expected, files);
    vec![
        case("traps", "unreachable", Contained("trap"), || running("unreachable")),
        case("loops for ever", "loop", Contained("timeout"), || running(LOOP)),
        case("traps when it starts", "start: unreachable", Refused("does not start"), || {
            beside("(func $start unreachable) (start $start)")
        }),
        case("loops when it starts", "start: loop", Refused("did not start within"), || {
            beside("(func $start (loop $again (br $again))) (start $start)")
        }),
        case("loops when it is given memory", "cabi_realloc: loop", Contained("timeout"), || {
            one(Core { realloc: LOOP, ..Core::default() })
        }),
        case("traps when it is given memory", "cabi_realloc: unreachable", Contained("trap"), || {
            one(Core { realloc: "unreachable", ..Core::default() })
        }),
        case("recurses without end", "a function that calls itself", Contained("trap"), || {
            let more = "(func $down (param i32) (result i32)
                (i32.add (i32.const 1) (call $down (i32.add (local.get 0) (i32.const 1)))))";
            one(Core { code: "(drop (call $down (i32.const 0)))", more, ..Core::default() })
        }),
        case("traps after its answer", "post-return: unreachable", Contained("trap"), || {
            one(Core { code: FIRST, after: Some("unreachable"), ..Core::default() })
        }),
        case("loops after its answer", "post-return: loop", Contained("timeout"), || {
            one(Core { code: FIRST, after: Some(LOOP), ..Core::default() })
        }),
    ]
}

/// A decision for the first candidate; the order lies in memory that is zero.
const FIRST: &str =
    "(i32.store (i32.const 2056) (i32.const 1024)) (i32.store (i32.const 2060) (i32.const 1))";

fn greedy() -> Vec<Case> {
    let case = |name, how, expected, files| Case::new(name, how, Dress::Policy, expected, files);
    vec![
        case("grows until it is refused, and traps", "memory.grow", Contained("trap"), || {
            running(
                "(loop $again (br_if $again (i32.ne (memory.grow (i32.const 16)) (i32.const -1)))) unreachable",
            )
        }),
        case("grows and never gives up", "memory.grow in a loop", Contained("timeout"), || {
            running("(loop $again (drop (memory.grow (i32.const 1))) (br $again))")
        }),
        case("fills all memory that it gets", "memory.grow, memory.fill", Contained("timeout"), || {
            running(
                "(loop $again (br_if $again (i32.ne (memory.grow (i32.const 16)) (i32.const -1))))
                 (loop $again
                    (memory.fill (i32.const 4096) (i32.const 7)
                        (i32.sub (i32.mul (memory.size) (i32.const 65536)) (i32.const 4096)))
                    (br $again))",
            )
        }),
        case("125 MiB from the start", "(memory 2000)", Refused("memory"), || {
            one(Core { pages: 2_000, ..Core::default() })
        }),
        case("4 GiB from the start", "(memory 65536)", Refused("memory"), || {
            one(Core { pages: 65_536, ..Core::default() })
        }),
        case("a table of 20,000", "(table 20000 funcref)", Refused("table"), || {
            beside("(table 20000 funcref)")
        }),
        case("five tables", "(table 1 funcref), five times", Refused("table"), || {
            beside(&"(table 1 funcref)".repeat(5))
        }),
    ]
}

fn answers() -> Vec<Case> {
    let case = |name, how, expected, files| Case::new(name, how, Dress::Policy, expected, files);
    vec![
        case("a list of 2^31 entries", "order: length 2^31", Contained("trap"), || {
            running("(i32.store (i32.const 2060) (i32.const 0x80000000))")
        }),
        case("a list of a million entries", "order: length 1,000,000", Contained("trap"), || {
            running(
                "(drop (memory.grow (i32.const 100)))
                 (i32.store (i32.const 2056) (i32.const 4096)) (i32.store (i32.const 2060) (i32.const 1000000))",
            )
        }),
        case("a text longer than the memory", "reason: length 2^32 - 1", Contained("trap"), || {
            answering(Decided { reason_bytes: u32::MAX, ..Decided::default() })
        }),
        case("a text that is no UTF-8", "reason: ff fe fd", Contained("trap"), || {
            answering(Decided { reason: "\\ff\\fe\\fd", reason_bytes: 3, ..Decided::default() })
        }),
        case("neither an answer nor an error", "result: discriminant 7", Contained("trap"), || {
            answering(Decided { discriminant: 7, ..Decided::default() })
        }),
        case("neither some nor none", "option: discriminant 9", Contained("trap"), || {
            running(&format!("{FIRST} (i32.store8 (i32.const 2072) (i32.const 9))"))
        }),
        case("an index out of range", "order: [4294967295]", Contained("invalid"), || {
            answering(Decided { index: u32::MAX, ..Decided::default() })
        }),
        case("an index twice", "order: [0, 0]", Contained("invalid"), || {
            running(
                "(i32.store (i32.const 2056) (i32.const 1024)) (i32.store (i32.const 2060) (i32.const 2))",
            )
        }),
        case("an answer at an odd address", "returns 2049", Contained("trap"), || {
            running("(return (i32.const 2049))")
        }),
        case("an answer outside the memory", "returns 2^32 - 8", Contained("trap"), || {
            running("(return (i32.const -8))")
        }),
        case("memory for the host that is not there", "cabi_realloc: 2^32 - 16", Contained("trap"), || {
            one(Core { realloc: "(return (i32.const -16))", ..Core::default() })
        }),
        case("memory for the host at an odd address", "cabi_realloc: 4097", Contained("trap"), || {
            one(Core { realloc: "(return (i32.const 4097))", ..Core::default() })
        }),
    ]
}

fn talking() -> Vec<Case> {
    let case = |name, how, expected, files| Case::new(name, how, Dress::Policy, expected, files);
    vec![
        case("asks its host while it is given memory", "cabi_realloc: log.write", Contained("trap"), || {
            one(Core { imports: LOG, realloc: WRITE, more: LINE, ..Core::default() })
        }),
        case("asks its host after its answer", "post-return: log.write", Contained("trap"), || {
            one(Core { imports: LOG, code: FIRST, after: Some(WRITE), more: LINE, ..Core::default() })
        }),
        case("floods the log with escape codes", "log.write in a loop", Contained("timeout"), || {
            let code = format!("(loop $again {WRITE} (br $again))");
            one(Core { imports: LOG, code: &code, more: LINE, ..Core::default() })
        }),
        case("a line of 3 MiB", "log.write", Contained("trap"), || {
            let code = "(call $write (i32.const 1100) (i32.const 4) (i32.const 65536) (i32.const 3145728)
                (i32.const 0) (i32.const 0))";
            one(Core { imports: LOG, pages: 64, code, more: LINE, ..Core::default() })
        }),
        case("100,000 fields of one long text", "log.write, all fields alias", Contained("trap"), || {
            let field = "(i32.store (i32.add (i32.const 131072) (i32.mul (local.get $i) (i32.const 16))) (i32.const 1100))
                (i32.store offset=4 (i32.add (i32.const 131072) (i32.mul (local.get $i) (i32.const 16))) (i32.const 4))
                (i32.store offset=8 (i32.add (i32.const 131072) (i32.mul (local.get $i) (i32.const 16))) (i32.const 65536))
                (i32.store offset=12 (i32.add (i32.const 131072) (i32.mul (local.get $i) (i32.const 16))) (i32.const 60000))";
            let code = times(100_000, field)
                + "(call $write (i32.const 1100) (i32.const 4) (i32.const 1120) (i32.const 40) (i32.const 131072)
                    (i32.const 100000))";
            one(Core { imports: LOG, pages: 64, code: &code, more: LINE, ..Core::default() })
        }),
    ]
}

fn asking() -> Vec<Case> {
    let skill = |name, how, expected, files| Case::new(name, how, Dress::Skill, expected, files);
    vec![
        skill("a skill that never ends", "run: loop", Contained("deadline"), || {
            vec![Core { code: LOOP, ..Core::default() }.plugin(Dress::Skill, "hostile", SHORT)]
        }),
        skill("10,000 handles", "blob() in a loop", Contained("trap"), || {
            let code = times(10_000, "(drop (call $blob))");
            vec![Core { imports: BLOB, code: &code, ..Core::default() }.plugin(Dress::Skill, "hostile", "")]
        }),
        skill("blobs of 125 MiB", "blob.append, 1,000 times 128 KiB", Bounded("000512"), || {
            let piece = "(if (i32.eqz (i32.rem_u (local.get $i) (i32.const 100)))
                    (then (global.set $held (call $blob))))
                (global.set $heap (i32.const 4096))
                (call $append (global.get $held) (i32.const 65536) (i32.const 131072) (i32.const 3072))
                (if (i32.eqz (i32.load8_u (i32.const 3072)))
                    (then (local.set $n (i32.add (local.get $n) (i32.const 1)))))";
            let code = times(1_000, piece) + "(call $tell (local.get $n))";
            let more = "(global $held (mut i32) (i32.const 0))";
            vec![Core { imports: BLOB, code: &code, more, ..Core::default() }.plugin(
                Dress::Skill,
                "hostile",
                "",
            )]
        }),
        // The first 10,000 at once, the others at a pace: all are answered, and the host hardly notices.
        skill("10,200 questions", "kv.get in a loop", Bounded("010200"), || {
            let question = "(global.set $heap (i32.const 4096))
                (call $get (i32.const 1184) (i32.const 3) (i32.const 3072))
                (if (i32.eqz (i32.load8_u (i32.const 3072)))
                    (then (local.set $n (i32.add (local.get $n) (i32.const 1)))))";
            let code = times(10_200, question) + "(call $tell (local.get $n))";
            let grants = "[grants]\nkv = { max_bytes = 1000 }\n";
            vec![Core { imports: KV, code: &code, ..Core::default() }.plugin(Dress::Skill, "hostile", grants)]
        }),
        skill(
            "offers 100,000 skills",
            "describe: a list of 100,000",
            Refused("cannot say what it offers"),
            || {
                let describe = "(i32.store (i32.const 2056) (i32.const 65536))
                (i32.store (i32.const 2060) (i32.const 100000))";
                vec![Core { pages: 80, describe, ..Core::default() }.plugin(Dress::Skill, "hostile", "")]
            },
        ),
        skill("output that is no JSON", "outcome: {", Contained("invalid"), || {
            let code =
                "(i32.store (i32.const 2072) (i32.const 1100)) (i32.store (i32.const 2076) (i32.const 1))";
            let more = "(data (i32.const 1100) \"{\")";
            vec![Core { code, more, ..Core::default() }.plugin(Dress::Skill, "hostile", "")]
        }),
        Case::new("a notifier that traps", "send: unreachable", Dress::Notifier, Contained("trap"), || {
            vec![Core { code: "unreachable", ..Core::default() }.plugin(Dress::Notifier, "hostile", "")]
        }),
        Case::new(
            "more sure than sure",
            "diagnosis: confidence 2",
            Dress::Analyzer,
            Contained("invalid"),
            || {
                let code =
                    "(i32.store8 (i32.const 2056) (i32.const 1)) (f64.store (i32.const 2080) (f64.const 2))";
                let takes = "[provides]\nfailures = [\"task\"]\n";
                vec![Core { code, ..Core::default() }.plugin(Dress::Analyzer, "hostile", takes)]
            },
        ),
    ]
}
