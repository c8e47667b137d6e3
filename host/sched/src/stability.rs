//! Whether a host restarts too often to run schedules. It must not know what a host is.

use std::time::Duration;

use patchbay_types::Timestamp;

/// A host that starts more often than this within [`WINDOW`] is not stable.
pub const STARTS_MAX: usize = 3;
pub const WINDOW: Duration = Duration::from_secs(15 * 60);

/// Until when schedules are held back, if a host that started at these moments is not stable; in any order, this start
/// with them. The last `STARTS_MAX + 1` are enough. Starts after now are those of a clock that was wrong: they do not
/// count.
#[must_use]
pub fn held_until(starts: &[Timestamp], now: Timestamp) -> Option<Timestamp> {
    let mut past: Vec<Timestamp> = starts.iter().copied().filter(|start| *start <= now).collect();
    past.sort_unstable_by(|a, b| b.cmp(a));
    past.get(STARTS_MAX).map(|oldest| *oldest + WINDOW).filter(|until| *until > now)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: u64 = 60_000;
    const NOW: Timestamp = Timestamp(100 * MINUTE);

    fn minutes_ago(ago: &[u64]) -> Vec<Timestamp> {
        ago.iter().map(|ago| Timestamp(NOW.0 - ago * MINUTE)).collect()
    }

    #[test]
    fn three_starts_in_a_quarter_of_an_hour_hold_nothing_back() {
        assert_eq!(held_until(&[], NOW), None);
        assert_eq!(held_until(&minutes_ago(&[0, 1, 2]), NOW), None);
        assert_eq!(
            held_until(&minutes_ago(&[0, 5, 14, 15, 16, 17, 18]), NOW),
            None,
            "the fourth is 15 min old"
        );
    }

    #[test]
    fn a_fourth_start_holds_back_until_only_three_are_young() {
        let until = Some(Timestamp(NOW.0 + 5 * MINUTE));
        assert_eq!(held_until(&minutes_ago(&[0, 2, 4, 10]), NOW), until);
        assert_eq!(
            held_until(&minutes_ago(&[10, 0, 4, 2, 12]), NOW),
            until,
            "in any order, older ones do not matter"
        );
        let then = Timestamp(NOW.0 + 5 * MINUTE);
        assert_eq!(held_until(&minutes_ago(&[0, 2, 4, 10]), then), None, "then it is stable");
    }

    #[test]
    fn starts_of_a_clock_that_was_ahead_do_not_count() {
        let ahead: Vec<Timestamp> = (1..9).map(|later| Timestamp(NOW.0 + later * MINUTE)).collect();
        assert_eq!(held_until(&ahead, NOW), None);
    }
}
