//! The one thread that writes. What has queued up while the last transaction was synced goes into the next, so the
//! price of a sync is shared by all who wait, and one who is alone waits for nobody.

use std::sync::Arc;
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

pub(super) struct Writer {
    database: Arc<Database>,
    /// As the last durable commit left it.
    head: Head,
    options: RedbOptions,
    /// If the disk can be full.
    reserve: Option<Arc<Reserve>>,
    jobs: mpsc::Receiver<Job>,
    publish: watch::Sender<Revision>,
    /// Why nothing more is written. Never cleared: what a failed sync left on the disk only a new start can tell.
    stopped: Option<String>,
}

impl Writer {
    pub(super) fn new(
        database: Arc<Database>,
        head: Head,
        options: RedbOptions,
        reserve: Option<Arc<Reserve>>,
        jobs: mpsc::Receiver<Job>,
        publish: watch::Sender<Revision>,
    ) -> Self {
        Self { database, head, options, reserve, jobs, publish, stopped: None }
    }

    pub(super) fn spawn(self) -> std::io::Result<JoinHandle<()>> {
        std::thread::Builder::new().name("patchbay-store".to_owned()).spawn(move || self.run())
    }

    fn run(mut self) {
        let mut group = Vec::new();
        let mut last = 0;
        while let Some(first) = self.jobs.blocking_recv() {
            group.push(first);
            self.linger(last);
            while group.len() < QUEUE_BATCHES
                && let Ok(next) = self.jobs.try_recv()
            {
                group.push(next);
            }
            last = group.len();
            failpoint::at("store.group.taken");
            self.settle(&mut group);
        }
    }

    /// Lets as many queue up as were in the last group. Without this the first who is back would have a sync of its own,
    /// and all the others wait for it. One who is alone waits for nobody.
    fn linger(&self, last: usize) {
        let (mut waiting, mut quiet) = (self.jobs.len(), 0);
        for _ in 0..TURNS {
            if waiting + 1 >= last || quiet == QUIET_TURNS {
                return;
            }
            std::thread::yield_now();
            let now = self.jobs.len();
            quiet = if now > waiting { 0 } else { quiet + 1 };
            waiting = now;
        }
    }

    /// Answers everyone, and only now: a refusal may rest on a batch of the same group, so it waits for the sync, too.
    fn settle(&mut self, group: &mut Vec<Job>) {
        let answers = self.commit(group);
        failpoint::at("store.answer.before");
        for (job, answer) in group.drain(..).zip(answers) {
            let Job { reply, room, .. } = job;
            // Room first, so that whoever has an answer finds it; and nobody may be left to hear the answer.
            drop(room);
            let _ = reply.send(answer);
        }
        failpoint::at("store.answer.after");
    }

    fn commit(&mut self, group: &[Job]) -> Vec<Answer> {
        let cause = match self.stopped.clone() {
            Some(cause) => cause,
            None => match self.write(group) {
                Ok(answers) => return answers,
                Err(error) => self.stop(&error),
            },
        };
        vec![Err(CommitError::Stopped { cause }); group.len()]
    }

    fn write(&mut self, group: &[Job]) -> Result<Vec<Answer>, redb::Error> {
        let ample = self.reserve.as_ref().is_none_or(|reserve| reserve.is_ample());
        let mut transaction = self.database.begin_write()?;
        transaction.set_quick_repair(true);
        failpoint::at("store.write.begun");
        let mut writes = Group::new(&transaction, self.head.clone(), &self.options);
        let answers = group.iter().map(|job| match ample || job.batch.is_essential() {
            true => writes.apply(&job.batch),
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

    fn stop(&mut self, error: &redb::Error) -> String {
        let cause = error.to_string();
        tracing::error!(%cause, "the store has stopped: nothing more is written until the host is started again");
        self.stopped = Some(cause.clone());
        cause
    }
}
