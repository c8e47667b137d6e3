//! Contents in a folder: `ab/cdef…`, the digits of their SHA-256. It must not know what is in them.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use patchbay_types::Digest;

use super::artifact::ARTIFACT_BYTES_MAX;
use super::place::PlaceError;
use crate::aside::aside;

/// Where contents are until they are whole. What a process left there is removed at the next start.
const INCOMING: &str = "incoming";

pub(super) struct Folder {
    root: Arc<PathBuf>,
    /// Names what comes in.
    incoming: Arc<AtomicU64>,
}

impl Folder {
    pub(super) async fn open(root: PathBuf) -> Result<Self, PlaceError> {
        let folder = Self { root: Arc::new(root), incoming: Arc::default() };
        folder
            .elsewhere(|root| {
                let incoming = root.join(INCOMING);
                match fs::remove_dir_all(&incoming) {
                    Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                    _ => {}
                }
                make(&incoming)
            })
            .await?;
        Ok(folder)
    }

    pub(super) async fn has(&self, digest: Digest) -> Result<bool, PlaceError> {
        self.elsewhere(move |root| fs::exists(path(root, digest))).await
    }

    pub(super) async fn put(&self, digest: Digest, contents: Bytes) -> Result<(), PlaceError> {
        let number = self.incoming.fetch_add(1, Ordering::Relaxed);
        self.elsewhere(move |root| {
            let incoming = root.join(INCOMING).join(number.to_string());
            let written = write(&incoming, &contents).and_then(|()| move_in(&incoming, &path(root, digest)));
            written.inspect_err(|_| {
                let _ = fs::remove_file(&incoming);
            })
        })
        .await
    }

    pub(super) async fn get(&self, digest: Digest) -> Result<Option<Bytes>, PlaceError> {
        self.elsewhere(move |root| found(read(&path(root, digest)))).await
    }

    pub(super) async fn remove(&self, digest: Digest) -> Result<Option<u64>, PlaceError> {
        self.elsewhere(move |root| {
            let path = path(root, digest);
            found(fs::metadata(&path).and_then(|metadata| fs::remove_file(&path).map(|()| metadata.len())))
        })
        .await
    }

    pub(super) async fn list(&self) -> Result<Vec<(Digest, u64)>, PlaceError> {
        self.elsewhere(|root| {
            let mut all = Vec::new();
            for folder in fs::read_dir(root)? {
                let folder = folder?.path();
                if folder.is_dir() && !folder.ends_with(INCOMING) {
                    contents(&folder, &mut all)?;
                }
            }
            Ok(all)
        })
        .await
    }

    /// On a thread that may wait for the disk.
    async fn elsewhere<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Path) -> io::Result<T> + Send + 'static,
    ) -> Result<T, PlaceError> {
        let root = self.root.clone();
        let done = aside(move || work(&root)).await.flatten();
        done.map_err(|source| PlaceError::Folder { path: self.root.to_path_buf(), source })
    }
}

fn path(root: &Path, digest: Digest) -> PathBuf {
    let hex = digest.hex();
    let (folder, file) = hex.split_at(2);
    root.join(folder).join(file)
}

/// The digests that the names in one folder say.
fn contents(folder: &Path, all: &mut Vec<(Digest, u64)>) -> io::Result<()> {
    let first = folder.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let digest = name.to_str().and_then(|rest| format!("sha256:{first}{rest}").parse().ok());
        if let Some(digest) = digest {
            all.push((digest, entry.metadata()?.len()));
        }
    }
    Ok(())
}

fn write(path: &Path, contents: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(contents)?;
    file.sync_all()
}

/// The rename is what makes it be there; syncing the folders is what makes it stay.
fn move_in(incoming: &Path, path: &Path) -> io::Result<()> {
    let Some(folder) = path.parent() else { return Err(io::ErrorKind::InvalidInput.into()) };
    let is_new = !fs::exists(folder)?;
    make(folder)?;
    fs::rename(incoming, path)?;
    File::open(folder)?.sync_all()?;
    match folder.parent().filter(|_| is_new) {
        Some(root) => File::open(root)?.sync_all(),
        None => Ok(()),
    }
}

fn make(folder: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

/// One byte more than there may be, if there are more: its hash is then another.
fn read(path: &Path) -> io::Result<Bytes> {
    let mut contents = Vec::new();
    File::open(path)?.take(ARTIFACT_BYTES_MAX as u64 + 1).read_to_end(&mut contents)?;
    Ok(contents.into())
}

fn found<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}
