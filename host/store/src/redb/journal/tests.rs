//! What a journal's bytes mean, and what they cannot mean.

use redb::StorageBackend;
use redb::backends::InMemoryBackend;

use super::*;
use crate::{Entry, Key, Log, Table, Write};

const MARK: u64 = 77;
const BYTES: u64 = 64 << 10;

fn write(key: &str, value: Option<&[u8]>) -> Write {
    Write { table: Table("pets"), key: Key::new().text(key), value: value.map(<[u8]>::to_vec) }
}

fn made() -> Journal {
    let file = InMemoryBackend::new();
    make(&file, BYTES).unwrap();
    assert_eq!(file.len().unwrap(), BYTES);
    let mut journal = Journal::new(Box::new(file), BYTES, None);
    journal.announce(MARK).unwrap();
    journal.begin(MARK);
    journal
}

/// Records of one batch each, whose values are so long.
fn written(lengths: &[usize]) -> Vec<u8> {
    let mut journal = made();
    let mut record = Record::new();
    for (number, length) in (0..).zip(lengths) {
        record.clear();
        record.batch();
        record.write(&write("cat", Some(&vec![b'x'; *length])));
        assert!(journal.takes(&record));
        journal.append(&mut record, Revision(number)).unwrap();
    }
    read(&*journal.file, true).unwrap()
}

fn batches(steps: &[Step<'_>]) -> usize {
    steps.iter().filter(|step| **step == Step::Batch).count()
}

#[test]
fn what_was_written_is_read_in_its_order() {
    let mut journal = made();
    let mut record = Record::new();
    record.batch();
    record.write(&write("cat", Some(b"sleeps")));
    record.write(&write("dog", None));
    record.batch();
    record.append(&Entry { log: Log::Audit, value: b"looked".to_vec() });
    journal.append(&mut record, Revision(4)).unwrap();
    let bytes = read(&*journal.file, true).unwrap();
    let (cat, dog) = (Key::new().text("cat"), Key::new().text("dog"));
    let expected = [
        Step::Batch,
        Step::Write { table: "pets", key: cat.as_bytes(), value: Some(b"sleeps") },
        Step::Write { table: "pets", key: dog.as_bytes(), value: None },
        Step::Batch,
        Step::Append { log: Log::Audit, value: b"looked" },
    ];
    assert_eq!(follow(&bytes, MARK, Revision(4)).unwrap(), expected);
    assert_eq!(follow(&bytes, MARK + 1, Revision(4)), Err(Unfit::Other));
    assert_eq!(follow(&[], MARK, Revision(4)).unwrap(), [], "it was emptied");
    assert_eq!(follow(&bytes, MARK, Revision(6)).unwrap(), [], "the tables have it");
}

#[test]
fn tables_that_have_the_first_records_get_the_others() {
    let bytes = written(&[10, 5000, 10]);
    assert_eq!(batches(&follow(&bytes, MARK, Revision(0)).unwrap()), 3);
    assert_eq!(batches(&follow(&bytes, MARK, Revision(2)).unwrap()), 1);
}

#[test]
fn a_last_record_that_breaks_off_counts_for_nothing() {
    let bytes = written(&[10, 10, 9000]);
    for at in [0, 30, BLOCK_BYTES, 2 * BLOCK_BYTES] {
        let mut torn = bytes.clone();
        torn[RECORDS + 2 * BLOCK_BYTES + at] ^= 1;
        assert_eq!(batches(&follow(&torn, MARK, Revision(0)).unwrap()), 2, "byte {at} of it");
    }
}

#[test]
fn damage_before_another_record_is_found() {
    let bytes = written(&[10, 9000, 10]);
    for at in [0, 5, 9, 30, BLOCK_BYTES, 2 * BLOCK_BYTES + 5, 3 * BLOCK_BYTES] {
        let mut damaged = bytes.clone();
        damaged[RECORDS + at] ^= 1;
        let record = RECORDS + if at < BLOCK_BYTES { 0 } else { BLOCK_BYTES };
        assert_eq!(follow(&damaged, MARK, Revision(0)), Err(Unfit::Damaged(record)), "byte {at}");
    }
    assert_eq!(follow(&bytes, MARK, Revision(0)).map(|steps| batches(&steps)), Ok(3));
}

#[test]
fn a_file_that_was_cut_is_not_followed() {
    let bytes = written(&[10, 10, 10]);
    for found in [1, 100, RECORDS - 1] {
        assert_eq!(
            follow(&bytes[..found], MARK, Revision(0)).err(),
            Some(match found {
                // The label that was written lies in the second block.
                found if found < BLOCK_BYTES + label::BYTES => Unfit::Other,
                found => Unfit::Cut { found, expected: BYTES },
            })
        );
    }
    let found = RECORDS + BLOCK_BYTES;
    assert_eq!(follow(&bytes[..found], MARK, Revision(0)), Err(Unfit::Cut { found, expected: BYTES }));
}

#[test]
fn a_state_that_is_older_than_the_first_record_is_not_its_own() {
    let mut journal = made();
    let mut record = Record::new();
    record.batch();
    journal.append(&mut record, Revision(5)).unwrap();
    let bytes = read(&*journal.file, true).unwrap();
    assert_eq!(follow(&bytes, MARK, Revision(4)), Err(Unfit::Damaged(RECORDS)));
}

#[test]
fn a_step_of_a_later_program_is_not_taken_for_the_end() {
    let mut journal = made();
    let mut record = Record::new();
    record.batch();
    record.unknown();
    journal.append(&mut record, Revision(0)).unwrap();
    let bytes = read(&*journal.file, true).unwrap();
    assert_eq!(follow(&bytes, MARK, Revision(0)), Err(Unfit::Damaged(RECORDS)));
}

#[test]
fn a_full_journal_takes_nothing_until_it_begins_anew() {
    let mut journal = made();
    let mut record = Record::new();
    let mut records = 0;
    loop {
        record.clear();
        record.batch();
        if !journal.takes(&record) {
            break;
        }
        journal.append(&mut record, Revision(records)).unwrap();
        records += 1;
    }
    assert_eq!(records, (BYTES - RECORDS as u64) / BLOCK_BYTES as u64);
    journal.announce(MARK + 1).unwrap();
    let bytes = read(&*journal.file, true).unwrap();
    let followed = follow(&bytes, MARK, Revision(0)).unwrap();
    assert_eq!(batches(&followed) as u64, records, "the tables did not get to the disk");
    journal.begin(MARK + 1);
    record.clear();
    record.batch();
    journal.append(&mut record, Revision(records)).unwrap();
    let bytes = read(&*journal.file, true).unwrap();
    assert_eq!(follow(&bytes, MARK + 1, Revision(records)).unwrap(), [Step::Batch], "older records count");
}

#[test]
fn a_journal_that_is_opened_again_keeps_the_label_that_the_tables_know() {
    for beginnings in 1..4 {
        let mut journal = made();
        for number in 1..beginnings {
            journal.announce(MARK + number).unwrap();
            journal.begin(MARK + number);
        }
        let mark = MARK + beginnings - 1;
        let known = label_of(&read(&*journal.file, true).unwrap(), mark);
        let mut again = Journal::new(journal.file, BYTES, known);
        again.announce(1).unwrap();
        let bytes = read(&*again.file, true).unwrap();
        assert_eq!(follow(&bytes, mark, Revision(0)), Ok(Vec::new()), "the tables did not get to the disk");
        assert_eq!(follow(&bytes, 1, Revision(0)), Ok(Vec::new()), "they did");
    }
}

#[test]
fn a_file_that_was_only_begun_is_not_taken_for_one_that_was_made() {
    let begun = InMemoryBackend::new();
    make(&begun, BYTES).unwrap();
    let labels = |file: &dyn StorageBackend| read(file, false).unwrap();
    assert!(!is_made(&begun, &labels(&begun), BYTES).unwrap());
    let made = made().file;
    assert_eq!(labels(&*made).len(), RECORDS);
    assert!(is_made(&*made, &labels(&*made), BYTES).unwrap());
    assert!(!is_made(&*made, &labels(&*made), BYTES + 1).unwrap());
    made.set_len(BYTES - 1).unwrap();
    assert!(!is_made(&*made, &labels(&*made), BYTES).unwrap());
}
