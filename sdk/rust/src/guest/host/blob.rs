//! Bytes to the host and back, in pieces that one call may carry.

use crate::PluginError;
use crate::guest::bindings::patchbay::plugin::blobs::Blob;

const PIECE_BYTES: u32 = 256 << 10;

/// A blob with these bytes.
pub(super) fn of(bytes: &[u8]) -> Result<Blob, PluginError> {
    let blob = Blob::new();
    for piece in bytes.chunks(PIECE_BYTES as usize) {
        blob.append(piece)?;
    }
    Ok(blob)
}

/// All bytes of a blob.
pub(super) fn bytes(blob: &Blob) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let piece = blob.read(bytes.len() as u64, PIECE_BYTES);
        if piece.is_empty() {
            return bytes;
        }
        bytes.extend(piece);
    }
}
