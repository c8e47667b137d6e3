//! One attempt: the program runs, is heard of by the host, and is ended with all that it has started. It must not know
//! which attempt it is.

use patchbay_admin::api::{EndOutcome, LineStream, SaidLine};
use patchbay_process::Exit;

use super::ending::plain;
use super::lease::{HostLease, Lost};
use super::program::{Program, Running};
use super::signals::Signals;
use crate::cli::Failure;

/// How it ended.
pub(super) enum Ended {
    Exit(Exit),
    /// A signal asked this process to end, and with it the task.
    Cancelled(Exit),
    Lost(Lost),
}

/// # Errors
/// The program does not start; the task was given back.
pub(super) async fn attempt(
    program: &Program,
    lease: &mut HostLease,
    signals: &mut Signals,
    only_stderr: bool,
) -> Result<Ended, Failure> {
    let text = format!("{} runs in {}", program.line(), program.folder.display());
    lease.say(SaidLine { stream: LineStream::Note, text });
    let mut running = match program.start() {
        Ok(child) => Running::new(child, only_stderr),
        Err(failure) => {
            // The task goes back either way.
            let _ = lease.end(&plain(EndOutcome::Released)).await;
            return Err(failure);
        }
    };
    let followed = follow(&mut running, lease, signals).await;
    // All that it has started goes with it.
    running.kill().await;
    Ok(followed)
}

/// Until it has ended and all that it wrote was said; or the lease is lost.
async fn follow(running: &mut Running, lease: &mut HostLease, signals: &mut Signals) -> Ended {
    let mut asked = false;
    loop {
        tokio::select! {
            biased;
            signal = signals.next() => {
                running.pass_on(signal, asked).await;
                asked = true;
            }
            lines = running.lines(lease.room()) => lines.into_iter().for_each(|line| lease.say(line)),
        }
        if let Err(lost) = lease.renew().await {
            return Ended::Lost(lost);
        }
        running.force_if_late().await;
        if let Some(exit) = running.over().await.filter(|_| lease.has_said_all()) {
            return if asked { Ended::Cancelled(exit) } else { Ended::Exit(exit) };
        }
    }
}
