//! Who is left of a process group. It must not know why somebody asks.

use std::fs;

use crate::identity::Stat;

/// Whether a process of this group still runs. Reads all of `/proc`.
pub(crate) fn is_running(group: u32) -> bool {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let mut pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    pids.any(|pid: u32| Stat::of(pid).is_some_and(|stat| stat.group == group && stat.runs()))
}
