//! Values that come back, in the ways in which servers write them.

use super::*;

fn mask(values: &[(&str, &str)]) -> Mask {
    let used = |(name, value): &(&str, &str)| Used {
        name: (*name).to_owned(),
        value: Secret::new((*value).to_owned()),
    };
    Mask::of(&values.iter().map(used).collect::<Vec<_>>())
}

#[test]
fn a_value_is_found_however_it_is_escaped() {
    let mask = mask(&[("t", "a/b c\"D:é")]);
    for text in [
        "a/b c\"D:é",
        "a%2Fb%20c%22D%3A%C3%A9",
        "a%2fb%20c%22D%3a%c3%a9",
        "a%2Fb+c%22D%3A%C3%A9",
        "a/b%20c%22D:%C3%A9",
        "a/b c\\\"D:é",
        "a\\/b c\\\"D:é",
    ] {
        assert_eq!(mask.text(&format!("<{text}>{text}")), "<[secret t]>[secret t]", "{text}");
    }
    assert_eq!(mask.text("a/b c"), "a/b c");
}

#[test]
fn of_two_values_the_longer_is_taken_out_whole() {
    let mask = mask(&[("short", "abc"), ("long", "abcdef")]);
    assert_eq!(mask.text("abcdef abc abcde"), "[secret long] [secret short] [secret short]de");
}

#[test]
fn space_around_a_value_does_not_hide_it() {
    assert_eq!(mask(&[("t", " token\t")]).text("x token y"), "x [secret t] y");
}

#[test]
fn bytes_that_are_no_text_stay_as_they_are() {
    let mask = mask(&[("t", "key")]);
    assert_eq!(mask.bytes(b"\xFFkey\0", 100).unwrap().unwrap(), b"\xFF[secret t]\0");
    assert!(mask.bytes(b"\xFF\0", 100).unwrap().is_none() && mask.bytes(b"", 100).unwrap().is_none());
}

#[test]
fn labels_do_not_grow_without_bound() {
    let mask = mask(&[("t", "k")]);
    assert!(mask.bytes(&[b'k'; 1000], 1000).is_err());
    assert!(mask.bytes(&[b'k'; 10], 1000).unwrap().is_some());
}

#[test]
fn a_headers_name_is_compared_in_lower_case() {
    let mask = mask(&[("t", "ToKeN")]);
    assert!(mask.is_in_name("x-token-1") && !mask.is_in_name("x-toke"));
    assert!(self::mask(&[]).is_empty() && !self::mask(&[]).is_in_name("x"));
}
