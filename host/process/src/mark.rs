//! Whose program it is: all that a host starts bears the host's mark in its environment, so that a later host finds what
//! one that was killed has left. It must not know which host came after which.

use std::fmt;
use std::fs;
use std::str::FromStr;
use std::time::Duration;

use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, Signal, kill_process, pidfd_open, pidfd_send_signal};
use tokio::time::sleep;

use crate::identity::{Identity, Stat};

/// The variable that holds it.
pub(crate) const MARK_VARIABLE: &str = "PATCHBAY_STARTED_BY";
/// Looks for what is left, and how far apart: what was killed takes a moment to go, and may have started more.
const LOOKS_MAX: usize = 100;
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// A process that starts programs, told apart from each before it and after it until the machine starts anew.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Mark {
    identity: Identity,
    /// Its session. A program that makes one of its own (`setsid`) has left on purpose.
    session: u32,
}

/// Why a text is no mark.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error(
    "{0:?} is not the mark of a process: expected its number, its start in ticks and its session, as in 77:991:70"
)]
pub struct MarkError(String);

impl Mark {
    /// That of this process.
    #[must_use]
    pub fn own() -> Self {
        let identity = Identity::own();
        Self { identity, session: Stat::of(identity.pid).map_or(0, |stat| stat.session) }
    }

    /// Whether that very process runs.
    #[must_use]
    pub fn is_alive(&self) -> bool {
        self.identity.is_alive()
    }

    /// Forces all to end that bear this mark, until none is seen any more; its process must have gone. Reads all of
    /// `/proc`. Returns how many there were, and how many do not end.
    ///
    /// What has made a session of its own stays, and what belongs to another user is not seen.
    ///
    /// # Cancel safety
    /// Can be called again.
    pub async fn end_all(&self) -> (usize, usize) {
        let mut ended = Vec::new();
        for _ in 0..LOOKS_MAX {
            let left = self.bearers();
            if left.is_empty() {
                return (ended.len(), 0);
            }
            left.iter().for_each(|pid| self.force(*pid));
            ended.extend(left);
            ended.sort_unstable();
            ended.dedup();
            sleep(LOOK_EVERY).await;
        }
        (ended.len(), self.bearers().len())
    }

    fn bearers(&self) -> Vec<u32> {
        let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
        let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
        pids.filter(|pid| self.is_borne_by(*pid)).collect()
    }

    /// It may have ended since it was seen, and its number be another's: what is signalled is what was looked at after it was
    /// opened. Only a kernel that opens no processes is told the bare number.
    fn force(&self, pid: u32) {
        let Some(number) = i32::try_from(pid).ok().and_then(Pid::from_raw) else { return };
        // A signal that meets nobody any more is no mistake.
        match pidfd_open(number, PidfdFlags::empty()) {
            Ok(opened) if self.is_borne_by(pid) => drop(pidfd_send_signal(opened, Signal::KILL)),
            Ok(_) | Err(Errno::SRCH) => {}
            Err(_) => drop(kill_process(number, Signal::KILL)),
        }
    }

    fn is_borne_by(&self, pid: u32) -> bool {
        let variable = format!("{MARK_VARIABLE}={self}");
        // That of a process that has ended is empty; that of a stranger cannot be read.
        let environment = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
        environment.split(|byte| *byte == 0).any(|one| one == variable.as_bytes())
            && Stat::of(pid).is_some_and(|stat| stat.session == self.session)
    }
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.identity.pid, self.identity.start_ticks, self.session)
    }
}

impl FromStr for Mark {
    type Err = MarkError;

    fn from_str(text: &str) -> Result<Self, MarkError> {
        let wrong = || MarkError(text.chars().take(100).collect());
        let mut parts = text.trim().split(':').map(|part| part.parse::<u64>().map_err(|_| wrong()));
        let mut next = || parts.next().ok_or_else(wrong)?;
        let (pid, start_ticks, session) = (next()?, next()?, next()?);
        let small = |number: u64| u32::try_from(number).map_err(|_| wrong());
        Ok(Self { identity: Identity { pid: small(pid)?, start_ticks }, session: small(session)? })
    }
}

#[cfg(test)]
mod tests;
