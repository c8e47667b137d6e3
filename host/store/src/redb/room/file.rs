//! Room for a file: blocks by `fallocate`, and a ballast in a file beside it. It must not know what is in the file.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rustix::fs::{FallocateFlags, fallocate, fstatvfs};

use super::Room;

/// The ballast is put aside only if so many bytes are left then, so that it is not given up again at once.
const MARGIN_BYTES: u64 = 16 << 20;

/// What a file's `blocks` are counted in, whatever the disk's own are.
const BLOCK_BYTES: u64 = 512;

#[derive(Debug)]
pub(in crate::redb) struct FileRoom {
    file: File,
    ballast: PathBuf,
}

impl FileRoom {
    /// For the store's file at `path`; the ballast lies beside it, as `store.redb.ballast`.
    pub(in crate::redb) fn new(file: File, path: &Path) -> Self {
        let mut name = path.as_os_str().to_owned();
        name.push(".ballast");
        Self { file, ballast: name.into() }
    }
}

impl Room for FileRoom {
    fn reserve(&self, offset: u64, bytes: u64) -> io::Result<()> {
        Ok(fallocate(&self.file, FallocateFlags::KEEP_SIZE, offset, bytes)?)
    }

    fn set_ballast_aside(&self, bytes: u64) -> io::Result<()> {
        let ballast = OpenOptions::new().write(true).create(true).truncate(false).open(&self.ballast)?;
        if has_blocks(&ballast, bytes)? {
            return Ok(());
        }
        ballast.set_len(0)?;
        let disk = fstatvfs(&ballast)?;
        if disk.f_bavail.saturating_mul(disk.f_frsize) < bytes.saturating_add(MARGIN_BYTES) {
            return Err(io::ErrorKind::StorageFull.into());
        }
        if bytes == 0 {
            return Ok(());
        }
        let aside = fallocate(&ballast, FallocateFlags::empty(), 0, bytes);
        if aside.is_err() {
            // What it took on the way is given back.
            ballast.set_len(0)?;
        }
        Ok(aside?)
    }

    fn free_ballast(&self) -> io::Result<()> {
        match OpenOptions::new().write(true).open(&self.ballast) {
            Ok(ballast) => ballast.set_len(0),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(error),
        }
    }
}

/// Whether so many bytes have blocks, and not only a length.
fn has_blocks(ballast: &File, bytes: u64) -> io::Result<bool> {
    let found = ballast.metadata()?;
    Ok(found.len() == bytes && found.blocks() * BLOCK_BYTES >= bytes)
}
