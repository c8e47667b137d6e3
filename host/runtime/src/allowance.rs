//! How often a call may ask its host: so many times at once, and where work may take long, so many a second from then on.
//! A plugin that asks in a loop is held to that pace; one that works for a day is not ended by a count. It must not know
//! what is asked.

use std::time::Duration;

use crate::limit::HOST_CALLS;

/// What one call has left.
#[derive(Debug)]
pub(crate) struct Allowance {
    /// Questions that it may ask at once.
    left: u32,
    /// What comes back in a second; none: what is used up stays so.
    per_second: Option<u32>,
    /// Since the call began: up to when it has got back what it has used.
    filled: Duration,
}

/// What a question is told.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Turn {
    Now,
    /// It is paid for, and answered after that long.
    After(Duration),
    Never,
}

impl Allowance {
    pub(crate) fn new(per_second: Option<u32>) -> Self {
        Self { left: HOST_CALLS, per_second, filled: Duration::ZERO }
    }

    /// One question more, at this time since the call began.
    pub(crate) fn take(&mut self, now: Duration) -> Turn {
        let pace = self.per_second.and_then(|calls| Duration::from_secs(1).checked_div(calls));
        if let Some(pace) = pace {
            self.fill(now, pace);
        }
        match (self.left.checked_sub(1), pace) {
            (Some(left), _) => {
                self.left = left;
                Turn::Now
            }
            (None, Some(pace)) => {
                self.filled += pace;
                Turn::After(self.filled.saturating_sub(now))
            }
            (None, None) => Turn::Never,
        }
    }

    fn fill(&mut self, now: Duration, pace: Duration) {
        let back = now.saturating_sub(self.filled).as_nanos() / pace.as_nanos().max(1);
        let back = u32::try_from(back).unwrap_or(u32::MAX).min(HOST_CALLS);
        self.filled += pace * back;
        self.left = self.left.saturating_add(back);
        if self.left >= HOST_CALLS {
            (self.left, self.filled) = (HOST_CALLS, now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn use_up(allowance: &mut Allowance, now: Duration) {
        (0..HOST_CALLS).for_each(|_| assert_eq!(allowance.take(now), Turn::Now));
    }

    #[test]
    fn a_short_call_has_a_count_and_no_more() {
        let mut allowance = Allowance::new(None);
        use_up(&mut allowance, Duration::ZERO);
        assert_eq!(allowance.take(SECOND * 3_600), Turn::Never);
    }

    #[test]
    fn a_long_one_goes_on_at_its_pace() {
        let mut allowance = Allowance::new(Some(100));
        use_up(&mut allowance, Duration::ZERO);
        let waits: Vec<Turn> = (0..3).map(|_| allowance.take(Duration::ZERO)).collect();
        assert_eq!(waits, [10, 20, 30].map(|ms| Turn::After(Duration::from_millis(ms))));
        assert_eq!(allowance.take(Duration::from_millis(40)), Turn::Now, "the fourth hundredth has come");
        assert_eq!(allowance.take(Duration::from_millis(40)), Turn::After(Duration::from_millis(10)));
    }

    #[test]
    fn who_asks_no_faster_than_its_pace_never_waits_and_saves_no_more_than_it_began_with() {
        let mut allowance = Allowance::new(Some(100));
        for hundredth in 0..1_000_000_u64 {
            assert_eq!(allowance.take(Duration::from_millis(10 * hundredth)), Turn::Now);
        }
        let later = SECOND * 24 * 3_600;
        use_up(&mut allowance, later);
        assert_eq!(allowance.take(later), Turn::After(Duration::from_millis(10)));
    }
}
