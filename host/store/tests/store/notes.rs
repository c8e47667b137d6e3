//! The rows, events and reports of the tests, and of the program that breaks the store for longer. They mean nothing.

use patchbay_store::{Batch, Key, Record, Table};
use patchbay_types::{Event, Report, Severity, Timestamp};
use serde::{Deserialize, Serialize};

/// A record of the tests.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct Note {
    pub(crate) shelf: String,
    pub(crate) number: u64,
    pub(crate) text: String,
}

impl Record for Note {
    const TABLE: Table = Table("notes");
    const VERSION: u8 = 1;

    fn key(&self) -> Key {
        Key::new().text(&self.shelf).number(self.number)
    }
}

pub(crate) fn note(shelf: &str, number: u64, text: &str) -> Note {
    Note { shelf: shelf.to_owned(), number, text: text.to_owned() }
}

pub(crate) fn put(note: &Note) -> Batch {
    Batch::new().put(note).expect("a note is JSON")
}

pub(crate) fn event(message: &str) -> Event {
    let message = message.to_owned();
    Event { at: Timestamp(1), kind: "note.kept".to_owned(), subject: "note/1".to_owned(), message }
}

pub(crate) fn report(title: &str) -> Report {
    let (subject, title) = ("note/1".to_owned(), title.to_owned());
    Report { at: Timestamp(1), severity: Severity::Info, subject, title, body: String::new() }
}
