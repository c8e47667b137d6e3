//! Where a journal lies.

use std::path::{Path, PathBuf};

use redb::StorageBackend;

use super::super::open::{self, OpenError};

#[derive(Debug)]
pub(in crate::redb) enum Place {
    /// In a file of its own beside the store's.
    File(PathBuf),
    /// Wherever a test has put it.
    Backend(Box<dyn StorageBackend>),
}

impl Place {
    /// As `store.redb.journal`.
    pub(in crate::redb) fn beside(store: &Path) -> Self {
        let mut name = store.as_os_str().to_owned();
        name.push(".journal");
        Self::File(name.into())
    }

    /// What errors call it.
    pub(in crate::redb) fn path(&self) -> PathBuf {
        match self {
            Self::File(path) => path.clone(),
            Self::Backend(_) => PathBuf::from("(backend of the journal)"),
        }
    }

    /// The file, made if it may be missing.
    ///
    /// # Errors
    /// [`OpenError::NoJournal`] if records `follow` and the file is not there.
    pub(in crate::redb) fn open(
        self,
        store: &Path,
        follow: bool,
    ) -> Result<Box<dyn StorageBackend>, OpenError> {
        match self {
            Self::Backend(backend) => Ok(backend),
            Self::File(path) => {
                let failed = |source| OpenError::Io { path: path.clone(), source };
                if follow && !path.try_exists().map_err(failed)? {
                    return Err(OpenError::NoJournal { path: store.to_owned(), journal: path });
                }
                let file = open::file(&path)?;
                Ok(Box::new(open::backend(&path, file)?))
            }
        }
    }
}
