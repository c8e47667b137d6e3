//! The machine's monotonic clock, in nanoseconds: a time that one process writes down means the same in another. And an
//! alarm that is finer than the async runtime's, which rounds to a millisecond.

use std::io;
use std::os::fd::OwnedFd;
use std::time::Duration;

use rustix::io::{Errno, read};
use rustix::time::{
    ClockId, Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, clock_gettime,
    timerfd_create, timerfd_settime,
};
use tokio::io::unix::AsyncFd;

const SECOND: u64 = 1_000_000_000;

pub(crate) fn now() -> u64 {
    let time = clock_gettime(ClockId::Monotonic);
    unsigned(time.tv_sec) * SECOND + unsigned(time.tv_nsec)
}

/// Nanoseconds of a duration; of more than 500 years, that many.
pub(crate) fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

/// Wakes the one task that waits.
pub(crate) struct Alarm(AsyncFd<OwnedFd>);

impl Alarm {
    #[allow(
        deprecated,
        reason = "unsound only for a type that closes or changes its descriptor, as `OwnedFd` does not"
    )]
    pub(crate) fn new() -> io::Result<Self> {
        let flags = TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC;
        Ok(Self(AsyncFd::new(timerfd_create(TimerfdClockId::Monotonic, flags)?)?))
    }

    /// Returns at `time` of [`now`], or at once if that is over.
    pub(crate) async fn until(&self, time: u64) -> io::Result<()> {
        if time <= now() {
            return Ok(());
        }
        timerfd_settime(&self.0, TimerfdTimerFlags::ABSTIME, &once(time))?;
        loop {
            let mut ready = self.0.readable().await?;
            match read(self.0.get_ref(), &mut [0; 8]) {
                Ok(_) => return Ok(()),
                Err(Errno::AGAIN) => ready.clear_ready(),
                Err(error) => return Err(error.into()),
            }
        }
    }
}

fn once(time: u64) -> Itimerspec {
    let value = Timespec { tv_sec: signed(time / SECOND), tv_nsec: signed(time % SECOND) };
    Itimerspec { it_interval: Timespec { tv_sec: 0, tv_nsec: 0 }, it_value: value }
}

/// The clock counts from the machine's start: it is neither negative nor near the end of its type.
fn unsigned(count: i64) -> u64 {
    u64::try_from(count).unwrap_or_default()
}

fn signed(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_alarm_does_not_ring_early_and_rings_again() {
        let alarm = Alarm::new().expect("the kernel has timers");
        for _ in 0..2 {
            let due = now() + nanos(Duration::from_micros(300));
            alarm.until(due).await.expect("a timer can be read");
            assert!(now() >= due);
        }
        alarm.until(1).await.expect("the past needs no timer");
    }
}
