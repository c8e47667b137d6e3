//! Which failures are one, and which are two.

use patchbay_types::Clock as _;

use super::*;
use crate::Verdict;

fn of(text: &str, step: &str) -> Fingerprint {
    Fingerprint::v1(&Failure { text, code: "exit:1", step: Some(step), ..Failure::default() })
}

#[test]
fn an_explicit_one_goes_before_what_is_read() {
    let failure = Failure { explicit: Some("quota"), text: "KeyError: 'a'", ..Failure::default() };
    assert_eq!(Fingerprint::v1(&failure).basis, "explicit: quota\n");
}

#[test]
fn a_step_tells_apart_only_what_has_no_frame_of_ones_own() {
    let trace = "Traceback (most recent call last):\n  File \"/app/a.py\", line 1, in load\nKeyError: 'x'\n";
    assert_eq!(of(trace, "one"), of(trace, "two"));
    assert_ne!(of("KeyError: 'x'", "one"), of("KeyError: 'x'", "two"));
}

#[test]
fn the_operator_says_which_frames_are_his() {
    let text = "Traceback (most recent call last):\n  File \"/app/a.py\", line 1, in load\n  \
                File \"/v/site-packages/acme/b.py\", line 2, in get\nKeyError: 'x'\n";
    let own = Failure { text, in_app: &["site-packages/acme"], ..Failure::default() };
    assert_eq!(Fingerprint::v1(&own).basis, "type: KeyError\nat: b:get\n");
    assert_eq!(Fingerprint::v1(&Failure { in_app: &[], ..own }).basis, "type: KeyError\nat: a:load\n");
}

#[test]
fn parameters_do_not_matter_whatever_they_are() {
    let mut random = fastrand::Rng::with_seed(11);
    let mut one = || {
        let (id, port, part) = (random.u32(1..), random.u16(1..), random.u64(..));
        let day = random.u8(1..=28);
        of(
            &format!(
                "2026-11-{day:02}T10:{day:02}:00Z ERROR order {id} of \"user {part}\" failed after {}.{day} ms at \
             10.{day}.0.{day}:{port} with {part:016x}, see /tmp/run-{part:x}/out.log",
                id % 1_000
            ),
            "load",
        )
    };
    let first = one();
    for _ in 0..2_000 {
        let next = one();
        assert_eq!(next.hash, first.hash, "\n{}{}", next.basis, first.basis);
    }
}

#[test]
fn no_text_makes_it_fail_or_grow() {
    #[rustfmt::skip]
    const PIECES: &[&str] = &[
        "Traceback (most recent call last):", "  File \"a.py\", line 1, in f", "\n", "KeyError: 'x'",
        "    at f (/a.js:1:2)", "Error: x", "Caused by:", "    0: y", "thread 'main' panicked at ",
        "', a.rs:1:2", "goroutine 1 [running]:", "panic: z", "main.f(1)", "\t/a.go:1 +0x1", "[cause]: ",
        "  | ", "  +-+---- 1 ----", "locator(\"", "selector ", "://", "/", "503", "HTTP ", "错误", "「", "'",
        "\u{1b}[", "é", "\u{0}", "{\"", ": ", "<num>", "\tat a.b(C.java:1)", "Caused by: ", "年",
    ];
    let mut random = fastrand::Rng::with_seed(3);
    for round in 0..8_000 {
        let text: String = if round % 2 == 0 {
            (0..random.usize(..30)).map(|_| PIECES[random.usize(..PIECES.len())]).collect()
        } else {
            String::from_utf8_lossy(&std::iter::repeat_with(|| random.u8(..)).take(200).collect::<Vec<_>>())
                .into_owned()
        };
        let failure = Failure { text: &text, code: "exit:1", ..Failure::default() };
        let (first, again) = (Fingerprint::v1(&failure), Fingerprint::v1(&failure));
        assert_eq!(first, again);
        assert!(first.basis.chars().count() <= BASIS_CHARS_MAX, "{}", first.basis);
        drop((again, Verdict::of(&failure).rule));
    }
}

#[test]
fn no_text_of_the_largest_size_takes_long() {
    #[rustfmt::skip]
    const PIECES: &[&str] = &[
        "'", "\"a", "((", "1,", "1 ", ": ", "at a (b:1:2)\n", "/a", "a.", "://", "locator(", "selector \"",
        "\n", "  | ", "年1", "File \"a\", line 1, in f\n", "KeyError: x\n", "503 ", "<num>", "0: a\n",
        "Caused by:\n", "code 1 ", "\t", "\u{1b}[", "thread 'a' panicked at '", "x",
        "goroutine 1 [running]:\n", "waiting for ", "Traceback (most recent call last):\n",
    ];
    let clock = patchbay_types::SystemClock::default();
    let mut slowest = (std::time::Duration::ZERO, "");
    for piece in PIECES {
        let text = piece.repeat(window::TEXT_BYTES_MAX / piece.len());
        for lead in ["", "Error: ", "Traceback (most recent call last):\n"] {
            let text = format!("{lead}{text}");
            let started = clock.monotonic();
            of(&text, "one");
            let taken = clock.monotonic().since(started);
            slowest = slowest.max((taken, *piece));
            assert!(taken < std::time::Duration::from_secs(1), "{taken:?} for {lead:?} and {piece:?}");
        }
    }
    println!("the slowest of {} took {:?}, of {:?}", 3 * PIECES.len(), slowest.0, slowest.1);
}

#[test]
fn a_long_text_costs_what_its_looked_at_part_costs() {
    let end = "\nTraceback (most recent call last):\n  File \"/app/a.py\", line 1, in load\nKeyError: 'x'\n";
    let long = "x1 ".repeat(7_000_000) + end;
    assert_eq!(of(&long, "one"), of(end, "one"));
}
