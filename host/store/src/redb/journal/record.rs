//! One record: the batches of a group that were not refused, as they came.
//! Layout: CRC-32 of all that follows, length of what follows it, mark, the revision that it follows; then the steps, and
//! zeros to the end of the block. Numbers big-endian; a text or a value has its length in front of it.

use super::BLOCK_BYTES;
use crate::{Entry, Log, Revision, Write};

const HEADER_BYTES: usize = 24;
/// What is kept of a record's memory for the next one, in bytes: enough for a full queue of ordinary batches.
const KEPT_BYTES: usize = 2 << 20;

/// The first byte of a step.
const BATCH: u8 = 0;
const PUT: u8 = 1;
const DELETE: u8 = 2;
const APPEND: u8 = 3;

/// A record that is being made. Its memory is kept for the next one.
#[derive(Debug)]
pub(in crate::redb) struct Record {
    bytes: Vec<u8>,
}

/// What is done when a record is applied.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::redb) enum Step<'bytes> {
    /// The next revision begins.
    Batch,
    /// A row's new value, or `None` if it is to go.
    Write {
        table: &'bytes str,
        key: &'bytes [u8],
        value: Option<&'bytes [u8]>,
    },
    Append {
        log: Log,
        value: &'bytes [u8],
    },
}

/// A record that is there whole.
pub(super) struct Found<'bytes> {
    pub(super) after: Revision,
    pub(super) block_bytes: usize,
    steps: Rest<'bytes>,
}

/// Bytes that have not been read yet.
#[derive(Clone, Copy)]
struct Rest<'bytes>(&'bytes [u8]);

impl Record {
    pub(in crate::redb) fn new() -> Self {
        Self { bytes: vec![0; HEADER_BYTES] }
    }

    pub(in crate::redb) fn clear(&mut self) {
        self.bytes.clear();
        // One group that was large does not hold its memory for good.
        self.bytes.shrink_to(KEPT_BYTES);
        self.bytes.resize(HEADER_BYTES, 0);
    }

    pub(in crate::redb) fn batch(&mut self) {
        self.bytes.push(BATCH);
    }

    pub(in crate::redb) fn write(&mut self, write: &Write) {
        self.bytes.push(if write.value.is_some() { PUT } else { DELETE });
        self.part(write.table.0.as_bytes());
        self.part(write.key.as_bytes());
        if let Some(value) = &write.value {
            self.part(value);
        }
    }

    pub(in crate::redb) fn append(&mut self, entry: &Entry) {
        self.bytes.extend([APPEND, code(entry.log)]);
        self.part(&entry.value);
    }

    /// A step that no program knows.
    #[cfg(test)]
    pub(super) fn unknown(&mut self) {
        self.bytes.push(u8::MAX);
    }

    /// What it takes of the file.
    pub(super) fn block_bytes(&self) -> usize {
        self.bytes.len().next_multiple_of(BLOCK_BYTES)
    }

    /// The whole record, with its header and the zeros at its end.
    pub(super) fn finish(&mut self, mark: u64, after: Revision) -> &[u8] {
        let length = length(self.bytes.len() - 8);
        let header = [length.as_slice(), &mark.to_be_bytes(), &after.0.to_be_bytes()].concat();
        self.bytes.splice(4..HEADER_BYTES, header);
        let checksum = crc32fast::hash(self.bytes.get(4..).unwrap_or_default()).to_be_bytes();
        self.bytes.splice(..4, checksum);
        self.bytes.resize(self.block_bytes(), 0);
        &self.bytes
    }

    fn part(&mut self, part: &[u8]) {
        self.bytes.extend(length(part.len()));
        self.bytes.extend(part);
    }
}

impl<'bytes> Found<'bytes> {
    /// `None` if this program does not know one of them.
    pub(super) fn steps(&self) -> Option<Vec<Step<'bytes>>> {
        let (mut rest, mut steps) = (self.steps, Vec::new());
        while !rest.0.is_empty() {
            steps.push(rest.step()?);
        }
        Some(steps)
    }
}

/// The record at the beginning of these bytes; `None` if there is none with this mark.
pub(super) fn parse(bytes: &[u8], mark: u64) -> Option<Found<'_>> {
    let (checksum, rest) = bytes.split_first_chunk()?;
    let (length, _) = rest.split_first_chunk()?;
    let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
    let summed = rest.get(..length.checked_add(4)?)?;
    let mut steps = Rest(summed.get(4..)?);
    // The mark first: it is what the bytes of others fail at, and a sum over many bytes takes its time.
    if steps.number()? != mark || crc32fast::hash(summed) != u32::from_be_bytes(*checksum) {
        return None;
    }
    let after = Revision(steps.number()?);
    Some(Found { after, block_bytes: (8 + length).next_multiple_of(BLOCK_BYTES), steps })
}

impl<'bytes> Rest<'bytes> {
    fn number(&mut self) -> Option<u64> {
        let (number, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(u64::from_be_bytes(*number))
    }

    fn byte(&mut self) -> Option<u8> {
        let (byte, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*byte)
    }

    fn part(&mut self) -> Option<&'bytes [u8]> {
        let (length, rest) = self.0.split_first_chunk()?;
        let (part, rest) = rest.split_at_checked(usize::try_from(u32::from_be_bytes(*length)).ok()?)?;
        self.0 = rest;
        Some(part)
    }

    fn step(&mut self) -> Option<Step<'bytes>> {
        Some(match self.byte()? {
            BATCH => Step::Batch,
            PUT => Step::Write { table: self.text()?, key: self.part()?, value: Some(self.part()?) },
            DELETE => Step::Write { table: self.text()?, key: self.part()?, value: None },
            APPEND => {
                let found = self.byte()?;
                let log = Log::ALL.into_iter().find(|log| code(*log) == found)?;
                Step::Append { log, value: self.part()? }
            }
            _ => return None,
        })
    }

    fn text(&mut self) -> Option<&'bytes str> {
        std::str::from_utf8(self.part()?).ok()
    }
}

/// As the file has it; these never change.
fn code(log: Log) -> u8 {
    match log {
        Log::Reports => 0,
        Log::Events => 1,
        Log::Audit => 2,
    }
}

fn length(bytes: usize) -> [u8; 4] {
    u32::try_from(bytes).expect("a group of batches is far below 4 GiB").to_be_bytes()
}
