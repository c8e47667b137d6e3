//! Reads a body in the encoding that the provider sent it in, for ourselves only: the client gets the bytes as they came.

use std::io::Write;

use flate2::write::{GzDecoder, ZlibDecoder};

/// As much is decoded of one body; a bomb costs no more than this.
const DECODED_MAX: usize = 64 * 1024 * 1024;

/// As much is decoded at once: deflate makes at most 1,032 bytes of one, so about 1 MiB comes of it.
const PIECE: usize = 1024;

pub(crate) enum Encoding {
    Plain,
    Packed(Box<Packed>),
    /// An encoding that we do not read, or bytes that were not what they should have been.
    Unknown,
}

pub(crate) struct Packed {
    decoder: Decoder,
    decoded: usize,
}

enum Decoder {
    Gzip(GzDecoder<Vec<u8>>),
    Zlib(ZlibDecoder<Vec<u8>>),
}

impl Encoding {
    /// Of a `Content-Encoding` header.
    pub(crate) fn named(header: Option<&str>) -> Self {
        match header.map(|name| name.trim().to_ascii_lowercase()).as_deref() {
            None | Some("" | "identity") => Self::Plain,
            Some("gzip" | "x-gzip") => Self::packed(Decoder::Gzip(GzDecoder::new(Vec::new()))),
            Some("deflate") => Self::packed(Decoder::Zlib(ZlibDecoder::new(Vec::new()))),
            Some(_) => Self::Unknown,
        }
    }

    pub(crate) fn is_known(&self) -> bool {
        !matches!(self, Self::Unknown)
    }

    pub(crate) fn is_plain(&self) -> bool {
        matches!(self, Self::Plain)
    }

    /// Gives the decoded bytes to `sink`, in pieces. After bytes that cannot be read it knows nothing any more.
    pub(crate) fn read(&mut self, bytes: &[u8], mut sink: impl FnMut(&[u8])) {
        match self {
            Self::Plain => sink(bytes),
            Self::Packed(packed) => {
                if packed.read(bytes, sink).is_none() {
                    *self = Self::Unknown;
                }
            }
            Self::Unknown => {}
        }
    }

    fn packed(decoder: Decoder) -> Self {
        Self::Packed(Box::new(Packed { decoder, decoded: 0 }))
    }
}

impl Packed {
    /// Flushed after every piece: an event is to be seen when it comes, not when the decoder's buffer is full.
    fn read(&mut self, bytes: &[u8], mut sink: impl FnMut(&[u8])) -> Option<()> {
        for piece in bytes.chunks(PIECE) {
            let decoded = self.decoder.decode(piece).ok()?;
            self.decoded += decoded.len();
            sink(decoded);
            decoded.clear();
            decoded.shrink_to(2 * DECODED_MAX / PIECE);
            if self.decoded > DECODED_MAX {
                return None;
            }
        }
        Some(())
    }
}

impl Decoder {
    fn decode(&mut self, piece: &[u8]) -> std::io::Result<&mut Vec<u8>> {
        match self {
            Self::Gzip(decoder) => {
                decoder.write_all(piece)?;
                decoder.flush()?;
                Ok(decoder.get_mut())
            }
            Self::Zlib(decoder) => {
                decoder.write_all(piece)?;
                decoder.flush()?;
                Ok(decoder.get_mut())
            }
        }
    }
}
