//! Taking an endpoint out after failures, and how many of a pool may be out.

use std::sync::PoisonError;

use super::Shared;
use crate::condition::Now;
use crate::endpoint::Endpoint;

impl Shared {
    /// Ejects, unless too many of its pool are out already.
    pub(crate) fn eject(&self, endpoint: &Endpoint, now: Now) {
        let _changing = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let (index, config) = (self.index(), self.config.load());
        let (mut alive, mut out) = (0_usize, 0_usize);
        for peer in index.peers(endpoint) {
            let state = peer.runtime.lock();
            alive += usize::from(peer.death(&state).is_none());
            out += usize::from(peer.death(&state).is_none() && state.condition.is_ejected());
        }
        let mut state = endpoint.runtime.lock();
        let current = state.edition == endpoint.edition && !state.condition.is_ejected();
        if !current || !state.condition.past_threshold(now, &config) {
            return;
        }
        match out < ejectable(alive, config.eject_share_max) {
            true => {
                state.condition.eject(now, &config);
                tracing::warn!(provider = %endpoint.provider.name, "provider ejected after failures");
            }
            false => {
                tracing::debug!(provider = %endpoint.provider.name, "provider fails, but too few are left to eject it");
            }
        }
    }
}

/// How many of a pool's living endpoints may be out at a time.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "small, not negative"
)]
fn ejectable(alive: usize, share_max: f64) -> usize {
    ((alive as f64 * share_max.clamp(0.0, 1.0)) as usize).min(alive.saturating_sub(1))
}
