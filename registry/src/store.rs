//! Components on disk, by digest: `sha256/HEX.wasm`. A file is all there or not there, and is checked when it is
//! read. It must not know what a component is.
//!
//! Calls block on the disk: an async caller moves them off its threads.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use patchbay_types::Digest;

const TEMPORARY: &str = ".put-";

/// A folder of components. Only one host at a time may have it open.
#[derive(Clone, Debug)]
pub struct ComponentStore {
    folder: PathBuf,
}

/// Why the store could not do what it was asked.
#[derive(thiserror::Error, Debug)]
pub enum StoreError {
    #[error("cannot use the component folder {path}: {source}")]
    Folder { path: PathBuf, source: io::Error },
    #[error("component {digest} is not stored (no file {path}): load it again")]
    Missing { digest: Digest, path: PathBuf },
    #[error(
        "component {digest} is damaged: {path} holds {found}; delete that file and load the component again"
    )]
    Corrupt { digest: Digest, path: PathBuf, found: Digest },
    #[error("cannot read component {digest} from {path}: {source}")]
    Read { digest: Digest, path: PathBuf, source: io::Error },
    #[error("cannot write component {digest} to {path}: {source}")]
    Write { digest: Digest, path: PathBuf, source: io::Error },
    #[error("cannot remove component {digest}, {path}: {source}")]
    Remove { digest: Digest, path: PathBuf, source: io::Error },
}

impl ComponentStore {
    /// Opens the store below `dir`, made if it is not there, and sweeps out what a crash left half written.
    ///
    /// # Errors
    /// [`StoreError::Folder`] if the folder cannot be made or read.
    pub fn open(dir: &Path) -> Result<Self, StoreError> {
        let folder = dir.join("sha256");
        make_and_sweep(dir, &folder).map_err(|source| StoreError::Folder { path: folder.clone(), source })?;
        Ok(Self { folder })
    }

    /// Keeps `bytes` for good: when this returns, they outlast a power cut. The same bytes again are no error, and
    /// mend a damaged file.
    ///
    /// # Errors
    /// [`StoreError::Write`]; then nothing is promised of these bytes, and all others are as they were.
    pub fn put(&self, bytes: &[u8]) -> Result<Digest, StoreError> {
        let digest = Digest::of(bytes);
        let path = self.path(&digest);
        let kept = if self.get(&digest).is_ok() { Ok(()) } else { write(&self.folder, &path, bytes) };
        kept.and_then(|()| sync(&self.folder)).map_err(|source| StoreError::Write {
            digest,
            path,
            source,
        })?;
        Ok(digest)
    }

    /// The bytes that were put, checked against their digest.
    ///
    /// # Errors
    /// The component is missing, cannot be read, or is not what was put.
    pub fn get(&self, digest: &Digest) -> Result<Vec<u8>, StoreError> {
        let (digest, path) = (*digest, self.path(digest));
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(source) if source.kind() == io::ErrorKind::NotFound => {
                return Err(StoreError::Missing { digest, path });
            }
            Err(source) => return Err(StoreError::Read { digest, path, source }),
        };
        let found = Digest::of(&bytes);
        if found == digest { Ok(bytes) } else { Err(StoreError::Corrupt { digest, path, found }) }
    }

    /// Forgets a component; `false` if it was not there.
    ///
    /// # Errors
    /// [`StoreError::Remove`]; then it may still be there.
    pub fn remove(&self, digest: &Digest) -> Result<bool, StoreError> {
        let (digest, path) = (*digest, self.path(digest));
        match fs::remove_file(&path).and_then(|()| sync(&self.folder)) {
            Ok(()) => Ok(true),
            Err(source) if source.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(source) => Err(StoreError::Remove { digest, path, source }),
        }
    }

    /// The digests of all components, in their order; files of other names are passed over.
    ///
    /// # Errors
    /// [`StoreError::Folder`] if the folder cannot be read.
    pub fn list(&self) -> Result<Vec<Digest>, StoreError> {
        let names = names(&self.folder);
        let names = names.map_err(|source| StoreError::Folder { path: self.folder.clone(), source })?;
        let mut digests: Vec<Digest> = names.iter().filter_map(|name| digest_of(name)).collect();
        digests.sort_unstable();
        Ok(digests)
    }

    fn path(&self, digest: &Digest) -> PathBuf {
        self.folder.join(file_name(digest))
    }
}

fn make_and_sweep(dir: &Path, folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    sync(dir)?;
    let names = names(folder)?;
    let left_over = names.iter().filter(|name| name.starts_with(TEMPORARY));
    left_over.map(|name| folder.join(name)).try_for_each(fs::remove_file)
}

fn write(folder: &Path, path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = tempfile::Builder::new().prefix(TEMPORARY).tempfile_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}

/// A new or removed name is on disk only when its folder is.
fn sync(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

fn names(folder: &Path) -> io::Result<Vec<String>> {
    fs::read_dir(folder)?.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned())).collect()
}

fn file_name(digest: &Digest) -> String {
    format!("{}.wasm", digest.hex())
}

fn digest_of(name: &str) -> Option<Digest> {
    let digest = format!("sha256:{}", name.strip_suffix(".wasm")?).parse().ok()?;
    (file_name(&digest) == name).then_some(digest)
}
