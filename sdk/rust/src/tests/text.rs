//! Patterns with stars and question marks, and texts that are cut.

use crate::text::{cut, fits};

#[test]
fn a_pattern_fits_the_whole_text() {
    let yes = [
        ("", ""),
        ("429", "429"),
        ("*", ""),
        ("*", "anything"),
        ("5??", "503"),
        ("exit:*", "exit:1"),
        ("*:1", "exit:1"),
        ("*a*b*", "xaxxbx"),
        ("**", "x"),
        ("a*a", "aa"),
        ("*ab", "aab"),
        ("?频*", "x频道"),
        ("*.example", "a.example.example"),
    ];
    for (pattern, text) in yes {
        assert!(fits(pattern, text), "{pattern} {text}");
    }
    let no = [
        ("", "x"),
        ("429", "4290"),
        ("429", "42"),
        ("5??", "50"),
        ("5??", "5033"),
        ("exit:*", "signal:1"),
        ("a*a", "a"),
        ("*ab", "aba"),
        ("?", ""),
        ("?", "频道"),
    ];
    for (pattern, text) in no {
        assert!(!fits(pattern, text), "{pattern} {text}");
    }
}

#[test]
fn many_stars_take_no_time() {
    let pattern = "*a".repeat(100);
    assert!(!fits(&format!("{pattern}b"), &"a".repeat(10_000)));
}

#[test]
fn what_is_cut_has_no_half_character() {
    for (bytes, expected) in [(0, ""), (2, ""), (3, "频"), (5, "频"), (6, "频道"), (100, "频道")] {
        assert_eq!(cut("频道", bytes), expected, "{bytes}");
    }
}
