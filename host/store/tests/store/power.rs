//! Power losses at random moments, some of them while the store recovers from the one before. What was acknowledged,
//! or seen after an opening, is there from then on; what was not is there whole or not at all.

use std::collections::BTreeMap;

use fastrand::Rng;
use futures_util::future::join_all;
use patchbay_store::{
    Batch, CommitError, Key, LogOptions, OpenError, ReadError, Record, RedbOptions, RedbStore, Revision,
    Store, StoreExt,
};

use redb::StorageBackend;

use super::disk::Disk;
use super::notes::{Note, event, note, put, report};

const NOTES: u64 = 12;
/// A few dozen batches fill it, and some find no room in it at all.
const JOURNAL_BYTES: u64 = 48 << 10;

/// What the store may show.
#[derive(Default)]
struct Model {
    notes: BTreeMap<u64, Versions>,
    /// Batches sent, and batches known to be durable, of which each has one event and one report.
    sent: u64,
    durable: u64,
    /// The last that was answered.
    revision: Revision,
}

/// Of one note: the number of the batch that was last known to be durable, and of the last that was sent.
#[derive(Clone, Copy, Default, Debug)]
struct Versions {
    durable: u64,
    sent: u64,
}

/// What was found that must not be.
pub(crate) type Loss = String;

fn options() -> RedbOptions {
    let log = LogOptions { segment_bytes: 2000, segments: 3 };
    RedbOptions { events: log, audit: log, journal_bytes: JOURNAL_BYTES, ..RedbOptions::default() }
}

/// Of two disks, one has a journal on it.
fn open(disk: &Disk, seed: u64) -> Result<RedbStore, OpenError> {
    let journal = seed.is_multiple_of(2).then(|| Box::new(disk.journal()) as Box<dyn StorageBackend>);
    RedbStore::with_parts(disk.clone(), journal, None, options())
}

/// So many losses of one disk, of whose syncs one in `lies` is a lie. Answers how many of the losses hit a store that was
/// being opened.
pub(crate) async fn run(seed: u64, losses: u64, lies: u8) -> Result<u64, Loss> {
    let mut random = Rng::with_seed(seed);
    let (mut disk, mut model, mut recoveries) = (Disk::new(seed), Model::default(), 0);
    disk.lie(lies);
    for _ in 0..losses {
        let early = random.bool();
        if early {
            disk.power_goes_after(random.u64(..24));
        }
        let opened = open(&disk, seed);
        recoveries += u64::from(!disk.has_power());
        match opened {
            Ok(store) => {
                disk.power_goes_after(random.u64(1..200));
                work(&store, &mut model, &mut random).await?;
                let _ = store.close().await;
            }
            Err(_) if early => {}
            Err(error) => return Err(format!("does not open: {error}")),
        }
        disk = disk.after_power_loss();
        disk = verify(disk, seed, lies > 0, &mut model).await?;
    }
    Ok(recoveries)
}

/// Writes until the power is gone, alone or several at a time.
async fn work(store: &RedbStore, model: &mut Model, random: &mut Rng) -> Result<(), Loss> {
    loop {
        let first = random.u64(..NOTES);
        let numbers = first..first + random.u64(1..5);
        let commits: Vec<_> = numbers.map(|number| (number, model.send(number))).collect();
        let answers = commits.iter().map(|(number, version)| store.commit(batch(*number, *version, random)));
        let answers = join_all(answers.collect::<Vec<_>>()).await;
        let mut stopped = false;
        for ((number, version), answer) in commits.into_iter().zip(answers) {
            match answer {
                Ok(revision) => model.acknowledge(number, version, revision),
                Err(CommitError::Stopped { .. }) => stopped = true,
                Err(error) => return Err(format!("no batch gives a reason for {error}")),
            }
        }
        if stopped {
            return Ok(());
        }
    }
}

/// Two rows that only make sense together, an event and a report.
fn batch(number: u64, version: u64, random: &mut Rng) -> Batch {
    let filler = "x".repeat([0, 10, 300, 9000][random.usize(..4)]);
    let text = format!("{version} {filler}");
    let batch = put(&note("left", number, &text)).put(&note("right", number, &text)).expect("a note is JSON");
    batch.event(event(&version.to_string())).report(report(&version.to_string()))
}

/// Opens what the loss left, compares, and hands the disk on, as it was before.
async fn verify(disk: Disk, seed: u64, lied: bool, model: &mut Model) -> Result<Disk, Loss> {
    let store = open(&disk.copy(), seed).map_err(|error| format!("does not open: {error}"))?;
    let found = compare(&store, model).await;
    if lied {
        // redb's close of a file that its disk has lied about can end the process.
        std::mem::forget(store);
        return found.map(|()| disk);
    }
    store.close().await.map_err(|error| format!("does not close: {error}"))?;
    found.map(|()| disk)
}

async fn compare(store: &RedbStore, model: &mut Model) -> Result<(), Loss> {
    let unreadable = |error: ReadError| error.to_string();
    for (number, versions) in &mut model.notes {
        let left = version(store, "left", *number).await?;
        let right = version(store, "right", *number).await?;
        if left != right || left < versions.durable || left > versions.sent {
            return Err(format!("note {number}: left {left}, right {right}, expected {versions:?}"));
        }
        versions.durable = left;
    }
    let revision = *store.watch().borrow();
    let waiting = store.waiting().await.map_err(unreadable)?;
    let newest = store.last_events(1).await.map_err(unreadable)?.first().map_or(0, |(sequence, _)| *sequence);
    if waiting < model.durable || waiting > model.sent || newest != waiting || revision < model.revision {
        return Err(format!(
            "{waiting} reports, event {newest}, {revision:?}: {} were durable of {} sent, the last answer was {:?}",
            model.durable, model.sent, model.revision
        ));
    }
    model.durable = waiting;
    let notes = store.list::<Note>(Key::new().prefix(), usize::MAX).await.map_err(unreadable)?;
    let unsent = notes.iter().find(|stored| !model.notes.contains_key(&stored.record.number));
    unsent.map_or(Ok(()), |stored| Err(format!("nobody sent {:?}", stored.record)))
}

/// Zero if there is no such note.
async fn version(store: &RedbStore, shelf: &str, number: u64) -> Result<u64, Loss> {
    let key = note(shelf, number, "").key();
    let stored = store.read::<Note>(&key).await.map_err(|error| error.to_string())?;
    let Some(stored) = stored else { return Ok(0) };
    let version = stored.record.text.split(' ').next().and_then(|word| word.parse().ok());
    version.ok_or(format!("nobody sent {:?}", stored.record))
}

impl Model {
    fn send(&mut self, number: u64) -> u64 {
        self.sent += 1;
        self.notes.entry(number).or_default().sent = self.sent;
        self.sent
    }

    fn acknowledge(&mut self, number: u64, version: u64, revision: Revision) {
        self.durable += 1;
        self.revision = self.revision.max(revision);
        self.notes.entry(number).or_default().durable = version;
    }
}
