//! What is written, by one at a time. What has queued up while the last transaction was synced goes into the next, so the
//! price of a sync is shared by all who wait; one who is alone waits for nobody, and need not change threads.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use patchbay_failpoint as failpoint;
use redb::Database;
use tokio::sync::{OwnedSemaphorePermit, mpsc, oneshot, watch};

use super::group::Group;
use super::head::Head;
use super::room::Reserve;
use super::{QUEUE_BATCHES, RedbOptions};
use crate::{Batch, CommitError, Revision};

/// How often the writer lets others run, at most, while those whom it has just answered come back; some microseconds
/// each, so 2 ms at most where nothing else runs.
const TURNS: u32 = 1000;
/// Nobody new in so many turns: nobody comes.
const QUIET_TURNS: u32 = 20;

type Answer = Result<Revision, CommitError>;

/// A batch and who waits for it.
pub(super) struct Job {
    pub(super) batch: Batch,
    pub(super) reply: oneshot::Sender<Answer>,
    /// Its part of the queue's bytes, given back with the answer.
    pub(super) room: OwnedSemaphorePermit,
}

/// Who writes, one at a time: the thread below for all that is queued, or a caller who is alone for itself.
pub(super) struct Writer {
    database: Arc<Database>,
    /// As the last durable commit left it.
    head: Head,
    options: RedbOptions,
    /// If the disk can be full.
    reserve: Option<Arc<Reserve>>,
    publish: watch::Sender<Revision>,
    /// Why nothing more is written. Never cleared: what a failed sync left on the disk only a new start can tell.
    stopped: Option<String>,
}

/// Writes what is queued until the queue is gone.
pub(super) fn spawn(
    writer: Arc<Mutex<Writer>>,
    jobs: mpsc::Receiver<Job>,
) -> std::io::Result<JoinHandle<()>> {
    std::thread::Builder::new().name("patchbay-store".to_owned()).spawn(move || run(&writer, jobs))
}

fn run(writer: &Mutex<Writer>, mut jobs: mpsc::Receiver<Job>) {
    let mut group = Vec::new();
    let mut last = 0;
    while let Some(first) = jobs.blocking_recv() {
        let mut writer = writer.lock().unwrap_or_else(PoisonError::into_inner);
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
}

/// Lets as many queue up as were in the last group. Without this the first who is back would have a sync of its own,
/// and all the others wait for it. One who is alone waits for nobody.
fn linger(jobs: &mpsc::Receiver<Job>, last: usize) {
    let (mut waiting, mut quiet) = (jobs.len(), 0);
    for _ in 0..TURNS {
        if waiting + 1 >= last || quiet == QUIET_TURNS {
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
        head: Head,
        options: RedbOptions,
        reserve: Option<Arc<Reserve>>,
        publish: watch::Sender<Revision>,
    ) -> Self {
        Self { database, head, options, reserve, publish, stopped: None }
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
        failpoint::at("store.answer.before");
        for (job, answer) in group.drain(..).zip(answers) {
            let Job { reply, room, .. } = job;
            // Room first, so that whoever has an answer finds it; and nobody may be left to hear the answer.
            drop(room);
            let _ = reply.send(answer);
        }
        failpoint::at("store.answer.after");
    }

    fn commit(&mut self, group: &[&Batch]) -> Vec<Answer> {
        let cause = match self.stopped.clone() {
            Some(cause) => cause,
            // What a panic leaves of a transaction nobody uses: nothing is written after it.
            None => match catch_unwind(AssertUnwindSafe(|| self.write(group))) {
                Ok(Ok(answers)) => return answers,
                Ok(Err(error)) => self.stop(error.to_string()),
                Err(_) => self.stop("the database panicked, as on a damaged file".to_owned()),
            },
        };
        vec![Err(CommitError::Stopped { cause }); group.len()]
    }

    fn write(&mut self, group: &[&Batch]) -> Result<Vec<Answer>, redb::Error> {
        let ample = self.reserve.as_ref().is_none_or(|reserve| reserve.is_ample());
        let mut transaction = self.database.begin_write()?;
        transaction.set_quick_repair(true);
        failpoint::at("store.write.begun");
        let mut writes = Group::new(&transaction, self.head.clone(), &self.options);
        let answers = group.iter().map(|batch| match ample || batch.is_essential() {
            true => writes.apply(batch),
            false => Ok(Err(CommitError::Full)),
        });
        let answers = answers.collect::<Result<_, _>>()?;
        failpoint::at("store.write.applied");
        let head = writes.finish()?;
        if head == self.head {
            transaction.abort()?;
            return Ok(answers);
        }
        if failpoint::fails("store.commit.before") {
            return Err(redb::Error::Io(std::io::Error::other("a failpoint")));
        }
        transaction.commit()?;
        failpoint::at("store.commit.after");
        self.publish.send_replace(head.revision);
        failpoint::at("store.commit.published");
        self.head = head;
        Ok(answers)
    }

    fn stop(&mut self, cause: String) -> String {
        tracing::error!(%cause, "the store has stopped: nothing more is written until the host is started again");
        self.stopped = Some(cause.clone());
        cause
    }
}
