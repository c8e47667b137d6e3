//! A buffer that cannot grow without end: everything up to a limit, beyond it the last 64 KiB only.

/// A trailing `"usage":{…}` fits into it many times.
const TAIL: usize = 64 * 1024;

/// As much memory stays with an empty buffer: most lines of a stream fit into it.
const USUAL: usize = 4 * 1024;

pub(crate) struct Kept {
    bytes: Vec<u8>,
    whole_max: usize,
    is_whole: bool,
}

impl Kept {
    /// `whole_max` is at least the 64 KiB that are kept in any case.
    pub(crate) fn up_to(whole_max: usize) -> Self {
        Self { bytes: Vec::new(), whole_max: whole_max.max(TAIL), is_whole: true }
    }

    pub(crate) fn push(&mut self, bytes: &[u8]) {
        self.is_whole = self.is_whole && self.bytes.len() + bytes.len() <= self.whole_max;
        let bytes = if self.is_whole { bytes } else { last(bytes) };
        if !self.is_whole && self.bytes.len() + bytes.len() > 2 * TAIL {
            self.bytes.drain(..self.bytes.len().saturating_sub(TAIL));
            self.bytes.shrink_to(2 * TAIL);
        }
        self.bytes.extend_from_slice(bytes);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    pub(crate) fn is_whole(&self) -> bool {
        self.is_whole
    }

    /// All that was pushed, or the last 64 KiB of it.
    pub(crate) fn bytes(&self) -> &[u8] {
        if self.is_whole { &self.bytes } else { last(&self.bytes) }
    }

    pub(crate) fn clear(&mut self) {
        self.bytes.clear();
        self.bytes.shrink_to(USUAL);
        self.is_whole = true;
    }
}

fn last(bytes: &[u8]) -> &[u8] {
    &bytes[bytes.len().saturating_sub(TAIL)..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_is_the_same_however_the_bytes_came() {
        let bytes: Vec<u8> = (0..400_000_u32).map(|n| n.to_le_bytes()[0] ^ n.to_le_bytes()[1]).collect();
        for piece in [1000, 65_536, 70_000, 300_000, 400_000] {
            let mut kept = Kept::up_to(200_000);
            bytes.chunks(piece).for_each(|chunk| kept.push(chunk));
            assert_eq!(kept.bytes(), &bytes[bytes.len() - TAIL..], "in pieces of {piece}");
            assert!(!kept.is_whole() && kept.bytes.capacity() <= 200_000);
        }
    }

    #[test]
    fn up_to_the_limit_nothing_is_lost() {
        let mut kept = Kept::up_to(200_000);
        (0..4).for_each(|_| kept.push(&[7; 50_000]));
        assert!(kept.is_whole() && kept.bytes().len() == 200_000);
    }
}
