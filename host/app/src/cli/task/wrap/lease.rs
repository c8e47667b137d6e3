//! The lease of a wrapped task, from the side of whoever has it: renewed with each word, given up when the host refuses
//! one, or was not heard of for as long as it lasts. It must not know what runs.

use std::collections::VecDeque;
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use patchbay_admin::api::{ClaimTask, EndTask, LeaseTerm, SaidLine, TaskClaimed, TaskHeartbeat, TaskView};
use patchbay_process::Identity;
use patchbay_tasks::{StateName, TaskName};
use serde::de::DeserializeOwned;

use super::super::path;
use crate::cli::task::follow::asked_server;
use crate::cli::{Failure, output};
use crate::client::{ClientError, Request, ask_server};

/// Lines that wait to be sent. When there are as many nothing more is taken from the program, which waits.
const LINES_MAX: usize = 4_000;
/// Of them, so many are sent at once, and so many bytes.
const SENT_MAX: usize = 1_000;
const SENT_BYTES_MAX: usize = 512 << 10;
/// Between two words, if there is nothing to say: so soon it is heard that the task was stopped.
const BEAT: Duration = Duration::from_secs(1);
/// For one answer.
const ANSWER: Duration = Duration::from_secs(5);
/// After the host was not reached.
const PAUSE: Duration = Duration::from_millis(500);
/// Looks at a task that is about to be ready, and the time between them.
const LOOKS_MAX: u32 = 100;
const LOOK: Duration = Duration::from_millis(100);

/// Why the lease is gone.
pub(super) struct Lost(String);

pub(super) struct HostLease {
    dir: PathBuf,
    name: TaskName,
    fence: u64,
    /// As far as this process can know.
    until: Instant,
    heard: Instant,
    waiting: VecDeque<SaidLine>,
    /// Somebody was told that the host does not answer.
    told: bool,
}

/// The request that claims a task for this process.
pub(super) fn claim(name: &TaskName, agent: &str) -> Request {
    let own = Identity::own();
    let claim = ClaimTask { agent: agent.to_owned(), pid: own.pid, started: own.start_ticks };
    Request::submit(http::Method::POST, path(name, "/claim"), &claim)
}

/// Waits for a task that was begun anew, as long as nothing holds it.
pub(super) async fn until_ready(dir: &Path, name: &TaskName) -> Result<(), Failure> {
    for _ in 0..LOOKS_MAX {
        let task: TaskView = asked_server(dir, Request::get(path(name, ""))).await?;
        if task.stands.name() != StateName::Pending {
            return Ok(());
        }
        tokio::time::sleep(LOOK).await;
    }
    Err(Failure::new(format!("{name} does not become ready again"))
        .hint(format!("`patchbay task why {name}`")))
}

impl HostLease {
    pub(super) fn new(dir: &Path, name: &TaskName, claimed: &TaskClaimed) -> Self {
        let now = Instant::now();
        let until = now + Duration::from_millis(claimed.lease.lease_ms);
        Self {
            dir: dir.to_owned(),
            name: name.clone(),
            fence: claimed.fence,
            until,
            heard: now,
            waiting: VecDeque::new(),
            told: false,
        }
    }

    pub(super) fn room(&self) -> usize {
        LINES_MAX.saturating_sub(self.waiting.len()).min(SENT_MAX)
    }

    pub(super) fn say(&mut self, line: SaidLine) {
        self.waiting.push_back(line);
    }

    pub(super) fn has_said_all(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Says what waits to be said, or if that is nothing, now and then, that this process lives.
    pub(super) async fn renew(&mut self) -> Result<(), Lost> {
        if (self.waiting.is_empty() && self.heard.elapsed() < BEAT)
            || (self.told && self.heard.elapsed() < PAUSE)
        {
            return Ok(());
        }
        let count = self.next_count();
        let lines = self.waiting.iter().take(count).cloned().collect();
        let heartbeat = TaskHeartbeat { fence: self.fence, lines };
        let request = Request::submit(http::Method::POST, path(&self.name, "/heartbeat"), &heartbeat);
        let asked = Instant::now();
        if let Some(term) = self.asked::<LeaseTerm>(request).await? {
            self.waiting.drain(..count);
            // It was granted after it was asked for, so this is no later than the host's own end of it.
            self.until = asked + Duration::from_millis(term.lease_ms);
        }
        self.heard = Instant::now();
        Ok(())
    }

    /// What came of it, said until it is heard or the lease is over.
    pub(super) async fn end(&mut self, end: &EndTask) -> Result<TaskView, Lost> {
        let end = EndTask { fence: self.fence, ..end.clone() };
        loop {
            let request = Request::submit(http::Method::POST, path(&self.name, "/end"), &end);
            if let Some(task) = self.asked(request).await? {
                return Ok(task);
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// None: the host was not reached, and the lease lasts still.
    async fn asked<T: DeserializeOwned>(&mut self, request: Request) -> Result<Option<T>, Lost> {
        let left = self.until.saturating_duration_since(Instant::now());
        let answer = ask_server(&self.dir, request.within(ANSWER.min(left.max(PAUSE)))).await;
        let why = match answer {
            Ok(Some(answer)) => match answer.read() {
                Ok(read) => {
                    self.told = false;
                    return Ok(Some(read));
                }
                Err(error) => error.to_string(),
            },
            Err(ClientError::Refused(refusal)) if refusal.status < 500 => {
                return Err(Lost(format!("{}; the program was ended", refusal.message)));
            }
            Ok(None) => "no server is running".to_owned(),
            Err(error) => error.to_string(),
        };
        if Instant::now() >= self.until {
            let message = format!(
                "the lease of {} is lost: the host did not answer for as long as it lasts ({why}); the program was ended",
                self.name
            );
            return Err(Lost(message));
        }
        self.tell(&why, left);
        Ok(None)
    }

    fn tell(&mut self, why: &str, left: Duration) {
        if !std::mem::replace(&mut self.told, true) {
            let seconds = left.as_secs();
            output::note(&format!(
                "the host does not answer ({why}); the lease lasts {seconds} s more without it"
            ));
        }
    }

    fn next_count(&self) -> usize {
        let mut bytes = 0;
        let fits = |line: &&SaidLine| {
            let is_first = bytes == 0;
            bytes += line.text.len() + 1;
            is_first || bytes <= SENT_BYTES_MAX
        };
        self.waiting.iter().take(SENT_MAX).take_while(fits).count()
    }
}

impl fmt::Display for Lost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
