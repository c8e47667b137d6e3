//! Waiting, always with an end.

use std::time::Duration;

use tokio::time::{Instant, sleep, timeout};

/// The longest that one thing is waited for. A machine that is busy with other tests takes a while for some.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

const POLL: Duration = Duration::from_millis(10);

/// The outcome of `work`.
///
/// # Panics
/// It takes longer than [`PATIENCE`].
pub(crate) async fn bounded<T>(what: &str, work: impl Future<Output = T>) -> T {
    match timeout(PATIENCE, work).await {
        Ok(outcome) => outcome,
        Err(_) => panic!("waited {PATIENCE:?} for {what}"),
    }
}

/// Looks again and again, until there is something to see. Returns it.
///
/// # Panics
/// There is nothing within [`PATIENCE`].
pub(crate) async fn until<T, F>(what: &str, look: impl Fn() -> F) -> T
where
    F: Future<Output = Option<T>>,
{
    let end = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(Instant::now() < end, "waited {PATIENCE:?} for {what}");
        sleep(POLL).await;
    }
}
