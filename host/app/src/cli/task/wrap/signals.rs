//! Signals that ask this process to end, to be passed on. It must not know to whom.

use patchbay_process::Signal as Passed;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::cli::Failure;

pub(super) struct Signals {
    interrupt: Signal,
    terminate: Signal,
    hang_up: Signal,
}

impl Signals {
    /// From here on none of them ends this process.
    pub(super) fn listen() -> Result<Self, Failure> {
        let listen =
            |kind| signal(kind).map_err(|error| Failure::new(format!("no signal can be heard: {error}")));
        Ok(Self {
            interrupt: listen(SignalKind::interrupt())?,
            terminate: listen(SignalKind::terminate())?,
            hang_up: listen(SignalKind::hangup())?,
        })
    }

    /// # Cancel safety
    /// A signal that was not returned comes with the next call.
    pub(super) async fn next(&mut self) -> Passed {
        tokio::select! {
            _ = self.interrupt.recv() => Passed::Interrupt,
            _ = self.terminate.recv() => Passed::Terminate,
            _ = self.hang_up.recv() => Passed::HangUp,
        }
    }
}
