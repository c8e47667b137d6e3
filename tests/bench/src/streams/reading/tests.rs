//! A paced stream, read in pieces, whole and broken.

use super::*;
use crate::paced::event::{ending, text};

fn stream() -> String {
    let events = [text(5, 10), text(5, 20)].concat();
    let mut sum = Sum::default();
    sum.add(events.as_bytes());
    format!("{events}{}", ending(&sum))
}

#[test]
fn a_stream_is_read_in_any_pieces() {
    for size in [1, 7, 4000] {
        let mut reading = Reading::default();
        for (number, piece) in stream().as_bytes().chunks(size).enumerate() {
            reading.add(piece, 1000 + number as u64).expect("it is sound");
        }
        assert_eq!(reading.end(2), Ok(()), "in pieces of {size}");
        assert_eq!(reading.arrived, Some(5));
    }
}

#[test]
fn what_a_gap_has_more_is_told() {
    let mut reading = Reading::default();
    for (sent, received) in [(10, 11), (20, 26), (30, 31)] {
        reading.add(text(5, sent).as_bytes(), received).expect("it is sound");
    }
    let added: Vec<_> = reading.heard.iter().map(|heard| heard.gap_added).collect();
    assert_eq!(added, [None, Some(5), Some(0)]);
}

#[test]
fn a_changed_byte_and_a_missing_end_are_found() {
    let changed = stream().replacen("1700000000", "1700000001", 1);
    let mut reading = Reading::default();
    reading.add(changed.as_bytes(), 100).expect("it can be read");
    assert!(reading.end(2).expect_err("a byte is another").contains("bytes"));
    let mut reading = Reading::default();
    reading.add(text(5, 10).as_bytes(), 100).expect("it is sound");
    assert!(reading.end(2).expect_err("it has no end").contains("without its end"));
}
