//! How providers fared of late: looks at the sums of the meter, one after the other, so that two of them tell what was
//! between. Since this host started. It must not know who asks, nor what follows.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use patchbay_meter::{Meter, Outcomes};
use patchbay_types::{Clock, ProviderName, Timestamp};
use tokio_util::sync::CancellationToken;

/// Looks in the time that a fix is watched.
const LOOKS: u32 = 60;
/// The shortest pause between two.
const PAUSE_MIN: Duration = Duration::from_millis(100);
/// Looks that are kept: that time before a fix, and that time after it, and some air.
const LOOKS_MAX: usize = 2 * LOOKS as usize + 10;
/// Errors at providers; `provider-errors:NAME` at one.
const ERRORS: &str = "provider-errors";
/// Errors of a thousand requests at providers; `provider-error-rate:NAME` at one.
const RATE: &str = "provider-error-rate";

/// What is remembered.
pub struct Fared {
    meter: Arc<Meter>,
    clock: Arc<dyn Clock>,
    pause: Duration,
    /// The oldest first.
    looks: Mutex<VecDeque<Look>>,
}

struct Look {
    at: Timestamp,
    sums: HashMap<ProviderName, Outcomes>,
}

impl Fared {
    /// `watch`: the time that a fix is watched, before it and after it.
    #[must_use]
    pub fn new(meter: Arc<Meter>, clock: Arc<dyn Clock>, watch: Duration) -> Arc<Self> {
        let pause = (watch / LOOKS).max(PAUSE_MIN);
        let fared = Self { meter, clock, pause, looks: Mutex::default() };
        let now = fared.clock.wall();
        drop(fared.look(now));
        Arc::new(fared)
    }

    /// Looks again and again until `stop`.
    pub async fn run(self: Arc<Self>, stop: CancellationToken) {
        while tokio::time::timeout(self.pause, stop.cancelled()).await.is_err() {
            let now = self.clock.wall();
            drop(self.look(now));
        }
    }

    /// A metric between these times; none: it is none of these. A provider that had no requests has no errors.
    pub(super) fn measure(&self, metric: &str, since: Timestamp, until: Timestamp) -> Option<u64> {
        let (metric, provider) = match metric.split_once(':') {
            Some((metric, name)) => (metric, Some(name.parse::<ProviderName>().ok()?)),
            None => (metric, None),
        };
        let now = self.clock.wall();
        // A look that is taken for this question stands at its very end, so that the next question begins there.
        let looks = self.look(if now.since(until) < self.pause { until } else { now });
        let (from, to) = (sum(&looks, since, provider.as_ref()), sum(&looks, until, provider.as_ref()));
        let requests = to.requests.saturating_sub(from.requests);
        let errors = to.errors.saturating_sub(from.errors);
        match metric {
            ERRORS => Some(errors),
            RATE => Some(errors.saturating_mul(1_000).checked_div(requests).unwrap_or_default()),
            _ => None,
        }
    }

    fn look(&self, at: Timestamp) -> MutexGuard<'_, VecDeque<Look>> {
        let sums = self.meter.outcomes();
        let mut looks = self.looks.lock().unwrap_or_else(PoisonError::into_inner);
        if looks.len() >= LOOKS_MAX {
            looks.pop_front();
        }
        looks.push_back(Look { at, sums });
        looks
    }
}

/// What the last look until then saw; before the first, what that one saw.
fn sum(looks: &VecDeque<Look>, at: Timestamp, provider: Option<&ProviderName>) -> Outcomes {
    let look = looks.iter().rev().find(|look| look.at <= at).or_else(|| looks.front());
    let counted = look.into_iter().flat_map(|look| &look.sums);
    let counted = counted.filter(|(name, _)| provider.is_none_or(|wanted| wanted == *name));
    counted.fold(Outcomes::default(), |sum, (_, more)| Outcomes {
        requests: sum.requests.saturating_add(more.requests),
        errors: sum.errors.saturating_add(more.errors),
    })
}

#[cfg(test)]
mod tests;
