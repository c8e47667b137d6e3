//! What the kernel says of the machine and of a process.

use std::fs::read_to_string;
use std::time::Duration;

use patchbay_types::{Clock, SystemClock};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use serde::Serialize;

/// How often a process's memory is looked at while something happens to it.
const LOOK: Duration = Duration::from_millis(20);
/// Processes of one family that are counted.
const FAMILY_MAX: usize = 64;

/// What a figure means nothing without.
#[derive(Debug, Serialize)]
pub(crate) struct Machine {
    pub(crate) cores: usize,
    pub(crate) processor: String,
    pub(crate) kernel: String,
    /// Of the bench: Patchbay's is its path's.
    pub(crate) build: &'static str,
    /// Processes that ran or waited to run, over the minute before: what else was going on.
    pub(crate) busy: String,
    /// RFC 3339, UTC.
    pub(crate) date: String,
}

impl Machine {
    pub(crate) fn this() -> Self {
        Self {
            cores: std::thread::available_parallelism().map_or(0, std::num::NonZero::get),
            processor: field(&read("/proc/cpuinfo"), "model name").unwrap_or("unknown").to_owned(),
            kernel: read("/proc/sys/kernel/osrelease").trim().to_owned(),
            build: if cfg!(debug_assertions) { "debug (the figures mean nothing)" } else { "release" },
            busy: read("/proc/loadavg").split_whitespace().next().unwrap_or("unknown").to_owned(),
            date: SystemClock::default().wall().to_string(),
        }
    }
}

/// Memory of the process `id` that is resident, in bytes.
pub(crate) fn resident_bytes(id: u32) -> Option<u64> {
    let status = read(&format!("/proc/{id}/status"));
    let kib: u64 = field(&status, "VmRSS")?.strip_suffix(" kB")?.trim().parse().ok()?;
    Some(kib * 1024)
}

/// Runs `work` to its end. Returns also the most memory that the process `id` was seen to have resident meanwhile.
pub(crate) async fn watched<T>(id: Option<u32>, work: impl Future<Output = T>) -> (T, Option<u64>) {
    let mut most = id.and_then(resident_bytes);
    let mut work = std::pin::pin!(work);
    let mut ticks = tokio::time::interval(LOOK);
    loop {
        tokio::select! {
            done = &mut work => return (done, most.max(id.and_then(resident_bytes))),
            _ = ticks.tick() => most = most.max(id.and_then(resident_bytes)),
        }
    }
}

/// Files, and so connections, that this process and its children may have open. Raised as far as it goes.
pub(crate) fn files_max() -> u64 {
    let limit = getrlimit(Resource::Nofile);
    // Where that is refused, the limit stays as it was, and is what is answered.
    let _ = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit });
    getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX)
}

/// The process `id` and those that it started, and that those started.
pub(crate) fn family(id: u32) -> Vec<u32> {
    let (mut family, mut next) = (vec![id], 0);
    while let Some(id) = family.get(next).copied() {
        next += 1;
        let threads = std::fs::read_dir(format!("/proc/{id}/task")).into_iter().flatten().flatten();
        let started = threads.map(|thread| read(&thread.path().join("children").to_string_lossy()));
        let started: String = started.collect();
        family.extend(started.split_whitespace().filter_map(|id| id.parse::<u32>().ok()));
        family.truncate(FAMILY_MAX);
    }
    family
}

/// Processor time of a process, and of those that it started.
pub(crate) fn family_time(id: u32) -> Option<Duration> {
    family(id).into_iter().map(processor_time).sum()
}

/// Processor time that the living threads of the process `id` have used.
pub(crate) fn processor_time(id: u32) -> Option<Duration> {
    let threads = std::fs::read_dir(format!("/proc/{id}/task")).ok()?;
    let times = threads.flatten().map(|thread| read(&thread.path().join("schedstat").to_string_lossy()));
    let nanos = times.filter_map(|time| time.split_whitespace().next()?.parse::<u64>().ok()).sum();
    Some(Duration::from_nanos(nanos))
}

/// Empty for a process that has gone.
fn read(path: &str) -> String {
    read_to_string(path).unwrap_or_default()
}

/// The value of the first line `name : value`.
fn field<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    let lines = text.lines().filter_map(|line| line.split_once(':'));
    lines.into_iter().find(|(key, _)| key.trim() == name).map(|(_, value)| value.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_found_by_its_whole_name() {
        let text = "VmRSSx:\t1 kB\nVmRSS:\t    8548 kB\n";
        assert_eq!(field(text, "VmRSS"), Some("8548 kB"));
        assert_eq!(field(text, "Vm"), None);
    }

    #[test]
    fn this_process_has_memory_and_time() {
        let id = std::process::id();
        assert!(resident_bytes(id).is_some_and(|bytes| bytes > 1 << 20));
        assert!(processor_time(id).is_some());
        assert_eq!(resident_bytes(0), None);
        assert_eq!(family(id).first(), Some(&id));
        assert!(files_max() > 0);
    }
}
