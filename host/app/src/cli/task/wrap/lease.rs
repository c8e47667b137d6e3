//! The lease of a wrapped task, from the side of whoever has it: renewed with each word, given up when the host refuses
//! it, or was not heard of for as long as it lasts. It must not know what runs.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use patchbay_admin::api::{ClaimTask, EndTask, LeaseTerm, SaidLine, TaskClaimed, TaskHeartbeat, TaskView};
use patchbay_process::Identity;
use patchbay_tasks::{StateName, TaskName};
use serde::de::DeserializeOwned;

use super::super::path;
use super::lines::Lines;
use crate::cli::task::follow::asked_server;
use crate::cli::{Failure, output};
use crate::client::{ClientError, Refusal, Request, ask_server};

/// Between two words, if there is nothing to say: so soon it is heard that the task was stopped.
const BEAT: Duration = Duration::from_secs(1);
/// For one answer.
const ANSWER: Duration = Duration::from_secs(5);
/// How long what came of it is said at least: a host may have to begin first.
const LAST_WORD: Duration = Duration::from_secs(10);
/// After the host was not reached.
const PAUSE: Duration = Duration::from_millis(500);
/// Looks at a task that is about to be ready, and the time between them.
const LOOKS_MAX: u32 = 100;
const LOOK: Duration = Duration::from_millis(100);
/// The host's words for a lease that is over.
const OVER: [&str; 2] = ["stale-fence", "no-task"];

/// Why the lease is gone.
pub(super) struct Lost(String);

pub(super) struct HostLease {
    dir: PathBuf,
    name: TaskName,
    fence: u64,
    /// As far as this process can know.
    until: Instant,
    heard: Instant,
    lines: Lines,
    /// Somebody was told that the host does not answer.
    told: bool,
}

/// What the host says to a word.
enum Heard<T> {
    Yes(T),
    /// The word makes no sense to it; the lease may last.
    No(Refusal),
    /// It was not reached, and the lease lasts still.
    Nothing,
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
    /// Claims a task for this process.
    pub(super) async fn claim(dir: &Path, name: &TaskName, agent: &str) -> Result<Self, Failure> {
        let own = Identity::own();
        let claim = ClaimTask { agent: agent.to_owned(), pid: own.pid, started: own.start_ticks };
        // It is granted after it is asked for, so this is no later than the host's own end of it.
        let asked = Instant::now();
        let request = Request::submit(http::Method::POST, path(name, "/claim"), &claim);
        let claimed: TaskClaimed = asked_server(dir, request).await?;
        Ok(Self {
            dir: dir.to_owned(),
            name: name.clone(),
            fence: claimed.fence,
            until: asked + Duration::from_millis(claimed.lease.lease_ms),
            heard: asked,
            lines: Lines::default(),
            told: false,
        })
    }

    pub(super) fn room(&self) -> usize {
        self.lines.room()
    }

    pub(super) fn say(&mut self, line: SaidLine) {
        self.lines.push(line);
    }

    pub(super) fn has_said_all(&self) -> bool {
        self.lines.is_empty()
    }

    /// Says what waits to be said, or if that is nothing, now and then, that this process lives.
    pub(super) async fn renew(&mut self) -> Result<(), Lost> {
        if (self.lines.is_empty() && self.heard.elapsed() < BEAT)
            || (self.told && self.heard.elapsed() < PAUSE)
        {
            return Ok(());
        }
        let lines = self.lines.next();
        let count = lines.len();
        let heartbeat = TaskHeartbeat { fence: self.fence, from: Some(self.lines.said()), lines };
        let request = Request::submit(http::Method::POST, path(&self.name, "/heartbeat"), &heartbeat);
        let asked = Instant::now();
        match self.asked::<LeaseTerm>(request).await? {
            Heard::Yes(term) => {
                self.lines.were_said(count);
                self.until = asked + Duration::from_millis(term.lease_ms);
            }
            Heard::No(refusal) if count > 0 => self.leave_out(count, &refusal),
            Heard::No(refusal) => self.is_lost(&refusal.message)?,
            Heard::Nothing => {}
        }
        self.heard = Instant::now();
        Ok(())
    }

    /// Lines that the host does not take end no program.
    fn leave_out(&mut self, count: usize, refusal: &Refusal) {
        self.lines.were_said(count);
        output::note(&format!(
            "{count} lines of {} are not in its log: the host refused them: {}",
            self.name,
            output::printable(&refusal.message)
        ));
    }

    /// What came of it, said until it is heard or the lease is over. The host hears it once, however often it is said.
    pub(super) async fn end(&mut self, end: &EndTask) -> Result<TaskView, Lost> {
        let end = EndTask { fence: self.fence, ..end.clone() };
        self.until = self.until.max(Instant::now() + LAST_WORD);
        loop {
            let request = Request::submit(http::Method::POST, path(&self.name, "/end"), &end);
            match self.asked(request).await? {
                Heard::Yes(task) => return Ok(task),
                Heard::No(refusal) => return Err(Lost(refusal.message)),
                Heard::Nothing => tokio::time::sleep(PAUSE).await,
            }
        }
    }

    /// No longer than the lease lasts.
    async fn asked<T: DeserializeOwned>(&mut self, request: Request) -> Result<Heard<T>, Lost> {
        let left = self.until.saturating_duration_since(Instant::now());
        let asking = ask_server(&self.dir, request);
        let why = match tokio::time::timeout(ANSWER.min(left), asking).await {
            Ok(Ok(Some(answer))) => match answer.read() {
                Ok(read) => {
                    self.told = false;
                    return Ok(Heard::Yes(read));
                }
                Err(error) => error.to_string(),
            },
            Ok(Err(ClientError::Refused(refusal))) if OVER.contains(&refusal.code.as_str()) => {
                return Err(Lost(format!("{}; the program was ended", refusal.message)));
            }
            Ok(Err(ClientError::Refused(refusal))) if refusal.status < 500 => return Ok(Heard::No(refusal)),
            Ok(Ok(None)) => "no server is running".to_owned(),
            Ok(Err(error)) => error.to_string(),
            Err(_) => "no answer came".to_owned(),
        };
        self.is_lost(&why)?;
        Ok(Heard::Nothing)
    }

    /// # Errors
    /// It is, for this reason; else the reason is told, once.
    fn is_lost(&mut self, why: &str) -> Result<(), Lost> {
        let left = self.until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            let message = format!(
                "the lease of {} is lost: the host did not answer for as long as it lasts ({why}); the program was ended",
                self.name
            );
            return Err(Lost(message));
        }
        if !std::mem::replace(&mut self.told, true) {
            let seconds = left.as_secs();
            output::note(&format!(
                "the host does not answer ({why}); the lease lasts {seconds} s more without it"
            ));
        }
        Ok(())
    }
}

impl fmt::Display for Lost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests;
