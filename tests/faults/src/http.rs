//! HTTP/1.1 as it is on the wire, read by hand: a library would hide how a message was framed and how it ended, and
//! that is what is judged here. It must not know what any message should say.

mod framing;
mod head;
mod hear;

pub(crate) use framing::Framing;
pub(crate) use head::Head;
pub(crate) use hear::{End, Heard, hear};

/// The largest head that is read, in bytes; one fault sends 100 KiB.
pub(crate) const HEAD_BYTES_MAX: usize = 512 * 1024;

/// Where a head ends in `bytes`: after its empty line.
pub(crate) fn head_end(bytes: &[u8]) -> Option<usize> {
    bytes.windows(4).position(|window| window == b"\r\n\r\n").map(|at| at + 4)
}

#[cfg(test)]
mod tests;
