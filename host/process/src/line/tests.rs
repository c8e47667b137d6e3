//! Lines out of bytes that come in any portions.

use super::*;

fn check(parts: &[&[u8]], expect: &[&str]) {
    let mut splitter = Splitter::new(8);
    let mut lines: Vec<String> = parts.iter().flat_map(|part| splitter.push(part)).collect();
    lines.extend(splitter.finish());
    assert_eq!(lines, expect);
}

#[test]
fn a_line_is_whole_however_its_bytes_come() {
    check(&[b"one\ntwo\n"], &["one", "two"]);
    check(&[b"on", b"e\nt", b"wo"], &["one", "two"]);
    check(&[b"one\r\n\n\r\n"], &["one", "", ""]);
    check(&[], &[]);
}

#[test]
fn a_long_line_comes_in_pieces_and_nothing_is_lost() {
    check(&[b"0123456789abcdef\nx"], &["01234567", "89abcdef", "x"].map(|text| text));
    check(&[b"0123", b"4567", b"89\n"], &["01234567", "89"]);
}

#[test]
fn a_character_is_not_cut_in_two() {
    check(&["0123456ä9\n".as_bytes()], &["0123456", "ä9"]);
    check(&[b"0123456\xC3", b"\xA4\n"], &["0123456", "ä"]);
}

#[test]
fn what_is_no_utf_8_is_replaced_and_still_bounded() {
    check(&[b"a\xFFb\n"], &["a\u{FFFD}b"]);
    check(&[b"\xFF\xFF\xFF\xFF\n"], &["\u{FFFD}\u{FFFD}", "\u{FFFD}\u{FFFD}"]);
}
