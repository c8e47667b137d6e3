//! The beginning of a store's life: what its journal holds beyond its tables is applied to them.

use std::io;
use std::path::Path;

use patchbay_failpoint as failpoint;
use redb::Database;

use super::group::Group;
use super::head::Head;
use super::journal::{self, BYTES_MIN, Journal, Place, Step};
use super::{OpenError, RedbOptions, open};

/// The head with which the store begins, and its journal; none if none is wanted or there is no room for one, so that each
/// commit takes the tables to the disk. Nothing is written if the store was closed and its journal is as it should be.
pub(super) fn recover(
    path: &Path,
    database: &Database,
    mut head: Head,
    place: Place,
    options: &RedbOptions,
) -> Result<(Head, Option<Journal>), OpenError> {
    let wanted = options.journal_bytes;
    if wanted == 0 && head.journal.is_none() {
        return Ok((head, None));
    }
    let at = place.path();
    let failed = |source| open::from_io(&at, source);
    let file = place.open(path, head.journal.is_some())?;
    let bytes = journal::read(&*file, head.journal.is_some()).map_err(failed)?;
    let length = wanted.max(BYTES_MIN);
    let is_made = wanted > 0 && journal::is_made(&*file, &bytes, length).map_err(failed)?;
    if let Some(mark) = head.journal {
        let steps = journal::follow(&bytes, mark, head.revision).map_err(|unfit| OpenError::Journal {
            path: path.to_owned(),
            journal: at.clone(),
            cause: unfit.to_string(),
        })?;
        if !is_made || !steps.is_empty() {
            head = apply(database, head, &steps, options).map_err(|error| open::from_write(path, error))?;
        }
    }
    failpoint::at("store.open.recovered");
    if wanted == 0 {
        return Ok((head, None));
    }
    if !is_made {
        match journal::make(&*file, length) {
            Err(error) if error.kind() == io::ErrorKind::StorageFull => {
                tracing::warn!(
                    "the disk has no room for the store's journal: commits are slower until the next start"
                );
                return Ok((head, None));
            }
            made => made.map_err(failed)?,
        }
    }
    let known = head.journal.and_then(|mark| journal::label_of(&bytes, mark));
    Ok((head, Some(Journal::new(file, length, known))))
}

/// In one transaction, durable. After it no journal follows.
fn apply(
    database: &Database,
    head: Head,
    steps: &[Step<'_>],
    options: &RedbOptions,
) -> Result<Head, redb::Error> {
    let mut transaction = database.begin_write()?;
    transaction.set_quick_repair(true);
    let mut group = Group::new(&transaction, head, options);
    for step in steps {
        group.again(*step)?;
    }
    let head = group.finish(None)?;
    transaction.commit()?;
    Ok(head)
}
