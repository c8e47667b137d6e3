//! Keys as bytes keep the order of what they are made from.

use super::*;

fn key(text: &str, number: u64) -> Key {
    Key::new().text(text).number(number)
}

#[test]
fn the_order_of_the_bytes_is_the_order_of_the_tuples() {
    let texts = ["", "\0", "\0\0", "\0a", "a", "a\0", "a\0b", "a\u{1}", "aa", "b", "é", "\u{10FFFF}"];
    let numbers = [0, 1, 255, 256, u64::MAX];
    let mut tuples: Vec<_> = texts.iter().flat_map(|text| numbers.map(|number| (*text, number))).collect();
    tuples.sort_unstable();
    let keys: Vec<_> = tuples.iter().map(|(text, number)| key(text, *number)).collect();
    assert!(keys.is_sorted_by(|one, next| one < next), "{keys:?}");
}

#[test]
fn a_prefix_holds_what_begins_with_it_and_nothing_else() {
    let range = Key::new().text("a").prefix();
    let holds = |key: &Key| range.start() <= key.as_bytes() && key.as_bytes() < range.end();
    for inside in
        [Key::new().text("a"), key("a", 0), key("a", u64::MAX), Key::new().text("a").text("\u{10FFFF}")]
    {
        assert!(holds(&inside), "{inside:?} is missing");
    }
    for outside in [Key::new(), Key::new().text(""), key("a\0", 0), key("aa", 0), key("b", 0)] {
        assert!(!holds(&outside), "{outside:?} does not belong");
    }
}

#[test]
fn a_number_and_a_text_of_the_same_bytes_are_two_keys() {
    assert_ne!(Key::new().text("abcdef"), Key::new().number(u64::from_be_bytes(*b"abcdef\0\0")));
}

#[test]
fn the_next_page_begins_behind_the_last_key() {
    let page = Key::new().prefix().after(&key("a", 7));
    assert!(page.start() > key("a", 7).as_bytes() && page.start() <= key("a", 8).as_bytes());
    assert_eq!(page.end(), Key::new().prefix().end());
}

#[test]
fn a_key_of_three_numbers_needs_no_memory_of_its_own() {
    let three = Key::new().number(u64::MAX).number(0).number(7);
    assert!(!three.0.spilled() && three.clone().number(8).0.spilled());
    assert_eq!(three.number(8), Key::new().number(u64::MAX).number(0).number(7).number(8));
}
