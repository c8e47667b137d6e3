//! A small file that is read with a limit, replaced whole, and written by one process at a time.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::path::Path;
use std::time::Duration;

const TEMPORARY: &str = ".write-";
const LOCK_SUFFIX: &str = "lock";
/// A writer holds its turn for milliseconds.
const TURN_TRIES_MAX: u32 = 50;
const TURN_PAUSE: Duration = Duration::from_millis(20);

/// The file; none if it is not there.
pub(crate) fn read(path: &Path, bytes_max: u64) -> io::Result<Option<Vec<u8>>> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut bytes = Vec::new();
    file.take(bytes_max + 1).read_to_end(&mut bytes)?;
    match bytes.len() as u64 > bytes_max {
        true => {
            Err(io::Error::new(io::ErrorKind::FileTooLarge, format!("it has more than {bytes_max} bytes")))
        }
        false => Ok(Some(bytes)),
    }
}

/// Puts `bytes` in the place of `path`, for good.
pub(crate) fn write(folder: &Path, path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = tempfile::Builder::new().prefix(TEMPORARY).tempfile_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    File::open(folder)?.sync_all()
}

/// The turn to write `path`, until the answer is dropped; none if another keeps it. What a writer that crashed left
/// half written is swept out. The file that is locked stays: whoever removed it would let two in.
pub(crate) fn turn(path: &Path) -> io::Result<Option<File>> {
    let lock = path.with_extension(LOCK_SUFFIX);
    let file = OpenOptions::new().create(true).truncate(false).write(true).open(lock)?;
    for _ in 0..TURN_TRIES_MAX {
        match file.try_lock() {
            Ok(()) => return sweep(path).map(|()| Some(file)),
            Err(TryLockError::WouldBlock) => pause(),
            Err(TryLockError::Error(error)) => return Err(error),
        }
    }
    Ok(None)
}

#[allow(clippy::disallowed_methods, reason = "another process is waited for, on a thread that may block")]
fn pause() {
    std::thread::sleep(TURN_PAUSE);
}

fn sweep(path: &Path) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with(TEMPORARY) {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}
