//! One cooldown, of a provider or of one of its models: it exists from the first 429 until a probe is answered well,
//! so its count outlives its deadline.

use std::sync::Arc;
use std::time::Duration;

use patchbay_types::Timestamp;

use super::{Limit, Now, Ticket, closed};
use crate::{Change, Cooldown, PoolConfig};

/// Deadlines that move by less are not worth a write.
const TELL_FROM: Duration = Duration::from_secs(1);

#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Cooling {
    pub(crate) model: Option<Arc<str>>,
    pub(crate) count: u32,
    pub(crate) started: Timestamp,
    pub(crate) until: Timestamp,
    pub(crate) reason: String,
    /// The last ticket that was given out before it began: refusals up to there belong to the same episode, and only a
    /// good answer to a later one ends it.
    after: Ticket,
    /// The deadline that was told last.
    told: Timestamp,
    pub(super) probe: Option<Ticket>,
}

impl Cooling {
    pub(super) fn begin(limit: &Limit<'_>, after: Ticket, now: Now, config: &PoolConfig) -> Self {
        let until = now.wall + pause(1, limit.at_least, config);
        let reason = limit.reason.to_owned();
        let model = limit.model.cloned();
        Self { model, count: 1, started: now.wall, until, reason, after, told: until, probe: None }
    }

    pub(super) fn restored(earlier: &Cooldown, after: Ticket) -> Self {
        Self {
            model: earlier.model.as_deref().map(Into::into),
            count: earlier.count.max(1),
            started: earlier.started,
            until: earlier.until,
            reason: earlier.reason.clone(),
            after,
            told: earlier.until,
            probe: None,
        }
    }

    pub(super) fn covers(&self, model: &str) -> bool {
        self.model.as_deref().is_none_or(|own| own == model)
    }

    pub(super) fn closed(&self, now: Now) -> Option<Duration> {
        closed(self.until.since(now.wall), self.probe)
    }

    /// Whether a good answer to this request ends it.
    pub(super) fn is_disproved_by(&self, ticket: Ticket, model: &str) -> bool {
        ticket > self.after && self.covers(model)
    }

    /// A refusal while this one stands. The deadline never moves back.
    pub(super) fn hit(
        &mut self,
        limit: &Limit<'_>,
        after: Ticket,
        now: Now,
        config: &PoolConfig,
    ) -> Option<Change> {
        if limit.ticket <= self.after {
            self.until = self.until.max(now.wall + limit.at_least.unwrap_or_default());
            return (self.until.since(self.told) >= TELL_FROM).then(|| self.tell(Change::Prolonged));
        }
        self.count = self.count.saturating_add(1);
        self.started = now.wall;
        self.until = self.until.max(now.wall + pause(self.count, limit.at_least, config));
        limit.reason.clone_into(&mut self.reason);
        self.after = after;
        Some(self.tell(Change::Started))
    }

    pub(super) fn merge(&mut self, earlier: Cooling) {
        self.count = self.count.max(earlier.count);
        self.until = self.until.max(earlier.until);
    }

    fn tell(&mut self, change: Change) -> Change {
        self.told = self.until;
        change
    }
}

/// Doubled each time up to the maximum, then jittered, but never under what the provider asked for.
fn pause(count: u32, at_least: Option<Duration>, config: &PoolConfig) -> Duration {
    let doublings = count.saturating_sub(1).min(31);
    let backoff = config.cooldown_base.saturating_mul(1 << doublings).min(config.cooldown_max);
    let jitter = 1.0 + config.jitter.clamp(0.0, 1.0) * (2.0 * fastrand::f64() - 1.0);
    backoff.mul_f64(jitter).max(at_least.unwrap_or_default())
}
