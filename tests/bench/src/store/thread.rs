//! The processor time of one thread, by its name. It must not know what the thread does.

use std::fs;
use std::time::Duration;

/// The store's writer, as the system knows it.
const WRITER: &str = "patchbay-store";

/// What the writers of this process have used so far; nothing where the system does not tell.
pub(super) fn writer_time() -> Duration {
    let Ok(threads) = fs::read_dir("/proc/self/task") else { return Duration::ZERO };
    let writers = threads.flatten().filter(|thread| {
        fs::read_to_string(thread.path().join("comm")).is_ok_and(|name| name.trim_end() == WRITER)
    });
    writers.map(|thread| time(&thread.path().join("schedstat"))).sum()
}

/// The first number there: nanoseconds on a processor.
fn time(path: &std::path::Path) -> Duration {
    let told = fs::read_to_string(path).unwrap_or_default();
    let nanos = told.split(' ').next().and_then(|nanos| nanos.parse().ok());
    Duration::from_nanos(nanos.unwrap_or_default())
}
