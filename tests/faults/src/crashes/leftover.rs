//! Programs of a killed host that go on without it. It must not know what they do.

use std::fs;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tokio::time::{Instant, sleep};

use super::task::MARK_VARIABLE;

const LOOK_EVERY: Duration = Duration::from_millis(5);
/// How far up parents are followed.
const PARENTS_MAX: usize = 32;

/// Those with this mark that do not belong to the process `host` and are still there after `within`. They are ended here.
pub(super) async fn left(mark: &str, host: Option<u32>, within: Duration) -> Vec<u32> {
    let end = Instant::now() + within;
    let left = loop {
        let left: Vec<u32> = marked(mark).into_iter().filter(|pid| !belongs(*pid, host)).collect();
        if left.is_empty() || Instant::now() > end {
            break left;
        }
        sleep(LOOK_EVERY).await;
    };
    left.iter().for_each(|pid| kill(*pid));
    left
}

fn marked(mark: &str) -> Vec<u32> {
    let mark = format!("{MARK_VARIABLE}={mark}");
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    pids.filter(|pid| has(*pid, mark.as_bytes())).collect()
}

fn has(pid: u32, variable: &[u8]) -> bool {
    let environment = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
    environment.split(|byte| *byte == 0).any(|one| one == variable)
}

/// Whether the host, or somebody whom it started, started it. One that has gone meanwhile is nobody's trouble.
fn belongs(pid: u32, host: Option<u32>) -> bool {
    let mut at = Some(pid);
    for _ in 0..PARENTS_MAX {
        match at {
            None => return true,
            Some(1) => return false,
            Some(pid) if Some(pid) == host => return true,
            Some(pid) => at = parent(pid),
        }
    }
    false
}

/// The second word behind the name, which may hold anything but a last parenthesis.
fn parent(pid: u32) -> Option<u32> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    stat.rsplit(')').next()?.split_whitespace().nth(1)?.parse().ok()
}

fn kill(pid: u32) {
    if let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) {
        // It may have ended by itself.
        let _ = kill_process(pid, Signal::KILL);
    }
}
