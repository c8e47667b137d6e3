//! A host that is killed among many tasks, and what the next one needs until it works again.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use anyhow::Context;
use serde::Serialize;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

use super::host::{Said, arguments};
use crate::child::this_program;

/// How long it may take to fill the store.
const PATIENCE: Duration = Duration::from_secs(300);

#[derive(Clone, Copy, Serialize)]
pub(super) struct Restarted {
    pub(super) tasks: u64,
    pub(super) ready_millis: f64,
    /// Resident memory of the host that filled the store, before it was killed.
    pub(super) filled_bytes: u64,
    /// Of the host after it: before it opened the store, when it was ready, and two seconds later.
    pub(super) empty_bytes: u64,
    pub(super) ready_bytes: u64,
    pub(super) settled_bytes: u64,
    pub(super) file_bytes: u64,
}

pub(super) async fn measure(folder: &Path, tasks: u64) -> anyhow::Result<Restarted> {
    let folder = folder.join("restart");
    std::fs::create_dir(&folder)?;
    let filled = role(&folder, tasks).await?;
    let again = role(&folder, 0).await?;
    let file_bytes = std::fs::metadata(folder.join("tasks.redb"))?.len();
    std::fs::remove_dir_all(&folder)?;
    Ok(Restarted {
        tasks,
        ready_millis: again.ready_millis,
        filled_bytes: filled.settled_bytes,
        empty_bytes: again.empty_bytes,
        ready_bytes: again.ready_bytes,
        settled_bytes: again.settled_bytes,
        file_bytes,
    })
}

/// What a host says; then it is killed, with attempts on their way.
async fn role(folder: &Path, fill: u64) -> anyhow::Result<Said> {
    let mut command: Command = this_program()?;
    command.args(arguments(folder, fill)).stdin(Stdio::null()).stdout(Stdio::piped()).kill_on_drop(true);
    let mut child = command.spawn()?;
    let said = timeout(PATIENCE, line(&mut child)).await;
    child.kill().await?;
    Ok(serde_json::from_str(&said.context("a host takes too long to fill its store")??)?)
}

async fn line(child: &mut Child) -> anyhow::Result<String> {
    let output = child.stdout.take().context("a role has no output")?;
    BufReader::new(output).lines().next_line().await?.context("a host ended at once")
}
