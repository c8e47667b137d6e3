//! What was committed since the tables were last taken to the disk. A group of batches is applied to the tables in
//! memory and written here, which is one sync at one place of the disk; the tables themselves take two, at many. When the
//! journal is full, the group that finds no room takes the tables to the disk with all that came before, and the journal
//! begins anew. After a crash, what it holds is applied again.
//!
//! A file of a fixed length: two labels, a block each, and then the records. Each begins at a block of its own, so that no
//! write touches a block in which something acknowledged lies. The tables know the mark of the records that follow them,
//! and the file is labelled with it before they do; a file without that label is another one. What else lies in it is
//! from before, and counts for nothing.

mod label;
mod place;
mod record;

use std::io;

use redb::StorageBackend;

use crate::Revision;

pub(super) use place::Place;
pub(super) use record::{Record, Step};

/// What a write may touch beside its own bytes.
const BLOCK_BYTES: usize = 4096;
/// Zeros are written in pieces of so many bytes.
const PIECE_BYTES: usize = 1 << 20;

/// Where the records begin.
const RECORDS: usize = 2 * BLOCK_BYTES;
/// The least that a journal can have: one record.
pub(super) const BYTES_MIN: u64 = (RECORDS + BLOCK_BYTES) as u64;

/// The journal of an open store.
#[derive(Debug)]
pub(super) struct Journal {
    file: Box<dyn StorageBackend>,
    bytes: u64,
    /// Of the records that follow what the tables have on the disk.
    mark: u64,
    /// Where the next record begins.
    end: u64,
    /// Which label has the mark.
    label: usize,
}

/// What makes a journal one that cannot be followed.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Unfit {
    #[error("the record at byte {0} does not fit, and there are others behind it")]
    Damaged(usize),
    #[error("it has {found} bytes, and had {expected}")]
    Cut { found: usize, expected: u64 },
    #[error("it is of another time, or of another store")]
    Other,
}

impl Journal {
    /// For a file that was [`make`]d so long, with a label that the tables may know. It takes no record until it
    /// [`begin`](Self::begin)s.
    pub(super) fn new(file: Box<dyn StorageBackend>, bytes: u64, known: Option<usize>) -> Self {
        Self { file, bytes, mark: 0, end: bytes, label: known.unwrap_or_default() }
    }

    /// Whether there is room for the record.
    pub(super) fn takes(&self, record: &Record) -> bool {
        record.block_bytes() as u64 <= self.bytes.saturating_sub(self.end)
    }

    /// Writes the record and waits until it is durable. It follows the state of this revision.
    ///
    /// # Errors
    /// The disk's. Whether the record is there is not known then, and nothing may be written after it.
    pub(super) fn append(&mut self, record: &mut Record, after: Revision) -> io::Result<()> {
        let bytes = record.finish(self.mark, after);
        self.file.write(self.end, bytes)?;
        self.file.sync_data()?;
        self.end += bytes.len() as u64;
        Ok(())
    }

    /// Labels the file for tables that are about to go to the disk and will know this mark. Until they are there, the label
    /// that they know now is the other one.
    ///
    /// # Errors
    /// The disk's. The journal is as it was.
    pub(super) fn announce(&mut self, mark: u64) -> io::Result<()> {
        let label = 1 - self.label;
        self.file.write((label * BLOCK_BYTES) as u64, &label::write(mark, self.bytes))?;
        self.file.sync_data()
    }

    /// Begins anew behind tables that are on the disk and know this mark, which was announced.
    pub(super) fn begin(&mut self, mark: u64) {
        self.mark = mark;
        self.end = RECORDS as u64;
        self.label = 1 - self.label;
    }
}

/// Which label has this mark.
pub(super) fn label_of(bytes: &[u8], mark: u64) -> Option<usize> {
    labels(bytes).position(|label| label.is_some_and(|(found, _)| found == mark))
}

/// All of the file if records `follow` what the tables have, else no more than its labels.
pub(super) fn read(file: &dyn StorageBackend, follow: bool) -> io::Result<Vec<u8>> {
    let length = usize::try_from(file.len()?).map_err(io::Error::other)?;
    let mut bytes = vec![0; if follow { length } else { length.min(RECORDS) }];
    file.read(0, &mut bytes)?;
    Ok(bytes)
}

/// Whether the file was made so long, and not only begun to be made.
pub(super) fn is_made(file: &dyn StorageBackend, bytes: &[u8], length: u64) -> io::Result<bool> {
    Ok(file.len()? == length && labels(bytes).flatten().any(|(_, labelled)| labelled == length))
}

/// Makes the file so long, with blocks of its own for every byte: where a file system writes in place, a write that comes
/// later needs no room, and its sync has nothing to tell about where the file lies.
///
/// # Errors
/// The disk's, such as that it is full. Then nothing is left of the file but its name.
pub(super) fn make(file: &dyn StorageBackend, bytes: u64) -> io::Result<()> {
    let zeros = vec![0; PIECE_BYTES];
    let fill = || {
        file.set_len(bytes)?;
        for offset in (0..bytes).step_by(PIECE_BYTES) {
            let piece = usize::try_from(bytes - offset).map_or(PIECE_BYTES, |left| left.min(PIECE_BYTES));
            file.write(offset, zeros.get(..piece).unwrap_or_default())?;
        }
        file.sync_data()
    };
    fill().inspect_err(|_| {
        let _ = file.set_len(0);
    })
}

/// The steps of the records that follow the state of this mark and revision, in their order. An empty file has none.
///
/// # Errors
/// [`Unfit`] if they cannot be told. A record that breaks off at the end was never acknowledged, and counts for nothing.
/// What cannot be told from it is damage to the very last one.
pub(super) fn follow(bytes: &[u8], mark: u64, mut revision: Revision) -> Result<Vec<Step<'_>>, Unfit> {
    if bytes.is_empty() {
        return Ok(Vec::new());
    }
    let labelled = labels(bytes).flatten().find(|(found, _)| *found == mark);
    let (_, expected) = labelled.ok_or(Unfit::Other)?;
    if expected != bytes.len() as u64 {
        return Err(Unfit::Cut { found: bytes.len(), expected });
    }
    let (mut steps, mut offset) = (Vec::new(), RECORDS);
    while let Some(found) = bytes.get(offset..).and_then(|bytes| record::parse(bytes, mark)) {
        let read = found.steps().ok_or(Unfit::Damaged(offset))?;
        // Tables that closed themselves may know it already.
        if found.after >= revision {
            if found.after > revision {
                return Err(Unfit::Damaged(offset));
            }
            revision.0 += read.iter().filter(|step| **step == Step::Batch).count() as u64;
            steps.extend(read);
        }
        offset += found.block_bytes;
    }
    let mut behind = (offset..bytes.len()).step_by(BLOCK_BYTES).skip(1);
    match behind.any(|later| bytes.get(later..).is_some_and(|bytes| record::parse(bytes, mark).is_some())) {
        true => Err(Unfit::Damaged(offset)),
        false => Ok(steps),
    }
}

/// Mark and length by each of the two labels, if it is sound.
fn labels(bytes: &[u8]) -> impl Iterator<Item = Option<(u64, u64)>> {
    [0, BLOCK_BYTES].into_iter().map(|at| label::read(bytes.get(at..)?))
}

#[cfg(test)]
mod tests;
