//! What goes out for a chunk that came in: a part of it where that is possible, else a copy.

use std::ops::Range;

use bytes::{Bytes, BytesMut};

pub(super) struct Out<'a> {
    chunk: &'a Bytes,
    /// What goes out first, if it could not stay in the chunk.
    made: BytesMut,
    /// The part of the chunk that goes out behind it.
    run: Range<usize>,
}

impl<'a> Out<'a> {
    pub(super) fn of(chunk: &'a Bytes) -> Self {
        Self { chunk, made: BytesMut::new(), run: 0..0 }
    }

    /// Bytes of the chunk, or others.
    pub(super) fn put(&mut self, bytes: &[u8]) {
        match self.place_of(bytes) {
            _ if bytes.is_empty() => {}
            Some(place) if place.start == self.run.end => self.run.end = place.end,
            Some(place) => {
                self.flush();
                self.run = place;
            }
            None => {
                self.flush();
                self.made.extend_from_slice(bytes);
            }
        }
    }

    pub(super) fn into_bytes(mut self) -> Bytes {
        if self.made.is_empty() {
            return self.chunk.slice(self.run);
        }
        self.flush();
        self.made.freeze()
    }

    fn flush(&mut self) {
        let run = std::mem::take(&mut self.run);
        self.made.extend_from_slice(self.chunk.get(run).unwrap_or_default());
    }

    /// Where in the chunk they lie, if they do.
    fn place_of(&self, bytes: &[u8]) -> Option<Range<usize>> {
        let start = bytes.as_ptr().addr().checked_sub(self.chunk.as_ptr().addr())?;
        let end = start.checked_add(bytes.len())?;
        (end <= self.chunk.len()).then_some(start..end)
    }
}
