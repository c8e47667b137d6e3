//! The threads that serve connections: one for each processor, each with a runtime of its own. A request stays on the
//! thread that accepted it, and so does its connection to the provider: nothing is handed over, nobody is woken for it.

use std::io;
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::runtime::{Builder, Handle};
use tokio_util::sync::CancellationToken;

use crate::after;

/// Running threads. [`Workers::end`] them once their connections have ended.
pub(crate) struct Workers {
    workers: Vec<Worker>,
    next: usize,
    stop: CancellationToken,
}

struct Worker {
    handle: Handle,
    thread: JoinHandle<()>,
}

/// A timer that ends before the one that a thread sleeps for costs a system call. This one is always there and nearly
/// always the first, so those of requests cost none.
const PULSE: Duration = Duration::from_secs(2);

impl Workers {
    /// # Errors
    /// When threads or their event queues are not to be had.
    pub(crate) fn start() -> io::Result<Self> {
        let count = std::thread::available_parallelism().map_or(1, usize::from);
        let stop = CancellationToken::new();
        let workers =
            (0..count).map(|number| Worker::start(number, stop.clone())).collect::<io::Result<_>>()?;
        Ok(Self { workers, next: 0, stop })
    }

    /// Where the next connection goes: each has its turn.
    pub(crate) fn next(&mut self) -> &Handle {
        self.next = (self.next + 1) % self.workers.len();
        &self.workers[self.next].handle
    }

    /// Ends the threads and waits for them, which takes no longer than what runs on them at this moment.
    pub(crate) fn end(self) {
        self.stop.cancel();
        for worker in self.workers {
            if worker.thread.join().is_err() {
                tracing::error!("a serving thread panicked");
            }
        }
    }
}

impl Worker {
    fn start(number: usize, stop: CancellationToken) -> io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let handle = runtime.handle().clone();
        let thread = std::thread::Builder::new().name(format!("serve-{number}")).spawn(move || {
            patchbay_types::take_shard(number);
            // A task of its own: it is woken without a system call.
            let aside = runtime.spawn(after::run(stop.clone()));
            runtime.spawn(pulse());
            runtime.block_on(async {
                stop.cancelled().await;
                // It ends by itself, and cannot panic.
                let _ = aside.await;
            });
            // Without waiting for a name server that does not answer.
            runtime.shutdown_background();
        })?;
        Ok(Self { handle, thread })
    }
}

async fn pulse() {
    loop {
        tokio::time::sleep(PULSE).await;
    }
}
