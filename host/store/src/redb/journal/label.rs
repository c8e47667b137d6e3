//! A label of the file: CRC-32 of what follows it, mark, length of the file. Numbers big-endian.

pub(super) const BYTES: usize = 20;

pub(super) fn write(mark: u64, length: u64) -> [u8; BYTES] {
    let mut label = [0; BYTES];
    let summed = [mark.to_be_bytes(), length.to_be_bytes()].concat();
    let bytes = crc32fast::hash(&summed).to_be_bytes().into_iter().chain(summed);
    label.iter_mut().zip(bytes).for_each(|(place, byte)| *place = byte);
    label
}

/// Mark and length; `None` if there is no label here.
pub(super) fn read(bytes: &[u8]) -> Option<(u64, u64)> {
    let (checksum, rest) = bytes.split_first_chunk()?;
    let summed = rest.get(..BYTES - 4)?;
    let (mark, rest) = summed.split_first_chunk()?;
    let (length, _) = rest.split_first_chunk()?;
    let fits = crc32fast::hash(summed) == u32::from_be_bytes(*checksum);
    fits.then(|| (u64::from_be_bytes(*mark), u64::from_be_bytes(*length)))
}
