//! Pieces, and the lines that they make.

use super::*;

fn lines(pieces: &[&[u8]]) -> Vec<String> {
    let (mut cutter, mut lines) = (Cutter::default(), Vec::new());
    pieces.iter().for_each(|piece| cutter.push(piece, |line| lines.push(line)));
    lines.extend(cutter.rest());
    lines
}

#[test]
fn lines_are_the_same_wherever_pieces_end() {
    let text = "one\ntwo\r\n\nthrée\r50%\r\r\nlast".as_bytes();
    let whole = lines(&[text]);
    assert_eq!(whole, ["one", "two", "", "thrée", "50%", "", "last"]);
    for size in 1..text.len() {
        assert_eq!(lines(&text.chunks(size).collect::<Vec<_>>()), whole, "pieces of {size}");
    }
}

#[test]
fn control_characters_are_escaped_and_bad_bytes_replaced() {
    assert_eq!(lines(&[b"a\x1b[31m\tb\xff\x00"]), ["a\\u{1b}[31m\tb\u{fffd}\\u{0}"]);
}

#[test]
fn a_line_of_just_the_bound_stays_whole_and_one_more_byte_cuts_it() {
    let fits = "x".repeat(LINE_BYTES_MAX);
    assert_eq!(lines(&[fits.as_bytes()]), [fits.as_str()]);
    let cut = lines(&[fits.as_bytes(), b"y\nnext"]);
    assert!(cut[0].len() <= LINE_BYTES_MAX && cut[0].ends_with(" more bytes]"), "{}", &cut[0][65_000..]);
    let kept = cut[0].chars().filter(|c| *c == 'x').count();
    assert!(cut[0].ends_with(&format!(" [cut: {} more bytes]", LINE_BYTES_MAX + 1 - kept)));
    assert_eq!(cut[1], "next");
}

#[test]
fn what_grows_by_its_escapes_is_bounded_too() {
    for bytes in [vec![0; LINE_BYTES_MAX], vec![0xff; LINE_BYTES_MAX], "é".repeat(40_000).into_bytes()] {
        let lines = lines(&[&bytes]);
        assert!(lines.len() == 1 && lines[0].len() <= LINE_BYTES_MAX, "{}", lines[0].len());
    }
}

#[test]
fn a_line_of_100_mb_holds_no_more_than_a_line_may() {
    let piece = vec![b'z'; 64 * 1024];
    let (mut cutter, mut most, mut lines) = (Cutter::default(), 0, Vec::new());
    for _ in 0..1_600 {
        cutter.push(&piece, |line| lines.push(line));
        most = most.max(cutter.held.capacity());
    }
    cutter.push(b"\n", |line| lines.push(line));
    assert!(most <= 2 * LINE_BYTES_MAX, "{most} bytes were held");
    assert!(lines.len() == 1 && lines[0].len() <= LINE_BYTES_MAX);
    assert!(lines[0].ends_with(" more bytes]"));
}
