//! An open loop: things that are due at fixed times, whatever became of those before.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::Semaphore;

use crate::monotonic::Alarm;

/// Those that wait for what is due, at the most.
pub(crate) const WAITING_MAX: usize = 1 << 13;

/// `count` things, `per_second` of them, from `start` on. One drives; the others take what is due, in turn.
pub(crate) struct Pace {
    start: u64,
    per_second: u64,
    count: u64,
    taken: AtomicU64,
    due: Semaphore,
}

impl Pace {
    pub(crate) fn new(start: u64, per_second: u64, count: u64) -> Self {
        let per_second = per_second.max(1);
        Self { start, per_second, count, taken: AtomicU64::new(0), due: Semaphore::new(0) }
    }

    /// When the thing `number` is due; the first is 0.
    pub(crate) fn time(&self, number: u64) -> u64 {
        let nanos = u128::from(number) * 1_000_000_000 / u128::from(self.per_second);
        self.start + u64::try_from(nanos).unwrap_or(u64::MAX - self.start)
    }

    /// Calls each out when it is due, then sends everybody home.
    pub(crate) async fn drive(&self) -> io::Result<()> {
        let alarm = Alarm::new()?;
        for number in 0..self.count {
            alarm.until(self.time(number)).await?;
            self.due.add_permits(1);
        }
        self.due.add_permits(WAITING_MAX);
        Ok(())
    }

    /// Waits for the next that is due. Returns its time; nothing once all have been taken.
    ///
    /// # Cancel safety
    /// Nothing is taken when it is dropped.
    pub(crate) async fn next(&self) -> Option<u64> {
        self.due.acquire().await.ok()?.forget();
        let number = self.taken.fetch_add(1, Ordering::Relaxed);
        (number < self.count).then(|| self.time(number))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::monotonic::now;

    #[tokio::test]
    async fn each_is_taken_once_and_none_before_its_time() {
        let pace = Pace::new(now(), 5_000, 20);
        let take = async {
            let mut taken = Vec::new();
            while let Some(due) = pace.next().await {
                assert!(now() >= due);
                taken.push(due);
            }
            taken
        };
        let (driven, first, second) = tokio::join!(pace.drive(), take, async { pace.next().await });
        driven.expect("a timer can be set");
        let all: Vec<u64> = (0..20).map(|number| pace.time(number)).collect();
        let mut taken: Vec<u64> = first.into_iter().chain(second).collect();
        taken.sort_unstable();
        assert_eq!(taken, all);
    }
}
