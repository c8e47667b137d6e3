//! How times are spread: counts in fixed classes, so that sums of hours and of days come to the same in whatever order
//! they are made. It must not know what is timed.

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The upper ends of the classes in milliseconds, which belong to them. One more class, without an end, holds what is
/// longer. Stored rows name a class by its place only: these numbers cannot be changed.
pub const BOUNDS_MS: [u64; 14] =
    [10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000, 60_000, 120_000, 600_000];
const CLASSES: usize = BOUNDS_MS.len() + 1;

/// How many times fell into each class. No count overflows; it stays at the greatest number.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Histogram([u64; CLASSES]);

impl Histogram {
    pub fn add(&mut self, ms: u64) {
        let class = BOUNDS_MS.partition_point(|bound| *bound < ms);
        if let Some(count) = self.0.get_mut(class) {
            *count = count.saturating_add(1);
        }
    }

    pub fn merge(&mut self, other: &Self) {
        self.0.iter_mut().zip(other.0).for_each(|(count, more)| *count = count.saturating_add(more));
    }

    #[must_use]
    pub fn count(&self) -> u64 {
        self.0.iter().fold(0, |sum, count| sum.saturating_add(*count))
    }

    /// The upper end of each class in milliseconds, none for the last, and how many fell into it.
    pub fn classes(&self) -> impl Iterator<Item = (Option<u64>, u64)> {
        BOUNDS_MS.into_iter().map(Some).chain([None]).zip(self.0)
    }

    /// In milliseconds, the time that this share of all (0 to 1) did not pass, as if those of a class lay evenly in it.
    /// Those of the last class count as its lower end. None of none.
    #[must_use]
    #[allow(clippy::cast_precision_loss, reason = "an estimate for people")]
    pub fn quantile(&self, share: f64) -> Option<f64> {
        let rank = share.clamp(0.0, 1.0) * self.0.iter().map(|count| *count as f64).sum::<f64>();
        let lower = [0].into_iter().chain(BOUNDS_MS);
        let upper = BOUNDS_MS.into_iter().chain(BOUNDS_MS.last().copied());
        let mut below = 0.0;
        for ((lower, upper), count) in lower.zip(upper).zip(self.0).filter(|(_, count)| *count > 0) {
            let (lower, upper, count) = (lower as f64, upper as f64, count as f64);
            if below + count >= rank {
                return Some(lower + (upper - lower) * (rank - below) / count);
            }
            below += count;
        }
        None
    }
}

impl FromIterator<u64> for Histogram {
    fn from_iter<I: IntoIterator<Item = u64>>(times: I) -> Self {
        let mut histogram = Self::default();
        times.into_iter().for_each(|ms| histogram.add(ms));
        histogram
    }
}

/// The counts, without the zeros at the end.
impl Serialize for Histogram {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let used = self.0.iter().rposition(|count| *count > 0).map_or(0, |last| last + 1);
        serializer.collect_seq(self.0.iter().take(used))
    }
}

impl<'de> Deserialize<'de> for Histogram {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let counts = Vec::<u64>::deserialize(deserializer)?;
        if counts.len() > CLASSES {
            let found = counts.len();
            return Err(D::Error::custom(format!("{found} classes of times: expected at most {CLASSES}")));
        }
        let mut histogram = Self::default();
        histogram.0.iter_mut().zip(counts).for_each(|(count, found)| *count = found);
        Ok(histogram)
    }
}

#[cfg(test)]
mod tests;
