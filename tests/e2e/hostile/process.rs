//! The host's process as the system sees it.

use std::fs;
use std::path::{Path, PathBuf};

/// In `/proc`.
pub(crate) struct Process(PathBuf);

impl Process {
    /// The process that serves the folder.
    pub(crate) fn of(dir: &Path) -> Self {
        let dir = dir.to_str().unwrap();
        let serves = |process: &PathBuf| {
            let line = fs::read_to_string(process.join("cmdline")).unwrap_or_default();
            let words: Vec<&str> = line.split('\0').collect();
            words.contains(&dir) && words.contains(&"serve")
        };
        let mut processes = fs::read_dir("/proc").unwrap().flatten().map(|entry| entry.path());
        Self(processes.find(serves).expect("the host serves"))
    }

    /// Bytes of memory that it has.
    pub(crate) fn resident(&self) -> u64 {
        let status = fs::read_to_string(self.0.join("status")).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() << 10
    }
}
