//! What must outlive the process: cooldowns, and how much of each minute is used.

use std::sync::Arc;

use super::Pool;
use crate::endpoint::Endpoint;
use crate::{BucketFill, Cooldown};

impl Pool {
    /// At start, after the first `set`: cooldowns and fills of an earlier process. Unknown providers are passed over.
    /// A cooldown whose time is up still keeps its count, and asks for a probe.
    pub fn restore(&self, cooldowns: Vec<Cooldown>, buckets: Vec<BucketFill>) {
        let (index, now) = (self.shared.index(), self.now());
        for cooldown in &cooldowns {
            if let Some(endpoint) = index.find(&cooldown.provider) {
                endpoint.runtime.lock().condition.restore(cooldown);
            }
        }
        for fill in &buckets {
            if let Some(endpoint) = index.find(&fill.provider) {
                let (ago, mut state) = (now.wall.since(fill.at), endpoint.runtime.lock());
                state.rate.restore(fill.used, ago, now.monotonic);
                state.restore_tokens(fill.tokens, ago, now.monotonic);
            }
        }
    }

    /// Those that run now.
    #[must_use]
    pub fn cooldowns(&self) -> Vec<Cooldown> {
        let (index, now) = (self.shared.index(), self.now());
        let running = |endpoint: &Arc<Endpoint>| -> Vec<Cooldown> {
            let state = endpoint.runtime.lock();
            let cooling = state.condition.coolings().iter().filter(|cooling| cooling.until > now.wall);
            cooling.map(|cooling| endpoint.cooldown(cooling)).collect()
        };
        index.endpoints().iter().flat_map(running).collect()
    }

    /// How much of each minute is used, for a coarse copy that a restart reads.
    #[must_use]
    pub fn buckets(&self) -> Vec<BucketFill> {
        let (index, now) = (self.shared.index(), self.now());
        let fill = |endpoint: &Arc<Endpoint>| {
            let mut state = endpoint.runtime.lock();
            BucketFill {
                provider: endpoint.provider.id.clone(),
                used: state.rate.used(now.monotonic),
                tokens: state.tokens_used(now.monotonic),
                at: now.wall,
            }
        };
        index.endpoints().iter().map(fill).collect()
    }
}
