//! When a child ends, and how. It looks without taking the status away: until it is taken, the child's number, and so
//! its group's, belongs to nobody else.

use std::io;
use std::sync::{Arc, OnceLock};

use rustix::process::{Pid, WaitId, WaitIdOptions, WaitIdStatus, waitid};
use tokio::signal::unix::{SignalKind, signal};

/// How a child has ended: by itself with a code, or by a signal.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Exit {
    pub code: Option<i32>,
    pub signal: Option<i32>,
}

/// Sees the end of one child, from all its clones.
#[derive(Clone)]
pub(crate) struct Watch {
    pid: Pid,
    /// Kept, because the number may be another child's once the status was taken.
    seen: Arc<OnceLock<Exit>>,
}

impl Watch {
    /// Of a child whose status was not taken yet, and is not before an end was seen here.
    pub(crate) fn new(pid: u32) -> io::Result<Self> {
        let pid = i32::try_from(pid).ok().and_then(Pid::from_raw);
        let pid = pid.ok_or_else(|| io::Error::other("the child has no number"))?;
        // From here on the process hears of every end.
        drop(signal(SignalKind::child())?);
        Ok(Self { pid, seen: Arc::default() })
    }

    /// # Cancel safety
    /// Nothing is lost: the end can be waited for again.
    pub(crate) async fn exit(&self) -> io::Result<Exit> {
        // Listens before it looks, so that no end falls between the two.
        let mut ends = signal(SignalKind::child())?;
        loop {
            if let Some(exit) = self.now()? {
                return Ok(exit);
            }
            ends.recv().await;
        }
    }

    /// How it has ended, if it has.
    fn now(&self) -> io::Result<Option<Exit>> {
        if let Some(exit) = self.seen.get() {
            return Ok(Some(*exit));
        }
        let look = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT | WaitIdOptions::NOHANG;
        let exit = waitid(WaitId::Pid(self.pid), look)?.as_ref().map(Exit::of);
        Ok(exit.map(|exit| *self.seen.get_or_init(|| exit)))
    }
}

impl Exit {
    fn of(status: &WaitIdStatus) -> Self {
        Self { code: status.exit_status(), signal: status.terminating_signal() }
    }
}
