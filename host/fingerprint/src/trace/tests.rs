//! Traces of each language, and what is left of them.

use super::*;

fn shown(text: &str) -> (String, String, Vec<String>) {
    let reading = read(text);
    let frames = reading.frames.iter().map(ToString::to_string).collect();
    (reading.exception.unwrap_or_default(), reading.message, frames)
}

#[test]
fn the_last_traceback_of_a_python_chain_counts() {
    let text = "Traceback (most recent call last):\n  File \"/a/cache.py\", line 3, in get\n    x\nKeyError: 'a'\n\n\
                During handling of the above exception, another exception occurred:\n\n\
                Traceback (most recent call last):\n  File \"/a/rates.py\", line 9, in convert\n    y\nValueError: b\n";
    let expected = ("ValueError".to_owned(), "b".to_owned(), vec!["rates:convert".to_owned()]);
    assert_eq!(shown(text), expected);
    assert_eq!(read(text).cause, None);
}

#[test]
fn of_errors_in_two_languages_the_last_counts() {
    let python =
        "Traceback (most recent call last):\n  File \"/a/b.py\", line 3, in get\n    x\nKeyError: 'a'\n";
    let node = "TypeError: no\n    at load (/a/cart.js:1:2)\n";
    assert_eq!(shown(&format!("{python}{node}")).0, "TypeError");
    assert_eq!(shown(&format!("{node}{python}")).0, "KeyError");
}

#[test]
fn a_panic_is_read_in_the_old_form_and_the_new() {
    let new = "thread 'main' (77) panicked at src/ledger.rs:1:2:\nno entry\nnote: run with";
    let old = "thread 'main' panicked at 'no entry', src/ledger.rs:8:9";
    assert_eq!(shown(new), ("panic".to_owned(), "no entry".to_owned(), vec!["ledger".to_owned()]));
    assert_eq!(shown(new), shown(old));
}

#[test]
fn frames_of_a_script_engine_lose_their_lines_and_receivers() {
    let text = "TypeError: no\n    at Object.load (file:///a/cart.mjs:1:2)\n    at async /a/cart.mjs:3:4\n";
    let frames = vec!["cart:load".to_owned(), "cart:<anonymous>".to_owned()];
    assert_eq!(shown(text), ("TypeError".to_owned(), "no".to_owned(), frames));
}

#[test]
fn the_innermost_cause_of_a_jvm_counts() {
    let text = "a.b.OuterException: x\n\tat a.b.C.d(C.java:1)\nCaused by: e.InnerException: y\n\tat f.G.h(G.java:2)\n";
    let frames = vec!["f.G:h".to_owned(), "a.b.C:d".to_owned()];
    assert_eq!(shown(text), ("InnerException".to_owned(), "y".to_owned(), frames));
}

#[test]
fn a_program_that_a_shell_misses_is_named() {
    for line in
        ["bash: line 3: jq: command not found", "/bin/sh: 1: jq: not found", "zsh: command not found: jq"]
    {
        assert_eq!(shown(line), ("command not found".to_owned(), "jq".to_owned(), vec![]), "{line}");
    }
}
