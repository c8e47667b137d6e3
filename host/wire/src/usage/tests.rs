//! Usage as providers state it, and where they do not.

use super::*;

/// `expect`: prompt, completion, cached, reasoning, total.
fn check(json: &str, expect: Option<[u64; 5]>) {
    let counts = |usage: Usage| {
        let Usage { prompt, completion, cached, reasoning, total, .. } = usage;
        [prompt, completion, cached, reasoning, total].map(|tokens| tokens.0)
    };
    assert_eq!(Usage::in_json(json.as_bytes()).map(counts), expect, "{json}");
    assert!(Usage::in_json(json.as_bytes()).is_none_or(|usage| !usage.estimated));
}

#[test]
fn usage_is_found_in_every_dialect() {
    check(
        r#"{"usage":{"prompt_tokens":9,"completion_tokens":12,"total_tokens":21}}"#,
        Some([9, 12, 0, 0, 21]),
    );
    check(
        r#"{"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":12,"total_tokens":21,
            "prompt_tokens_details":{"cached_tokens":8},"completion_tokens_details":{"reasoning_tokens":5}}}"#,
        Some([9, 12, 8, 5, 21]),
    );
    check(r#"{"object":"list","usage":{"prompt_tokens":8,"total_tokens":8}}"#, Some([8, 0, 0, 0, 8]));
    check(
        r#"{"usage":{"input_tokens":36,"output_tokens":87,"input_tokens_details":{"cached_tokens":30},
            "output_tokens_details":{"reasoning_tokens":7},"total_tokens":123}}"#,
        Some([36, 87, 30, 7, 123]),
    );
    check(
        r#"{"type":"response.completed","response":{"usage":{"input_tokens":3,"output_tokens":4}}}"#,
        Some([3, 4, 0, 0, 7]),
    );
}

#[test]
fn tokens_of_a_cache_are_part_of_the_prompt_in_every_dialect() {
    /// `expect`: prompt, completion, cached, written, total.
    fn check(json: &str, expect: [u64; 5]) {
        let usage = Usage::in_json(json.as_bytes()).unwrap();
        let Usage { prompt, completion, cached, cache_write, total, .. } = usage;
        assert_eq!([prompt, completion, cached, cache_write, total].map(|tokens| tokens.0), expect, "{json}");
    }
    check(
        r#"{"usage":{"input_tokens":10,"cache_creation_input_tokens":300,"cache_read_input_tokens":2000,"output_tokens":5}}"#,
        [2310, 5, 2000, 300, 2315],
    );
    check(
        r#"{"usage":{"input_tokens":10,"cache_creation_input_tokens":null,"cache_read_input_tokens":0,"output_tokens":5}}"#,
        [10, 5, 0, 0, 15],
    );
    check(
        r#"{"usage":{"prompt_tokens":2310,"cache_creation_input_tokens":300,"cache_read_input_tokens":2000,"completion_tokens":5}}"#,
        [2310, 5, 2000, 300, 2315],
    );
    check(
        r#"{"usage":{"prompt_tokens":100,"completion_tokens":5,"prompt_cache_hit_tokens":64,"prompt_cache_miss_tokens":36}}"#,
        [100, 5, 64, 0, 105],
    );
    check(
        r#"{"usage":{"prompt_tokens":100,"prompt_cache_hit_tokens":64,"prompt_tokens_details":{"cached_tokens":60}}}"#,
        [100, 0, 60, 0, 100],
    );
}

#[test]
fn a_message_that_starts_states_its_prompt_alone() {
    check(
        r#"{"type":"message_start","message":{"usage":{"input_tokens":25,"output_tokens":1}}}"#,
        Some([25, 0, 0, 0, 25]),
    );
}

#[test]
fn a_total_alone_is_the_prompt() {
    check(r#"{"usage":{"total_tokens":8}}"#, Some([8, 0, 0, 0, 8]));
    check(r#"{"usage":{"completion_tokens":3,"total_tokens":8}}"#, Some([5, 3, 0, 0, 8]));
}

#[test]
fn odd_usage_is_zero_or_nothing_and_never_an_error() {
    for nothing in [
        "",
        "null",
        "[]",
        "{}",
        "not JSON",
        "[{\"prompt_tokens\":1}]",
        r#"{"usage":null}"#,
        r#"{"usage":"7"}"#,
        r#"{"usage":[1]}"#,
        r#"{"usage":{}}"#,
        r#"{"usage":{"prompt_tokens":-1,"completion_tokens":"9"}}"#,
        r#"{"response":7}"#,
        r#"{"response":{"usage":null}}"#,
        r#"{"usage":{"prompt_tokens":1}"#,
    ] {
        check(nothing, None);
    }
    check(
        r#"{"usage":{"prompt_tokens":5.0,"completion_tokens":null,"prompt_tokens_details":null}}"#,
        Some([5, 0, 0, 0, 5]),
    );
    check(r#"{"usage":{"prompt_tokens":-3,"completion_tokens":2}}"#, Some([0, 2, 0, 0, 2]));
    check(
        r#"{"usage":{"prompt_tokens":18446744073709551615,"completion_tokens":2}}"#,
        Some([u64::MAX, 2, 0, 0, u64::MAX]),
    );
    check(r#"{"usage":null,"response":{"usage":{"input_tokens":1}}}"#, Some([1, 0, 0, 0, 1]));
}

#[test]
fn the_last_usage_is_found_in_a_tail() {
    let check = |tail: &str, expect: Option<u64>| {
        assert_eq!(Stated::in_tail(tail.as_bytes()).map(|stated| stated.usage().prompt.0), expect, "{tail}");
    };
    check(r#"0.1]}],"usage" : {"prompt_tokens":8,"total_tokens":8}}"#, Some(8));
    check(
        r#""usage":{"prompt_tokens":1},"usage":{"prompt_tokens":2},"usage":null,"x":{"usage":{}}}"#,
        Some(2),
    );
    check(r#""text":"\"usage\":{\"prompt_tokens\":1}"}"#, None);
    check(r#""usage":{"prompt_tokens":1"#, None);
    check("", None);
    check(&r#"{"usage":"#.repeat(5000), None);
}

#[test]
fn an_estimate_rounds_up_and_says_so() {
    let usage = Usage::estimate(401, 8);
    assert_eq!((usage.prompt, usage.completion, usage.total), (Tokens(101), Tokens(2), Tokens(103)));
    assert!(usage.estimated);
}
