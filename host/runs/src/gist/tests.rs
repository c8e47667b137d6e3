//! Which lines say the same.

use super::*;

#[test]
fn a_line_repeats_itself_whatever_its_numbers_and_times() {
    let same = [
        ("attempt 17 of 99 at 12:03", "attempt 3 of 100 at 7:59:01.250"),
        ("[2026-11-21T23:45:10Z] waiting 950ms", "[2026-11-22T00:01:02.5Z] waiting 1.5s"),
        ("\u{1b}[32mok\u{1b}[0m   job 3fa9c1d2e4", "ok job 99ab01cdf0"),
        ("id 550e8400-e29b-41d4-a716-446655440000 gone", "id 16fd2706-8baf-433b-82eb-8c7fada847da gone"),
        ("step3 10.0.0.1:8080  ", "step12 192.168.1.77:443"),
    ];
    for (one, other) in same {
        assert_eq!(gist(one), gist(other), "{} / {}", template(one), template(other));
    }
}

#[test]
fn lines_that_say_something_else_differ() {
    let differ = [
        ("page 1 loaded", "page 1 missing"),
        ("deadbeef", "deadbeaf"),
        ("", "#"),
        ("reading a.txt", "reading b.txt"),
        ("-- done", "done"),
    ];
    for (one, other) in differ {
        assert_ne!(gist(one), gist(other), "{} / {}", template(one), template(other));
    }
}

#[test]
fn a_gist_never_changes() {
    assert_eq!(template("attempt 17 of 99 at 12:03"), "attempt # of # at #");
    assert_eq!(gist("attempt 17 of 99 at 12:03"), stable_hash("attempt # of # at #"));
}

#[test]
fn any_text_has_a_gist() {
    for text in ["", "\u{1b}", "\u{1b}[", "\u{1b}[1;3", "\u{1b}[é", "é1é", "１２", "# 1 #2 ###", "\u{0}\n\t"]
    {
        let _ = gist(text);
    }
    let long = "é1 ".repeat(LINE_BYTES_MAX);
    assert_eq!(gist(&long), gist(&format!("{long}x")));
}
