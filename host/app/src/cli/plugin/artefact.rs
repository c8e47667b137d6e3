//! A component as a file, with what it says of itself and the signature beside it.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use patchbay_registry::{
    Manifest, PULLED_BYTES_MAX, SIGNATURE_BYTES_MAX, SIGNATURE_SUFFIX, ScanLimits, Scanned, Signature, scan,
};
use patchbay_types::Secret;

use crate::cli::{Failure, Status, read_component};

/// Keys and settings are small; what is larger is something else.
const TEXT_BYTES_MAX: usize = 1 << 20;

/// A file is looked at whatever a host would take; the host has the last word.
pub const LIMITS: ScanLimits =
    ScanLimits { component_bytes_max: PULLED_BYTES_MAX, component_bytes_max_fat: PULLED_BYTES_MAX };

/// A component that was read and looked over; nothing of it was run.
pub struct Artefact {
    pub bytes: Vec<u8>,
    pub scanned: Scanned,
    pub manifest: Manifest,
}

impl Artefact {
    /// # Errors
    /// The file cannot be read, or is no plugin.
    pub fn read(file: &Path) -> Result<Self, Failure> {
        let bytes = read_component(file, PULLED_BYTES_MAX)?;
        Self::of(bytes, &file.display().to_string())
    }

    /// `place` is what failures call it.
    ///
    /// # Errors
    /// The bytes are no component, or have no manifest.
    pub fn of(bytes: Vec<u8>, place: &str) -> Result<Self, Failure> {
        let scanned = scan(&bytes, LIMITS).map_err(|error| Failure::new(format!("{place}: {error}")))?;
        let manifest = scanned.manifest.clone().ok_or_else(|| {
            Failure::new(format!("{place} has no manifest")).hint("build it with `patchbay plugin build`")
        })?;
        Ok(Self { bytes, scanned, manifest })
    }

    /// `NAME@VERSION`.
    pub fn shown(&self) -> String {
        let plugin = &self.manifest.plugin;
        format!("{}@{}", plugin.name, plugin.version)
    }
}

/// Where the signature of a component lies: `FILE.wasm.minisig`.
pub fn signature_file(component: &Path) -> PathBuf {
    let mut name = OsString::from(component);
    name.push(SIGNATURE_SUFFIX);
    PathBuf::from(name)
}

/// The signature beside a component, if there is one.
///
/// # Errors
/// It cannot be read.
pub fn signature(component: &Path) -> Result<Option<Signature>, Failure> {
    let file = signature_file(component);
    let Some(text) = read(&file, SIGNATURE_BYTES_MAX)? else {
        return Ok(None);
    };
    let signature = Signature::parse(text.expose());
    signature.map(Some).map_err(|error| Failure::new(format!("{}: {error}", file.display())))
}

/// A small text that has to be there.
///
/// # Errors
/// It is not there (status 4), cannot be read, or is no text.
pub fn text(file: &Path) -> Result<Secret<String>, Failure> {
    read(file, TEXT_BYTES_MAX)?
        .ok_or_else(|| Failure::new(format!("{} does not exist", file.display())).status(Status::NotFound))
}

/// A small text, if it is there.
///
/// # Errors
/// It cannot be read, is too large, or is no text.
pub fn read(file: &Path, bytes_max: usize) -> Result<Option<Secret<String>>, Failure> {
    let unreadable = |error: io::Error| Failure::new(format!("cannot read {}: {error}", file.display()));
    let opened = match File::open(file) {
        Ok(opened) => opened,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unreadable(error)),
    };
    let mut text = String::new();
    opened.take(bytes_max as u64 + 1).read_to_string(&mut text).map_err(unreadable)?;
    match text.len() > bytes_max {
        true => Err(Failure::new(format!("{} has more than {bytes_max} bytes", file.display()))),
        false => Ok(Some(Secret::new(text))),
    }
}

/// Puts `bytes` in the place of `file`, all or nothing.
///
/// # Errors
/// It cannot be written; then it is as it was.
pub fn write(file: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let write = || -> io::Result<()> {
        let mut builder = tempfile::Builder::new();
        let readable = std::os::unix::fs::PermissionsExt::from_mode(0o644);
        let mut temporary = builder.prefix(".patchbay-").permissions(readable).tempfile_in(folder)?;
        temporary.write_all(bytes)?;
        temporary.as_file().sync_all()?;
        temporary.persist(file)?;
        Ok(())
    };
    write().map_err(|error| Failure::new(format!("cannot write {}: {error}", file.display())))
}
