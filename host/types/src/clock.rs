//! Injected time. Deadlines and rates use [`Monotonic`]; what is kept on disk uses [`Timestamp`].

use std::fmt;
use std::ops::Add;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

/// Wall-clock time: milliseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(pub u64);

/// Time since the clock was made; it never goes back.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Monotonic(pub Duration);

/// Where time comes from.
pub trait Clock: Send + Sync + 'static {
    /// Time for people and for disk. It may jump.
    fn wall(&self) -> Timestamp;

    /// Time for measuring. It never jumps.
    fn monotonic(&self) -> Monotonic;
}

/// The machine's clock.
#[derive(Debug, Clone)]
pub struct SystemClock {
    origin: Instant,
}

/// A clock that stands still until it is moved: for tests.
#[derive(Debug, Clone, Default)]
pub struct ManualClock {
    wall: Arc<AtomicU64>,
    elapsed_ms: Arc<AtomicU64>,
}

impl Timestamp {
    /// The start of the hour that this moment lies in, UTC.
    #[must_use]
    pub fn hour(self) -> Timestamp {
        Timestamp(self.0 - self.0 % 3_600_000)
    }

    /// How long after `earlier` this is; zero if it is before.
    #[must_use]
    pub fn since(self, earlier: Timestamp) -> Duration {
        Duration::from_millis(self.0.saturating_sub(earlier.0))
    }
}

impl Add<Duration> for Timestamp {
    type Output = Timestamp;

    fn add(self, rhs: Duration) -> Timestamp {
        Timestamp(self.0.saturating_add(u64::try_from(rhs.as_millis()).unwrap_or(u64::MAX)))
    }
}

/// RFC 3339, UTC, to the second.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let second = i64::try_from(self.0 / 1000).unwrap_or(i64::MAX);
        match jiff::Timestamp::from_second(second) {
            Ok(moment) => write!(f, "{moment}"),
            Err(_) => write!(f, "{}ms", self.0),
        }
    }
}

impl Monotonic {
    #[must_use]
    pub fn since(self, earlier: Monotonic) -> Duration {
        self.0.saturating_sub(earlier.0)
    }
}

impl Add<Duration> for Monotonic {
    type Output = Monotonic;

    fn add(self, rhs: Duration) -> Monotonic {
        Monotonic(self.0.saturating_add(rhs))
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self { origin: Instant::now() }
    }
}

impl Clock for SystemClock {
    #[allow(clippy::disallowed_methods, reason = "this is the one place that asks the machine")]
    fn wall(&self) -> Timestamp {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        Timestamp(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
    }

    fn monotonic(&self) -> Monotonic {
        Monotonic(self.origin.elapsed())
    }
}

impl ManualClock {
    #[must_use]
    pub fn at(wall: Timestamp) -> Self {
        let clock = Self::default();
        clock.wall.store(wall.0, Ordering::SeqCst);
        clock
    }

    /// Sets the wall clock, as a person or a time server does; what is measured goes on.
    pub fn set_wall(&self, wall: Timestamp) {
        self.wall.store(wall.0, Ordering::SeqCst);
    }

    /// Moves both times forward.
    pub fn advance(&self, by: Duration) {
        let ms = u64::try_from(by.as_millis()).unwrap_or(u64::MAX);
        self.wall.fetch_add(ms, Ordering::SeqCst);
        self.elapsed_ms.fetch_add(ms, Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn wall(&self) -> Timestamp {
        Timestamp(self.wall.load(Ordering::SeqCst))
    }

    fn monotonic(&self) -> Monotonic {
        Monotonic(Duration::from_millis(self.elapsed_ms.load(Ordering::SeqCst)))
    }
}
