//! What the batches of a group write, put off until its end, or until somebody looks at the table: rows that lie beside each
//! other are written one after the other, and of what was put off for one row only the last. It must not know whether a
//! row may be written.

use crate::Revision;

/// A row's new value, or `None` if it is to go.
pub(super) struct Change<'txn> {
    pub(super) key: &'txn [u8],
    pub(super) value: Option<&'txn [u8]>,
    pub(super) revision: Revision,
}

/// By table, of which a group has about ten.
#[derive(Default)]
pub(super) struct Later<'txn>(Vec<(&'txn str, Vec<Change<'txn>>)>);

impl<'txn> Later<'txn> {
    pub(super) fn put_off(&mut self, table: &'txn str, change: Change<'txn>) {
        match self.0.iter_mut().find(|(known, _)| *known == table) {
            Some((_, changes)) => changes.push(change),
            None => self.0.push((table, vec![change])),
        }
    }

    /// What was put off for this table, in the order of its keys.
    pub(super) fn take(&mut self, table: &str) -> impl Iterator<Item = Change<'txn>> + use<'txn> {
        let place = self.0.iter().position(|(known, _)| *known == table);
        in_order(place.map(|place| self.0.swap_remove(place).1).unwrap_or_default())
    }

    /// A table for which something was put off.
    pub(super) fn first(&self) -> Option<&'txn str> {
        self.0.first().map(|(table, _)| *table)
    }
}

fn in_order(mut changes: Vec<Change<'_>>) -> impl Iterator<Item = Change<'_>> {
    // Stable: of one row, the last change stays the last.
    changes.sort_by(|one, other| one.key.cmp(other.key));
    let mut changes = changes.into_iter().peekable();
    std::iter::from_fn(move || {
        let mut change = changes.next()?;
        while let Some(later) = changes.next_if(|later| later.key == change.key) {
            change = later;
        }
        Some(change)
    })
}
