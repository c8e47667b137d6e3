//! Groups of batches that touch the same rows of two tables, against a map: each batch is as if it had come alone.

use std::collections::BTreeMap;

use fastrand::Rng;
use futures_util::future::join_all;
use patchbay_store::{
    Batch, CommitError, Key, Record, RedbOptions, RedbStore, Revision, Store, StoreExt, Table,
};
use serde::{Deserialize, Serialize};

use super::disk::Disk;
use super::{Note, note};

/// Rows of each table, and two more. Few, so that batches of one group meet.
const ROWS: u64 = 12;
const ROUNDS: usize = 150;
/// Small, so that it is full at times.
const JOURNAL_BYTES: u64 = 64 << 10;

/// A row of the other table.
#[derive(Serialize, Deserialize)]
struct Tag {
    number: u64,
    text: String,
}

impl Record for Tag {
    const TABLE: Table = Table("tags");
    const VERSION: u8 = 1;

    fn key(&self) -> Key {
        tag_key(self.number)
    }
}

fn tag_key(number: u64) -> Key {
    Key::new().number(number)
}

fn note_key(number: u64) -> Key {
    note("a", number, "").key()
}

/// By table (is it the notes') and number.
type Rows = BTreeMap<(bool, u64), (u64, String)>;

/// What there should be.
#[derive(Default)]
struct Model {
    rows: Rows,
    revision: u64,
}

impl Model {
    /// A batch, and what is to be answered.
    fn batch(&mut self, random: &mut Rng) -> (Batch, Option<Revision>) {
        let (mut batch, mut after, mut holds) = (Batch::new(), self.rows.clone(), true);
        let revision = self.revision + 1;
        for _ in 0..random.usize(..3) {
            let of = (random.bool(), random.u64(..ROWS));
            let found = self.rows.get(&of).map(|(revision, _)| *revision);
            // Mostly as it is.
            let expected = if random.u8(..4) > 0 { found } else { Some(random.u64(..revision)) };
            holds &= expected == found;
            batch = match (of, expected.map(Revision)) {
                ((true, number), None) => batch.require_absent::<Note>(&note_key(number)),
                ((true, number), Some(revision)) => {
                    batch.require_revision::<Note>(&note_key(number), revision)
                }
                ((false, number), None) => batch.require_absent::<Tag>(&tag_key(number)),
                ((false, number), Some(revision)) => {
                    batch.require_revision::<Tag>(&tag_key(number), revision)
                }
            };
        }
        let first = random.u64(..ROWS);
        for number in first..first + random.u64(..4) {
            let (is_note, text) = (random.bool(), "x".repeat(random.usize(..300)));
            batch = match (is_note, random.u8(..3) > 0) {
                (true, true) => batch.put(&note("a", number, &text)).expect("a note is JSON"),
                (false, true) => batch.put(&Tag { number, text: text.clone() }).expect("a tag is JSON"),
                (true, false) => batch.delete::<Note>(&note_key(number)),
                (false, false) => batch.delete::<Tag>(&tag_key(number)),
            };
            match batch.writes().last().is_some_and(|write| write.value.is_some()) {
                true => after.insert((is_note, number), (revision, text)),
                false => after.remove(&(is_note, number)),
            };
        }
        if holds {
            (self.rows, self.revision) = (after, revision);
        }
        (batch, holds.then_some(Revision(revision)))
    }
}

async fn found(store: &RedbStore) -> Rows {
    let notes = store.list::<Note>(Key::new().prefix(), usize::MAX).await.expect("readable");
    let tags = store.list::<Tag>(Key::new().prefix(), usize::MAX).await.expect("readable");
    let notes = notes.into_iter().map(|row| ((true, row.record.number), (row.revision.0, row.record.text)));
    let tags = tags.into_iter().map(|row| ((false, row.record.number), (row.revision.0, row.record.text)));
    notes.chain(tags).collect()
}

fn open(disk: &Disk) -> RedbStore {
    let options = RedbOptions { journal_bytes: JOURNAL_BYTES, ..RedbOptions::default() };
    RedbStore::with_parts(disk.clone(), Some(Box::new(disk.journal())), None, options)
        .expect("the disk is sound")
}

#[tokio::test]
async fn each_batch_of_a_group_is_as_if_it_had_come_alone() {
    for seed in 0..4 {
        let (mut random, disk, mut model) = (Rng::with_seed(seed), Disk::new(seed), Model::default());
        let store = open(&disk);
        for round in 0..ROUNDS {
            let (batches, expected): (Vec<_>, Vec<_>) =
                (0..random.usize(1..40)).map(|_| model.batch(&mut random)).unzip();
            let answers = join_all(batches.into_iter().map(|batch| store.commit(batch))).await;
            let answers: Vec<_> = answers
                .into_iter()
                .map(|answer| match answer {
                    Ok(revision) => Some(revision),
                    Err(CommitError::Conflict { .. }) => None,
                    Err(error) => panic!("seed {seed}, round {round}: {error}"),
                })
                .collect();
            assert_eq!(answers, expected, "seed {seed}, round {round}");
            assert_eq!(found(&store).await, model.rows, "seed {seed}, round {round}");
            if round % 10 == 0 {
                // As a kill would leave it.
                assert_eq!(found(&open(&disk.copy())).await, model.rows, "seed {seed}, round {round}, left");
            }
        }
        store.close().await.expect("a sound store closes");
        assert_eq!(found(&open(&disk)).await, model.rows, "seed {seed}, closed");
    }
}
