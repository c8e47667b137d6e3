//! The file of a spool. It must not know where lines wait before.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;
use std::sync::Arc;

use super::SPOOL_BYTES_MAX;
use crate::line::Line;

/// Bytes that go to the file at once, and a line more.
const CHUNK_BYTES: usize = 64 * 1024;
/// What is kept free for the last line, which says how many are lost, and for a break after a torn line.
const NOTE_BYTES: u64 = 128;

/// A file that grows, and is never read while it does.
#[derive(Default)]
pub(super) struct Writing {
    file: Option<File>,
    bytes: u64,
    /// A line did not fit: none after it is taken.
    full: bool,
    /// The last write was refused: what follows begins on a line of its own.
    torn: bool,
    /// An earlier process made the file.
    left: bool,
    closed: bool,
}

/// Lines on their way.
#[derive(Default)]
struct Chunk {
    bytes: Vec<u8>,
    lines: u64,
}

impl Writing {
    /// Of an earlier process: to be read, not to be written to.
    pub(super) fn left(bytes: u64) -> Self {
        Self { bytes, left: true, ..Self::default() }
    }

    /// Appends lines, and says how many are lost.
    pub(super) fn write(&mut self, path: &Path, lines: &[Arc<Line>]) -> u64 {
        if self.closed {
            return 0;
        }
        let (mut chunk, mut lost) = (Chunk::default(), 0);
        for line in lines {
            lost += u64::from(!self.take(&mut chunk, line));
            if chunk.bytes.len() >= CHUNK_BYTES {
                lost += self.append(path, &mut chunk);
            }
        }
        lost + self.append(path, &mut chunk)
    }

    /// Closes it, if it was never written to.
    pub(super) fn closes_unwritten(&mut self) -> bool {
        self.closed |= self.file.is_none() && self.bytes == 0;
        self.closed
    }

    /// Says whether there is a file of its own, to be removed.
    pub(super) fn close(&mut self) -> bool {
        self.closed = true;
        self.file.take().is_some() || self.left
    }

    /// All whole lines, and one for those that are lost: `{"lost":17}`. `None` if there is nothing.
    pub(super) fn read(&self, path: &Path, lost: u64) -> io::Result<Option<Vec<u8>>> {
        if self.closed || (self.file.is_none() && !self.left) {
            return Ok(None);
        }
        let mut bytes = Vec::new();
        File::open(path)?.take(SPOOL_BYTES_MAX - NOTE_BYTES).read_to_end(&mut bytes)?;
        bytes.truncate(bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1));
        if lost > 0 {
            bytes.extend(format!("{{\"lost\":{lost}}}\n").bytes());
        }
        Ok((!bytes.is_empty()).then_some(bytes))
    }

    fn take(&mut self, chunk: &mut Chunk, line: &Line) -> bool {
        let begun = chunk.bytes.len();
        let written = serde_json::to_writer(&mut chunk.bytes, line).is_ok();
        chunk.bytes.push(b'\n');
        self.full |= self.bytes + chunk.bytes.len() as u64 > SPOOL_BYTES_MAX - NOTE_BYTES;
        let takes = written && !self.full;
        if takes {
            chunk.lines += 1;
        } else {
            chunk.bytes.truncate(begun);
        }
        takes
    }

    /// Writes the chunk, and says how many lines are lost with it.
    fn append(&mut self, path: &Path, chunk: &mut Chunk) -> u64 {
        let Chunk { bytes, lines } = std::mem::take(chunk);
        if bytes.is_empty() {
            return 0;
        }
        let break_first: &[u8] = if self.torn { b"\n" } else { b"" };
        let written = self.open(path).and_then(|file| {
            file.write_all(break_first)?;
            file.write_all(&bytes)
        });
        self.bytes += (break_first.len() + bytes.len()) as u64;
        self.torn = written.is_err();
        if written.is_ok() { 0 } else { lines }
    }

    fn open(&mut self, path: &Path) -> io::Result<&mut File> {
        if self.file.is_none() {
            // Twice: the end of the task's last attempt may remove the folder in between.
            self.file = Some(create(path).or_else(|_| create(path))?);
        }
        self.file.as_mut().ok_or_else(|| io::ErrorKind::NotFound.into())
    }
}

fn create(path: &Path) -> io::Result<File> {
    if let Some(folder) = path.parent() {
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    }
    OpenOptions::new().append(true).create_new(true).mode(0o600).open(path)
}
