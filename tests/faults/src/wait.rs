//! Waiting, always with an end.

use std::time::Duration;

use tokio::time::{Instant, sleep};

const POLL: Duration = Duration::from_millis(10);

/// Looks again and again until there is something to see; none if there is nothing within `within`.
pub(crate) async fn until<T, F>(within: Duration, look: impl Fn() -> F) -> Option<T>
where
    F: Future<Output = Option<T>>,
{
    let end = Instant::now() + within;
    loop {
        if let Some(found) = look().await {
            return Some(found);
        }
        if Instant::now() >= end {
            return None;
        }
        sleep(POLL).await;
    }
}
