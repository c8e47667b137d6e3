//! How long a transient failure waits. Arithmetic; it must not know what failed.

use std::time::Duration;

/// Transient failures in a row that wait and need no fix.
pub const TRANSIENT_TRIES_MAX: u32 = 5;
/// The first pause of a class for which the operator set none.
pub const BACKOFF_BASE: Duration = Duration::from_secs(30);
/// The longest pause, before the spread.
pub const BACKOFF_MAX: Duration = Duration::from_secs(600);
/// The longest pause that another side may ask for.
pub const RETRY_AFTER_MAX: Duration = Duration::from_secs(24 * 3_600);
/// The spread to both sides, in thousandths.
const SPREAD: u64 = 100;

/// base × 2^(n−1), at most [`BACKOFF_MAX`], then ±10 % that follow from `salt` and `n`: the same pause for the same
/// failure, another one for another task. `n` counts from 1.
#[must_use]
pub fn backoff(base: Duration, n: u32, salt: u64) -> Duration {
    let doubled = base.saturating_mul(2_u32.saturating_pow(n.saturating_sub(1)));
    let whole = u64::try_from(doubled.min(BACKOFF_MAX).as_millis()).unwrap_or(u64::MAX);
    let part = mix(salt ^ (u64::from(n) << 56)) % (2 * SPREAD + 1);
    Duration::from_millis(whole * (1_000 - SPREAD + part) / 1_000)
}

/// The pause, and never less than the other side asked for.
#[must_use]
pub fn pause(base: Option<Duration>, retry_after: Option<Duration>, n: u32, salt: u64) -> Duration {
    let floor = retry_after.unwrap_or_default().min(RETRY_AFTER_MAX);
    backoff(base.unwrap_or(BACKOFF_BASE), n, salt).max(floor)
}

/// SplitMix64's finaliser (Steele, Lea, Flood 2014): near numbers come out far apart.
fn mix(mut x: u64) -> u64 {
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_doubles_up_to_its_cap_and_spreads_by_a_tenth() {
        for (n, seconds) in [(1, 30), (2, 60), (3, 120), (4, 240), (5, 480), (6, 600), (40, 600)] {
            let pauses: Vec<_> = (0..1_000).map(|salt| backoff(BACKOFF_BASE, n, salt).as_millis()).collect();
            let (low, high) = (pauses.iter().min().unwrap(), pauses.iter().max().unwrap());
            assert!(*low >= seconds * 900 && *low < seconds * 910, "{n}: {low}");
            assert!(*high <= seconds * 1_100 && *high > seconds * 1_090, "{n}: {high}");
        }
    }

    #[test]
    fn the_same_failure_waits_the_same_and_retry_after_is_a_floor() {
        assert_eq!(backoff(BACKOFF_BASE, 3, 7), backoff(BACKOFF_BASE, 3, 7));
        assert_ne!(backoff(BACKOFF_BASE, 3, 7), backoff(BACKOFF_BASE, 3, 8));
        let hour = Duration::from_secs(3_600);
        assert_eq!(pause(None, Some(hour), 1, 7), hour);
        assert_eq!(pause(None, Some(hour * 1_000), 1, 7), RETRY_AFTER_MAX);
        assert_eq!(pause(None, Some(Duration::ZERO), 1, 7), backoff(BACKOFF_BASE, 1, 7));
        assert!(pause(Some(Duration::from_secs(1)), None, 1, 7) < Duration::from_secs(2));
    }
}
