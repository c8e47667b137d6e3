//! Signals that ask this process to end: passed on, or heard while something else is waited for. It must not know to whom
//! they are passed.

use std::future::Future;
use std::pin::pin;

use patchbay_process::Signal as Passed;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::cli::Failure;

pub(super) struct Signals {
    interrupt: Signal,
    terminate: Signal,
    hang_up: Signal,
    /// One that came while nobody ran to whom it could be passed on.
    asked: Option<Passed>,
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
            asked: None,
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

    /// Does this, unless a signal has come or comes.
    ///
    /// # Errors
    /// That signal; what was being done is dropped.
    pub(super) async fn unless_asked<T>(&mut self, work: impl Future<Output = T>) -> Result<T, Passed> {
        if let Some(asked) = self.asked {
            return Err(asked);
        }
        tokio::select! {
            biased;
            signal = self.next() => Err(*self.asked.insert(signal)),
            done = work => Ok(done),
        }
    }

    /// Does this, also if a signal comes meanwhile, which is heard after it.
    ///
    /// # Errors
    /// A second signal; what was being done is dropped.
    pub(super) async fn outlasted<T>(&mut self, work: impl Future<Output = T>) -> Result<T, Passed> {
        let mut work = pin!(work);
        let mut before = false;
        loop {
            tokio::select! {
                biased;
                done = &mut work => return Ok(done),
                signal = self.next() => {
                    self.asked = Some(signal);
                    if std::mem::replace(&mut before, true) {
                        return Err(signal);
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;
    use std::time::Duration;

    use super::*;

    fn hang_up() {
        let own = std::process::id().to_string();
        assert!(Command::new("kill").args(["-HUP", &own]).status().unwrap().success());
    }

    #[tokio::test]
    async fn a_signal_that_comes_while_something_is_done_is_heard_before_the_next_and_a_second_ends_it() {
        let mut signals = Signals::listen().unwrap();
        let slow = async {
            hang_up();
            tokio::time::sleep(Duration::from_millis(200)).await;
            1
        };
        assert_eq!(signals.outlasted(slow).await.ok(), Some(1));
        assert!(matches!(signals.unless_asked(async { 2 }).await, Err(Passed::HangUp)));

        let mut signals = Signals::listen().unwrap();
        let never = async {
            loop {
                hang_up();
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        let ended: Result<(), Passed> = signals.outlasted(never).await;
        assert!(matches!(ended, Err(Passed::HangUp)));
    }
}
