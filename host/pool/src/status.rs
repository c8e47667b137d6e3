//! What people and metrics are shown of an endpoint.

use std::sync::atomic::Ordering;
use std::time::Duration;

use patchbay_types::{ProviderId, ProviderName, Timestamp};
use serde::Serialize;

use crate::Health;
use crate::condition::{Cooling, Now};
use crate::endpoint::Endpoint;
use crate::{BaseUrl, Source};

#[derive(Clone, Debug, Serialize)]
pub struct EndpointStatus {
    pub name: ProviderName,
    pub id: ProviderId,
    pub pool: String,
    pub tier: u32,
    pub base_url: BaseUrl,
    pub source: Source,
    pub enabled: bool,
    /// Of the provider as a whole; a model may cool by itself, see `cooling`.
    pub health: Health,
    /// Why it is dead.
    pub reason: Option<String>,
    /// Canonical names.
    pub models: Vec<String>,
    pub in_flight: u32,
    pub rpm: u32,
    /// Requests that its bucket would let through at once.
    pub requests_left: u32,
    /// Requests sent in the last 60 s.
    pub requests_used: u32,
    /// Cooldowns that run, and those whose probe has not been answered well yet.
    pub cooling: Vec<CoolingStatus>,
    /// Until a probe may end its ejection; zero when the probe is due or out.
    pub ejected_ms: Option<u64>,
    /// Since it was last used.
    pub idle_ms: Option<u64>,
    /// Moving average.
    pub first_byte_ms: Option<f64>,
}

#[derive(Clone, Debug, Serialize)]
pub struct CoolingStatus {
    /// None: the whole provider.
    pub model: Option<String>,
    pub count: u32,
    pub until: Timestamp,
    /// Zero when the probe is due or out.
    pub left_ms: u64,
    pub reason: String,
}

impl EndpointStatus {
    pub(crate) fn of(endpoint: &Endpoint, now: Now) -> Self {
        let provider = &endpoint.provider;
        let mut state = endpoint.runtime.lock();
        let refusal = endpoint.refusal(&mut state, "", now);
        Self {
            name: provider.name.clone(),
            id: provider.id.clone(),
            pool: provider.pool.clone(),
            tier: endpoint.tier,
            base_url: provider.base_url.clone(),
            source: provider.source,
            enabled: provider.enabled,
            health: Health::after(refusal),
            reason: endpoint.death(&state).map(str::to_owned),
            models: provider.models.keys().cloned().collect(),
            in_flight: endpoint.runtime.in_flight.load(Ordering::Relaxed),
            rpm: state.bucket.rpm(),
            requests_left: state.bucket.left(now.monotonic),
            requests_used: state.bucket.used(now.monotonic),
            cooling: state
                .condition
                .coolings()
                .iter()
                .map(|cooling| CoolingStatus::of(cooling, now))
                .collect(),
            ejected_ms: state.condition.ejection_left(now).map(ms),
            idle_ms: state.last_used.map(|at| ms(now.monotonic.since(at))),
            first_byte_ms: state.first_byte.map(|mean| mean.as_secs_f64() * 1e3),
        }
    }
}

impl CoolingStatus {
    fn of(cooling: &Cooling, now: Now) -> Self {
        Self {
            model: cooling.model.as_deref().map(str::to_owned),
            count: cooling.count,
            until: cooling.until,
            left_ms: ms(cooling.until.since(now.wall)),
            reason: cooling.reason.clone(),
        }
    }
}

fn ms(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}
