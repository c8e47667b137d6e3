//! From a program's name to its file. It must not know who may start it.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use rustix::fs::{Access, access};

use crate::command::shown;

/// Why a program was not found.
#[derive(Debug, thiserror::Error)]
pub enum FindError {
    #[error("{0:?} is no program: expected a name that is looked for in PATH, or an absolute path")]
    Name(String),
    #[error("program {0:?} is in none of the folders of PATH: install it, or name it by its absolute path")]
    NotInPath(String),
    #[error("{0:?} is no file that this user may execute: check the path and its permissions")]
    NotExecutable(String),
}

/// The file of `program`: a name without a slash, looked for in the absolute folders of `path`, or an absolute path.
///
/// # Errors
/// It is neither of both, or there is no such file that may be executed.
pub fn find(program: &str, path: Option<&OsStr>) -> Result<PathBuf, FindError> {
    match program {
        "" | "." | ".." => Err(FindError::Name(shown(program))),
        _ if program.contains('\0') => Err(FindError::Name(shown(program))),
        _ if program.starts_with('/') => absolute(program),
        _ if program.contains('/') => Err(FindError::Name(shown(program))),
        _ => in_path(program, path.unwrap_or_default()),
    }
}

fn absolute(program: &str) -> Result<PathBuf, FindError> {
    let file = PathBuf::from(program);
    if is_executable(&file) { Ok(file) } else { Err(FindError::NotExecutable(shown(program))) }
}

/// A folder that is not absolute would depend on where the host was started: it is passed over.
fn in_path(program: &str, path: &OsStr) -> Result<PathBuf, FindError> {
    let folders = std::env::split_paths(path).filter(|folder| folder.is_absolute());
    let mut files = folders.map(|folder| folder.join(program));
    files.find(|file| is_executable(file)).ok_or_else(|| FindError::NotInPath(shown(program)))
}

fn is_executable(file: &Path) -> bool {
    file.is_file() && access(file, Access::EXEC_OK).is_ok()
}

#[cfg(test)]
mod tests;
