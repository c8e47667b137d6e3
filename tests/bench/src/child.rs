//! The processes that are measured and that measure: started, watched, and ended before this program ends.

use std::io::Write;
use std::net::SocketAddr;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use anyhow::{Context, bail};
use rustix::process::{Pid, Signal, kill_process};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

/// How long a role may take to say where it listens.
const ROLE_START: Duration = Duration::from_secs(10);
/// How long a process may take to end when asked; then it is killed.
const GRACE: Duration = Duration::from_secs(10);
/// What of a command's output is read, in bytes.
const OUTPUT_BYTES_MAX: u64 = 1 << 20;

/// Every process that was started and has not been waited for. It has to be stopped; dropped, it only kills.
#[derive(Default)]
pub(crate) struct Children {
    running: Vec<Running>,
}

struct Running {
    /// Its process id.
    id: u32,
    child: Child,
}

impl Children {
    /// Starts a role of this program. Returns where it listens, and its process id.
    pub(crate) async fn role(&mut self, arguments: &[String]) -> anyhow::Result<(SocketAddr, u32)> {
        let mut command = this_program()?;
        command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped());
        let running = self.start(&mut command)?;
        let mut lines = BufReader::new(running.child.stdout.take().context("a role has no output")?).lines();
        let line = timeout(ROLE_START, lines.next_line()).await.context("a role does not start")??;
        let address = line.context("a role ended at once")?.parse()?;
        Ok((address, running.id))
    }

    /// Starts a process. Returns its process id.
    pub(crate) fn process(&mut self, command: &mut Command) -> anyhow::Result<u32> {
        self.start(command).map(|running| running.id)
    }

    /// Runs a command to its end. Returns what it wrote to standard output.
    ///
    /// # Errors
    /// When it takes longer than `limit` (it is killed), or fails: with what it wrote to standard error.
    pub(crate) async fn finish(&mut self, command: &mut Command, limit: Duration) -> anyhow::Result<String> {
        let running =
            self.start(command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()))?;
        let (id, told) = (running.id, timeout(limit, tell(&mut running.child)).await);
        self.stop_one(id).await;
        let name = program(command);
        let told = told.with_context(|| format!("{name} was ended: it took longer than {limit:?}"))??;
        if !told.status.success() {
            bail!("{name} failed ({}): {}", told.status, told.complaint.trim());
        }
        Ok(told.output)
    }

    /// The exit status of the process `id`, in words, if it has ended by itself.
    pub(crate) fn ended(&mut self, id: u32) -> Option<String> {
        let running = self.running.iter_mut().find(|running| running.id == id)?;
        running.child.try_wait().ok().flatten().map(|status| status.to_string())
    }

    /// Ends the process `id`.
    pub(crate) async fn stop_one(&mut self, id: u32) {
        if let Some(index) = self.running.iter().position(|running| running.id == id) {
            stop(&mut self.running[index].child).await;
            drop(self.running.swap_remove(index));
        }
    }

    /// Ends them all, the youngest first.
    pub(crate) async fn stop(&mut self) {
        while let Some(mut running) = self.running.pop() {
            stop(&mut running.child).await;
        }
    }

    fn start(&mut self, command: &mut Command) -> anyhow::Result<&mut Running> {
        let name = program(command);
        let child = command.kill_on_drop(true).spawn().with_context(|| format!("{name} does not start"))?;
        let id = child.id().context("a process that has not been waited for has an id")?;
        self.running.push(Running { id, child });
        self.running.last_mut().context("it was pushed one line above")
    }
}

/// How a command ended, and what it wrote.
struct Told {
    status: ExitStatus,
    output: String,
    complaint: String,
}

/// Both pipes are read at the same time, so that neither can fill up and stall the command.
async fn tell(child: &mut Child) -> anyhow::Result<Told> {
    let (Some(output), Some(complaint)) = (child.stdout.take(), child.stderr.take()) else {
        bail!("a command has no pipes");
    };
    let (output, complaint, status) = tokio::join!(read(output), read(complaint), child.wait());
    Ok(Told { status: status?, output: output?, complaint: complaint? })
}

async fn read(pipe: impl AsyncRead + Unpin) -> std::io::Result<String> {
    let mut text = String::new();
    pipe.take(OUTPUT_BYTES_MAX).read_to_string(&mut text).await?;
    Ok(text)
}

/// This program once more, in another role.
pub(crate) fn this_program() -> anyhow::Result<Command> {
    Ok(Command::new(std::env::current_exe().context("this program does not know its own path")?))
}

/// A line for whoever waits; the report alone goes to standard output.
pub(crate) fn say(line: &str) {
    // Nobody reads it when standard error is closed.
    let _ = writeln!(std::io::stderr(), "{line}");
}

async fn stop(child: &mut Child) {
    if let Some(id) = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw) {
        // It may be about to end by itself: the wait below tells.
        let _ = kill_process(id, Signal::TERM);
    }
    if timeout(GRACE, child.wait()).await.is_err() {
        // The kill cannot fail for a child that has not been waited for.
        let _ = child.kill().await;
    }
}

fn program(command: &Command) -> String {
    let command = command.as_std();
    let arguments = command.get_args().map(|argument| argument.to_string_lossy());
    std::iter::once(command.get_program().to_string_lossy()).chain(arguments).collect::<Vec<_>>().join(" ")
}
