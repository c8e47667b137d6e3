//! A histogram of durations that many threads add to at once: buckets grow by a quarter of an octave, so a percentile
//! is right to within 19 %.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Four buckets an octave, from 1 ns to over an hour.
const BUCKETS: usize = 4 * 42;

pub(crate) struct Histogram {
    buckets: [AtomicU64; BUCKETS],
}

impl Histogram {
    pub(crate) fn new() -> Self {
        Self { buckets: std::array::from_fn(|_| AtomicU64::new(0)) }
    }

    pub(crate) fn add(&self, duration: Duration) {
        let nanos = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX).max(1);
        if let Some(bucket) = self.buckets.get(bucket(nanos).min(BUCKETS - 1)) {
            bucket.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// Of all of them together: the upper edge of the bucket that holds the given share (0 to 1) of all durations; none when
/// there are none.
pub(crate) fn quantile<'a>(histograms: impl Iterator<Item = &'a Histogram>, share: f64) -> Option<Duration> {
    let mut counts = [0_u64; BUCKETS];
    for histogram in histograms {
        let buckets = counts.iter_mut().zip(&histogram.buckets);
        buckets.for_each(|(count, bucket)| *count += bucket.load(Ordering::Relaxed));
    }
    let total: u64 = counts.iter().sum();
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a rank within the total"
    )]
    let rank = ((total as f64 * share).ceil() as u64).max(1);
    let mut seen = 0;
    let index = counts.iter().position(|count| {
        seen += count;
        seen >= rank
    })?;
    Some(Duration::from_nanos(upper_edge(index)))
}

/// The octave (position of the highest bit) and the two bits below it.
fn bucket(nanos: u64) -> usize {
    let octave = nanos.ilog2();
    let quarter = if octave >= 2 { (nanos >> (octave - 2)) & 3 } else { (nanos << (2 - octave)) & 3 };
    octave as usize * 4 + usize::try_from(quarter).unwrap_or(3)
}

fn upper_edge(bucket: usize) -> u64 {
    let (octave, quarter) = (bucket / 4, (bucket % 4) as u64);
    ((quarter + 5) << octave) / 4
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_within_a_quarter_of_an_octave() {
        let halves = [Histogram::new(), Histogram::new()];
        (1..=1000).for_each(|us| halves[usize::from(us % 2 == 0)].add(Duration::from_micros(us)));
        for (share, exact) in [(0.5, 500.0), (0.99, 990.0), (1.0, 1000.0)] {
            let found = quantile(halves.iter(), share).unwrap().as_secs_f64() * 1e6;
            assert!((exact..=exact * 1.26).contains(&found), "{share}: {found} against {exact}");
        }
    }

    #[test]
    fn of_nothing_there_is_no_percentile() {
        assert_eq!(quantile([Histogram::new()].iter(), 0.5), None);
    }
}
