//! What changes how an endpoint fares without a request: the operator, another definition, a restart.

use super::{Condition, Cooling, Ejection, Now, Ticket};
use crate::Cooldown;

impl Condition {
    /// The operator vouches for a dead endpoint: one probe, then all. False if it was not dead.
    pub(crate) fn revive(&mut self, now: Now) -> bool {
        let was_dead = self.dead.take().is_some();
        if was_dead {
            self.ejected = Some(Ejection { until: now.monotonic, probe: None });
        }
        was_dead
    }

    /// The address or the credential is another one: what was learned of the old one's health is void, but a dead one
    /// proves itself first. Cooldowns stay, because a new key often shares the limits of the old.
    pub(crate) fn renew(&mut self, now: Now) {
        self.ejected = None;
        self.ramps.clear();
        self.failures.clear();
        self.revive(now);
    }

    /// Ends all cooldowns; neither a probe nor a ramp is asked for.
    pub(crate) fn clear(&mut self) -> Vec<Cooling> {
        self.ramps.clear();
        std::mem::take(&mut self.cooling)
    }

    pub(crate) fn forget_models(&mut self, keep: impl Fn(&str) -> bool) {
        self.cooling.retain(|cooling| cooling.model.as_deref().is_none_or(&keep));
        self.ramps.forget_models(keep);
    }

    /// A cooldown of an earlier process. It only ever makes one longer.
    pub(crate) fn restore(&mut self, earlier: &Cooldown) {
        let earlier = Cooling::restored(earlier, Ticket(self.tickets));
        match self.cooling.iter_mut().find(|cooling| cooling.model == earlier.model) {
            Some(cooling) => cooling.merge(earlier),
            None => self.cooling.push(earlier),
        }
    }
}
