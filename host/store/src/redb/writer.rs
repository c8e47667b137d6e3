//! What is written, by one at a time: to the journal, or to the tables with all that came before, when the journal is full
//! or there is none. What has queued up while the last group was synced goes into the next, so the price of a sync is
//! shared by all who wait; one who is alone waits for nobody, and need not change threads.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use patchbay_failpoint as failpoint;
use redb::{Database, Durability};
use tokio::sync::{OwnedSemaphorePermit, mpsc, oneshot, watch};

use super::group::Group;
use super::head::Head;
use super::journal::{Journal, Record};
use super::room::Reserve;
use super::{QUEUE_BATCHES, RedbOptions};
use crate::{Batch, CommitError, Revision};

/// How often the writer lets others run, at most, while those whom it has just answered come back; some microseconds
/// each, so 2 ms at most where nothing else runs.
const TURNS: u32 = 1000;
/// So many in one group keep the writer busy while half of them are on their way back.
const MANY: usize = 16;
/// Nobody new in so many turns: nobody comes.
const QUIET_TURNS: u32 = 20;

type Answer = Result<Revision, CommitError>;

/// A batch and who waits for it.
pub(super) struct Job {
    pub(super) batch: Batch,
    /// With the answer goes the batch: whoever made it frees its memory, not the writer.
    pub(super) reply: oneshot::Sender<(Answer, Batch)>,
    /// Its part of the queue's bytes, given back with the answer.
    pub(super) room: OwnedSemaphorePermit,
}

/// Who writes, one at a time: the thread below for all that is queued, or a caller who is alone for itself.
pub(super) struct Writer {
    database: Arc<Database>,
    /// As the last commit left it.
    head: Head,
    /// Without one, every commit takes the tables to the disk.
    journal: Option<Journal>,
    /// Of the group that is being written.
    record: Record,
    was_alone: bool,
    options: RedbOptions,
    /// If the disk can be full.
    reserve: Option<Arc<Reserve>>,
    publish: watch::Sender<Revision>,
    /// Why nothing more is written. Never cleared: what a failed sync left on the disk only a new start can tell.
    stopped: Option<String>,
}

/// Writes what is queued until the queue is gone, and then takes the tables to the disk.
pub(super) fn spawn(
    writer: Arc<Mutex<Writer>>,
    jobs: mpsc::Receiver<Job>,
) -> std::io::Result<JoinHandle<Result<(), CommitError>>> {
    std::thread::Builder::new().name("patchbay-store".to_owned()).spawn(move || run(&writer, jobs))
}

fn run(writer: &Mutex<Writer>, mut jobs: mpsc::Receiver<Job>) -> Result<(), CommitError> {
    let mut group = Vec::new();
    let mut last = 0;
    while let Some(first) = jobs.blocking_recv() {
        let mut writer = lock(writer);
        group.push(first);
        linger(&jobs, last);
        while group.len() < QUEUE_BATCHES
            && let Ok(next) = jobs.try_recv()
        {
            group.push(next);
        }
        last = group.len();
        failpoint::at("store.group.taken");
        writer.settle(&mut group);
    }
    lock(writer).rest()
}

fn lock(writer: &Mutex<Writer>) -> MutexGuard<'_, Writer> {
    writer.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Lets as many queue up as were in the last group, or half of them if they were many: then the other half comes while
/// these are synced. Without this the first who is back would have a sync of its own, and all the others wait for it.
/// One who is alone waits for nobody.
fn linger(jobs: &mpsc::Receiver<Job>, last: usize) {
    let enough = if last < MANY { last } else { last / 2 };
    let (mut waiting, mut quiet) = (jobs.len(), 0);
    for _ in 0..TURNS {
        if waiting + 1 >= enough || quiet == QUIET_TURNS {
            return;
        }
        std::thread::yield_now();
        let now = jobs.len();
        quiet = if now > waiting { 0 } else { quiet + 1 };
        waiting = now;
    }
}

impl Writer {
    pub(super) fn new(
        database: Arc<Database>,
        (head, journal): (Head, Option<Journal>),
        options: RedbOptions,
        reserve: Option<Arc<Reserve>>,
        publish: watch::Sender<Revision>,
    ) -> Self {
        let record = Record::new();
        Self { database, head, journal, record, was_alone: true, options, reserve, publish, stopped: None }
    }

    /// Whether the last group was of one. If not, others follow whoever comes first now, and they can share a sync.
    pub(super) fn was_alone(&self) -> bool {
        self.was_alone
    }

    /// A group of one, for the caller to answer.
    pub(super) fn commit_alone(&mut self, batch: &Batch) -> Answer {
        let answer = self.commit(&[batch]).pop().unwrap_or_else(|| Err(super::writer_is_gone()));
        failpoint::at("store.answer.before");
        answer
    }

    /// Answers everyone, and only now: a refusal may rest on a batch of the same group, so it waits for the sync, too.
    fn settle(&mut self, group: &mut Vec<Job>) {
        let batches: Vec<&Batch> = group.iter().map(|job| &job.batch).collect();
        let answers = self.commit(&batches);
        self.was_alone = group.len() == 1;
        failpoint::at("store.answer.before");
        for (job, answer) in group.drain(..).zip(answers) {
            let Job { batch, reply, room } = job;
            // Room first, so that whoever has an answer finds it; and nobody may be left to hear the answer.
            drop(room);
            let _ = reply.send((answer, batch));
        }
        failpoint::at("store.answer.after");
    }

    fn commit(&mut self, group: &[&Batch]) -> Vec<Answer> {
        let answers = self.guarded(|writer| writer.write(group));
        answers.unwrap_or_else(|stopped| vec![Err(stopped); group.len()])
    }

    /// Takes the tables to the disk, so that the store needs no journal to be opened again.
    pub(super) fn rest(&mut self) -> Result<(), CommitError> {
        self.guarded(|writer| {
            if writer.head.journal.is_none() {
                return Ok(());
            }
            let mut transaction = writer.database.begin_write()?;
            transaction.set_quick_repair(true);
            let head = Group::new(&transaction, writer.head.clone(), &writer.options).finish(None)?;
            transaction.commit()?;
            (writer.head, writer.journal) = (head, None);
            failpoint::at("store.close.rested");
            Ok(())
        })
    }

    /// An error of the file is the end of all writing.
    fn guarded<T>(
        &mut self,
        work: impl FnOnce(&mut Self) -> Result<T, redb::Error>,
    ) -> Result<T, CommitError> {
        let cause = match self.stopped.clone() {
            Some(cause) => cause,
            // What a panic leaves of a transaction nobody uses: nothing is written after it.
            None => match catch_unwind(AssertUnwindSafe(|| work(self))) {
                Ok(Ok(done)) => return Ok(done),
                Ok(Err(error)) => self.stop(error.to_string()),
                Err(_) => self.stop("the database panicked, as on a damaged file".to_owned()),
            },
        };
        Err(CommitError::Stopped { cause })
    }

    fn write(&mut self, group: &[&Batch]) -> Result<Vec<Answer>, redb::Error> {
        let ample = self.reserve.as_ref().is_none_or(|reserve| reserve.is_ample());
        let mut transaction = self.database.begin_write()?;
        failpoint::at("store.write.begun");
        let mut writes =
            Group::new(&transaction, self.head.clone(), &self.options).recorded(&mut self.record);
        let answers = group.iter().map(|batch| match ample || batch.is_essential() {
            true => writes.apply(batch),
            false => Ok(Err(CommitError::Full)),
        });
        let answers: Vec<Answer> = answers.collect::<Result<_, _>>()?;
        failpoint::at("store.write.applied");
        if answers.iter().all(Result::is_err) {
            drop(writes);
            transaction.abort()?;
            return Ok(answers);
        }
        // A place in the journal, or the tables to the disk and the journal from its beginning.
        let fits = |journal: &&mut Journal| writes.record().is_some_and(|record| journal.takes(record));
        let head = match self.journal.as_mut().filter(fits) {
            Some(journal) => {
                let head = writes.finish(self.head.journal)?;
                transaction.set_durability(Durability::None)?;
                fails_here()?;
                journal.append(&mut self.record, self.head.revision)?;
                failpoint::at("store.journal.written");
                transaction.commit()?;
                head
            }
            None => {
                let mark = self.journal.as_mut().map(announce).transpose()?;
                if mark.is_some() {
                    writes.format()?;
                }
                let head = writes.finish(mark)?;
                transaction.set_quick_repair(true);
                fails_here()?;
                transaction.commit()?;
                if let (Some(journal), Some(mark)) = (&mut self.journal, mark) {
                    journal.begin(mark);
                    failpoint::at("store.journal.begun");
                }
                head
            }
        };
        failpoint::at("store.commit.after");
        self.publish.send_replace(head.revision);
        failpoint::at("store.commit.published");
        self.head = head;
        Ok(answers)
    }

    fn stop(&mut self, cause: String) -> String {
        tracing::error!(%cause, "the store has stopped: nothing more is written until the host is started again");
        self.stopped = Some(cause.clone());
        // Never closed, as after a kill: what redb does at the end to a file that failed it can end the process.
        std::mem::forget(self.database.clone());
        cause
    }
}

/// Makes the journal ready for tables with a mark that no record has yet.
fn announce(journal: &mut Journal) -> Result<u64, redb::Error> {
    let mut mark = [0; 8];
    getrandom::fill(&mut mark).map_err(std::io::Error::other)?;
    let mark = u64::from_be_bytes(mark);
    journal.announce(mark)?;
    failpoint::at("store.journal.announced");
    Ok(mark)
}

/// Where a test breaks a commit.
fn fails_here() -> Result<(), redb::Error> {
    match failpoint::fails("store.commit.before") {
        true => Err(redb::Error::Io(std::io::Error::other("a failpoint"))),
        false => Ok(()),
    }
}
