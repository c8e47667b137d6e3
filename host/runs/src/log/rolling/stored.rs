//! What is there of a log as one value, and back: JSON Lines, of which the first says how many lines there were. It must
//! not know where the value is kept.

use std::collections::VecDeque;
use std::io::Write;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::Rolling;
use crate::line::Line;

/// Bytes of a stored log, at most. If it takes more, the oldest lines go.
pub const VALUE_BYTES_MAX: usize = 400_000;
/// Of errors from before the newest lines: the newest line, however it is escaped, fits beside them.
const ERROR_BYTES_MAX: usize = 200_000;
/// Of its first line.
const HEAD_BYTES_MAX: usize = 64;

#[derive(Serialize, Deserialize)]
struct Head {
    said: u64,
}

/// Why a value is no stored log.
#[derive(Debug, thiserror::Error)]
#[error(
    "line {line} of a stored log cannot be read: {source}; expected JSON Lines as this version writes them"
)]
pub struct RollingError {
    /// From 1.
    pub line: usize,
    pub source: serde_json::Error,
}

impl Rolling {
    /// At most [`VALUE_BYTES_MAX`] bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = written(&Head { said: self.said });
        bytes.extend(newest(&self.errors, ERROR_BYTES_MAX));
        let room = (VALUE_BYTES_MAX - HEAD_BYTES_MAX).saturating_sub(bytes.len());
        bytes.extend(newest(&self.lines, room));
        bytes
    }

    /// What was stored. Whoever reads it reads as of a run that goes on.
    ///
    /// # Errors
    ///
    /// [`RollingError`] if it is not what [`Rolling::to_bytes`] writes.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, RollingError> {
        let mut lines = bytes.split(|byte| *byte == b'\n');
        let head: Head = read(1, lines.next().unwrap_or_default())?;
        let mut rolling = Self::default();
        for (at, line) in lines.enumerate().filter(|(_, line)| !line.is_empty()) {
            rolling.push(Arc::new(read::<Line>(at + 2, line)?));
        }
        rolling.said = rolling.said.max(head.said);
        Ok(rolling)
    }
}

fn read<'a, T: Deserialize<'a>>(line: usize, bytes: &'a [u8]) -> Result<T, RollingError> {
    serde_json::from_slice(bytes).map_err(|source| RollingError { line, source })
}

/// As many of the last lines as there is room for.
fn newest(lines: &VecDeque<Arc<Line>>, mut room: usize) -> Vec<u8> {
    let mut fitting = Vec::new();
    for line in lines.iter().rev().map(written) {
        let Some(left) = room.checked_sub(line.len()) else { break };
        room = left;
        fitting.push(line);
    }
    fitting.into_iter().rev().flatten().collect()
}

/// One line of JSON, with its line break.
fn written<T: Serialize>(value: T) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(256);
    let _ = serde_json::to_writer(&mut bytes, &value).map(|()| bytes.write_all(b"\n"));
    bytes
}
