//! What the kernel says of a process: memory, descriptors, threads. And how many descriptors this one may have.

use std::fs::{read_dir, read_to_string};
use std::path::Path;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// A process at one moment.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Facts {
    /// Resident memory, in bytes.
    pub(crate) resident: u64,
    /// The most that was ever resident, in bytes.
    pub(crate) resident_peak: u64,
    pub(crate) descriptors: u64,
    pub(crate) threads: u64,
    /// Processor time that it has used, in hundredths of a second: what the kernel counts in for everybody.
    pub(crate) ticks: u64,
}

/// Zeros for a process that has gone.
pub(crate) fn facts(id: u32) -> Facts {
    let status = read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
    Facts {
        resident: number(&status, "VmRSS") * 1024,
        resident_peak: number(&status, "VmHWM") * 1024,
        descriptors: read_dir(format!("/proc/{id}/fd")).map_or(0, |entries| entries.count() as u64),
        threads: number(&status, "Threads"),
        ticks: ticks(id),
    }
}

/// In user and system mode: the 12th and 13th word behind the name, which may hold anything but a last parenthesis.
fn ticks(id: u32) -> u64 {
    let stat = read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
    let words = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
    words.skip(11).take(2).filter_map(|word| word.parse::<u64>().ok()).sum()
}

/// The bytes of a file; zero if there is none.
pub(crate) fn file_bytes(path: &Path) -> u64 {
    path.metadata().map_or(0, |metadata| metadata.len())
}

/// Raises how many descriptors this process, and those that it starts, may have open. Returns how many.
pub(crate) fn raise_descriptors() -> u64 {
    let limit = getrlimit(Resource::Nofile);
    // What cannot be raised is told by the number that is returned.
    let _ = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum });
    getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX)
}

/// Processes that ran or waited to run over the last minute.
pub(crate) fn load_average() -> f64 {
    let text = read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').next().and_then(|load| load.parse().ok()).unwrap_or_default()
}

/// Whether others want as much of the machine as there is: then times are told and not judged.
pub(crate) fn is_loaded() -> bool {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    u32::try_from(cores).is_ok_and(|cores| load_average() > f64::from(cores))
}

fn number(text: &str, name: &str) -> u64 {
    let line = text.lines().filter_map(|line| line.split_once(':')).find(|(key, _)| *key == name);
    let digits = line.map_or("", |(_, value)| value.trim().trim_end_matches(" kB"));
    digits.parse().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_has_memory_threads_and_files() {
        let facts = facts(std::process::id());
        assert!(facts.resident > 1 << 20 && facts.resident_peak >= facts.resident, "{facts:?}");
        assert!(facts.descriptors > 2 && facts.threads > 0, "{facts:?}");
    }
}
