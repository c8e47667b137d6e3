//! Keys: tuples as bytes, so that the order of the bytes is the order of the tuples.

use std::fmt;

use smallvec::SmallVec;

/// Stands first in every key, so that another layout can live beside this one.
const LAYOUT: u8 = 1;
/// In front of each part: a number and a text are never taken for one another.
const NUMBER: u8 = 1;
const TEXT: u8 = 2;
/// Ends a text. A zero in the text is followed by 0xFF, so a shorter text sorts first.
const END: [u8; 2] = [0, 0];

/// A key of as many bytes lies where its owner does; a longer one has memory of its own. Three numbers fit.
const KEY_BYTES: usize = 31;

/// The key of a row: a tuple of texts and numbers. All keys of a table have parts of the same kinds.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(SmallVec<[u8; KEY_BYTES]>);

/// A run of keys: from `start`, to before `end`, in the order of the tuples or against it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct KeyRange {
    start: Vec<u8>,
    end: Vec<u8>,
    backwards: bool,
}

impl Key {
    /// The empty tuple: the key of the one row of a table, and the prefix of every key.
    #[must_use]
    pub fn new() -> Self {
        let mut bytes = SmallVec::new();
        bytes.push(LAYOUT);
        Self(bytes)
    }

    #[must_use]
    pub fn text(mut self, part: &str) -> Self {
        self.0.push(TEXT);
        for piece in part.as_bytes().split_inclusive(|byte| *byte == 0) {
            self.0.extend_from_slice(piece);
            if piece.ends_with(&[0]) {
                self.0.push(0xFF);
            }
        }
        self.0.extend_from_slice(&END);
        self
    }

    #[must_use]
    pub fn number(mut self, part: u64) -> Self {
        self.0.push(NUMBER);
        self.0.extend_from_slice(&part.to_be_bytes());
        self
    }

    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Every key that begins with these parts, this key among them.
    #[must_use]
    pub fn prefix(&self) -> KeyRange {
        // Parts start with a kind that is never 0xFF, so this lies behind all of them.
        let mut end = self.0.to_vec();
        end.push(0xFF);
        KeyRange { start: self.0.to_vec(), end, backwards: false }
    }
}

impl KeyRange {
    /// The same keys from the last to the first: the newest first, where keys grow with time.
    #[must_use]
    pub fn backwards(mut self) -> Self {
        self.backwards = true;
        self
    }

    /// The part of this range that follows a key in its order: the next page.
    #[must_use]
    pub fn after(mut self, key: &Key) -> Self {
        if self.backwards {
            self.end = self.end.min(key.0.to_vec());
            return self;
        }
        let mut next = key.0.to_vec();
        next.push(0);
        self.start = self.start.max(next);
        self
    }

    /// Whether its order is from the last key to the first.
    #[must_use]
    pub fn is_backwards(&self) -> bool {
        self.backwards
    }

    /// The lowest key that may lie in it.
    #[must_use]
    pub fn start(&self) -> &[u8] {
        &self.start
    }

    /// The lowest key that lies above it. If this is not above `start`, the range is empty.
    #[must_use]
    pub fn end(&self) -> &[u8] {
        &self.end
    }
}

impl Default for Key {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({})", self.0.escape_ascii())
    }
}

#[cfg(test)]
mod tests;
