//! A program that runs: started as the leader of a group of its own, ended with all of that group. It must not know
//! what its lines are for.
//!
//! Its status is taken at the very end only. Until then the kernel gives its number to nobody else, so a signal to the
//! group meets the group. What leaves the group by itself (`setsid`) is not met.

use std::io;
use std::process::Stdio;
use std::time::Duration;

use bytes::Bytes;
use tokio::io::AsyncWriteExt;
use tokio::process::ChildStdin;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::identity::{Identity, Signal};
use crate::line::{Line, Stream};
use crate::mark::{MARK_VARIABLE, Mark};
use crate::output::{Output, queue};
use crate::watch::{Exit, Watch};
use crate::{Command, Limits, SpawnError, group};

/// Between two looks at who is left of a group.
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// For the kernel to end what was forced. Only a process that is stuck in the kernel takes longer.
const FORCED_WITHIN: Duration = Duration::from_secs(2);

/// Dropping it forces the whole group to end.
pub struct Child {
    /// Takes its status when told to; if it is dropped before, the async runtime does, in the background.
    process: tokio::process::Child,
    identity: Identity,
    watch: Watch,
    output: Output,
    grace: Duration,
    /// How it ended, once its status was taken. From then on nothing is signalled.
    reaped: Option<Exit>,
    /// The writer of its input and the readers of its output. They end with this.
    _pumps: JoinSet<()>,
}

impl Child {
    /// Starts `command`. A runtime with time and I/O must run. Output that nobody takes stops the child sooner or
    /// later.
    ///
    /// # Errors
    /// There is no such folder, a variable's name is none, or the system refuses to start the program.
    pub fn spawn(command: Command, limits: Limits) -> Result<Self, SpawnError> {
        command.check()?;
        let (limits, program) = (limits.sane(), command.shown());
        let mut process =
            start(&command).map_err(|source| SpawnError::Start { program: program.clone(), source })?;
        let (identity, watch) = observe(&mut process).map_err(|source| {
            let _ = process.start_kill();
            SpawnError::Watch { program, source }
        })?;
        let (input, output) = queue(limits, watch.clone());
        let mut pumps = JoinSet::new();
        process.stdin.take().map(|stdin| pumps.spawn(feed(stdin, command.input)));
        process.stdout.take().map(|pipe| pumps.spawn(input.clone().pump(Stream::Stdout, pipe)));
        process.stderr.take().map(|pipe| pumps.spawn(input.pump(Stream::Stderr, pipe)));
        Ok(Self { process, identity, watch, output, grace: limits.grace, reaped: None, _pumps: pumps })
    }

    #[must_use]
    pub fn identity(&self) -> Identity {
        self.identity
    }

    /// Lines that have come, in the order in which they came, at most `count`. Waits for the first one; none at the
    /// end, and when none came in that time.
    ///
    /// # Cancel safety
    /// A line that was not returned is still there.
    pub async fn lines(&mut self, count: usize, wait: Duration) -> Vec<Line> {
        self.output.take(count, usize::MAX, wait).await
    }

    /// The same, and with less than so many bytes before the last line.
    ///
    /// # Cancel safety
    /// A line that was not returned is still there.
    pub async fn lines_within(&mut self, count: usize, bytes: usize, wait: Duration) -> Vec<Line> {
        self.output.take(count, bytes, wait).await
    }

    /// Whether [`Child::lines`] has seen the end of the output: no line will ever come.
    #[must_use]
    pub fn output_ended(&self) -> bool {
        self.output.ended()
    }

    /// How it ended; none if it still runs after `wait`. What it has started may go on.
    ///
    /// # Cancel safety
    /// Can be asked again.
    pub async fn wait(&mut self, wait: Duration) -> Option<Exit> {
        match self.reaped {
            Some(exit) => Some(exit),
            None => timeout(wait, self.watch.exit()).await.ok()?.ok(),
        }
    }

    /// Ends it and all of its group: asks, forces what is left after the grace, and takes its status. What it has
    /// written can still be read.
    ///
    /// # Cancel safety
    /// Can be called again, and begins anew.
    pub async fn kill(&mut self) {
        if self.reaped.is_some() {
            return;
        }
        if self.identity.signal_group(Signal::Terminate) {
            let _ = timeout(self.grace, self.gone()).await;
        }
        self.identity.signal_group(Signal::Kill);
        self.reap().await;
    }

    /// Until nobody of the group runs.
    async fn gone(&self) {
        let _ = self.watch.exit().await;
        while group::is_running(self.identity.pid) {
            sleep(LOOK_EVERY).await;
        }
    }

    async fn reap(&mut self) {
        let Ok(Ok(exit)) = timeout(FORCED_WITHIN, self.watch.exit()).await else {
            tracing::warn!(
                pid = self.identity.pid,
                "a killed process does not end: it is stuck in the kernel"
            );
            return;
        };
        self.reaped = Some(exit);
        let _ = self.process.wait().await;
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        if self.reaped.is_none() {
            self.identity.signal_group(Signal::Kill);
        }
    }
}

fn start(command: &Command) -> io::Result<tokio::process::Child> {
    let input = if command.input.is_empty() { Stdio::null() } else { Stdio::piped() };
    tokio::process::Command::new(&command.program)
        .args(&command.arguments)
        .env_clear()
        .envs(command.environment.iter().map(|(name, value)| (name, value)))
        // Last, so that nobody else says it.
        .env(MARK_VARIABLE, Mark::own().to_string())
        .current_dir(&command.folder)
        .process_group(0)
        .stdin(input)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
}

fn observe(process: &mut tokio::process::Child) -> io::Result<(Identity, Watch)> {
    let unseen = || io::Error::other("it cannot be seen in /proc");
    let pid = process.id().ok_or_else(unseen)?;
    Ok((Identity::of(pid).ok_or_else(unseen)?, Watch::new(pid)?))
}

/// A child that does not read all of its input is not wrong.
async fn feed(mut stdin: ChildStdin, input: Bytes) {
    let _ = stdin.write_all(&input).await;
    let _ = stdin.shutdown().await;
}

#[cfg(test)]
mod tests;
