//! A component as a file: read with a limit, before anything is sent anywhere; and how sizes are said.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use patchbay_types::Bytes;

use super::{Failure, Status};

/// The whole file.
///
/// # Errors
/// It does not exist (status 4), cannot be read, or is larger than `max`.
pub fn read_component(path: &Path, max: Bytes) -> Result<Vec<u8>, Failure> {
    let unreadable = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound => Failure::new(format!("{} does not exist", path.display()))
            .status(Status::NotFound)
            .hint("give the .wasm file that `patchbay plugin build` wrote"),
        _ => Failure::new(format!("cannot read {}: {error}", path.display())),
    };
    let mut component = Vec::new();
    let file = File::open(path).map_err(unreadable)?;
    file.take(max.0.saturating_add(1)).read_to_end(&mut component).map_err(unreadable)?;
    match component.len() as u64 > max.0 {
        true => Err(Failure::new(format!(
            "{} is larger than {}: nothing was sent",
            path.display(),
            size(max)
        ))
        .hint(
            "make it smaller (opt-level \"s\", no debug information), or raise [plugins] component_bytes_max",
        )),
        false => Ok(component),
    }
}

/// For people: `63.2 KiB`.
pub fn size(bytes: Bytes) -> String {
    const KIB: u64 = 1024;
    let tenths = |unit: u64| bytes.0.saturating_mul(10) / unit;
    match bytes.0 {
        0..KIB => format!("{} bytes", bytes.0),
        KIB..0x0010_0000 => format!("{}.{} KiB", tenths(KIB) / 10, tenths(KIB) % 10),
        _ => format!("{}.{} MiB", tenths(KIB * KIB) / 10, tenths(KIB * KIB) % 10),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_is_said_in_the_largest_unit_that_fits() {
        let check = |bytes: u64, expect: &str| assert_eq!(size(Bytes(bytes)), expect);
        check(1023, "1023 bytes");
        check(1024, "1.0 KiB");
        check(64_716, "63.1 KiB");
        check(8 << 20, "8.0 MiB");
    }

    #[test]
    fn a_file_that_is_missing_or_too_large_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.wasm");
        let missing = read_component(&file, Bytes(4)).unwrap_err();
        assert!(missing.to_string().contains("a.wasm does not exist"), "{missing}");
        std::fs::write(&file, "12345").unwrap();
        let large = read_component(&file, Bytes(4)).unwrap_err();
        assert!(large.to_string().contains("a.wasm is larger than 4 bytes"), "{large}");
        assert_eq!(read_component(&file, Bytes(5)).unwrap(), b"12345");
    }
}
