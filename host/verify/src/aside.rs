//! Work that waits for a disk or computes for long, on a thread that may: a bounded number at once. It must not know
//! what the work is.

use std::sync::Arc;

use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use crate::verdict::Finding;

/// At once. Times what a document may take in memory (`document`) this bounds all of it.
const AT_ONCE: usize = 2;

#[derive(Clone)]
pub(crate) struct Aside {
    turns: Arc<Semaphore>,
}

impl Aside {
    pub(crate) fn new() -> Self {
        Self { turns: Arc::new(Semaphore::new(AT_ONCE)) }
    }

    /// # Cancel safety
    /// Dropping it cancels the token that `work` was given; a turn is held until the work has seen that.
    pub(crate) async fn run(
        &self,
        work: impl FnOnce(&CancellationToken) -> Finding + Send + 'static,
    ) -> Finding {
        let ending = || Finding::not_run("the host is ending");
        let Ok(turn) = Arc::clone(&self.turns).acquire_owned().await else { return ending() };
        let stopped = CancellationToken::new();
        let _stop = stopped.clone().drop_guard();
        let done = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            work(&stopped)
        });
        done.await.unwrap_or_else(|_| ending())
    }
}
