//! Processors that are kept from falling asleep. One of a virtual machine that has nothing to do is given back to whoever
//! runs the machine; to get it again takes tens of microseconds, and its caches are another's by then. With one request
//! under way that happens several times in each, whatever is measured. So that load is measured both ways.

use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::available_parallelism;
use std::time::Duration;

use anyhow::{Context, bail};
use tokio::process::Command;
use tokio::time::sleep;

use crate::child::Children;
use crate::listen::parent_gone;

/// What sets the scheduler's class of a process: part of every Debian.
const SET_CLASS: &str = "chrt";
/// Until a class that is refused has been told.
const SETTLED: Duration = Duration::from_millis(100);

/// The role: a thread for each processor that computes nothing, until the parent goes. Started at the class for those who
/// run when nobody else would; whoever is ready takes its place at once.
pub(crate) async fn run() -> anyhow::Result<()> {
    let stop = Arc::new(AtomicBool::new(false));
    let processors = available_parallelism().context("how many processors there are is not known")?.get();
    let threads = (0..processors).map(|_| {
        let stop = Arc::clone(&stop);
        std::thread::spawn(move || {
            while !stop.load(Ordering::Relaxed) {
                std::hint::spin_loop();
            }
        })
    });
    let threads: Vec<_> = threads.collect();
    parent_gone()?.await;
    stop.store(true, Ordering::Relaxed);
    threads.into_iter().for_each(|thread| drop(thread.join()));
    Ok(())
}

/// Keeps all processors awake until the process that is returned is stopped.
///
/// # Errors
/// When the class cannot be set here.
pub(crate) async fn start(children: &mut Children) -> anyhow::Result<u32> {
    let mut command = Command::new(SET_CLASS);
    command.args(["--idle", "0"]).arg(std::env::current_exe()?).arg("awake");
    let id = children.process(command.stdin(Stdio::piped()).stdout(Stdio::null()))?;
    sleep(SETTLED).await;
    match children.ended(id) {
        None => Ok(id),
        Some(how) => {
            children.stop_one(id).await;
            bail!("`{SET_CLASS} --idle` ended at once: {how}")
        }
    }
}
