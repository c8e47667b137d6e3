//! What people and metrics are shown of an endpoint.

use std::sync::atomic::Ordering;
use std::time::Duration;

use patchbay_types::{ProviderId, ProviderName, Timestamp, Tokens};
use serde::Serialize;

use crate::condition::{Cooling, Now};
use crate::endpoint::{Endpoint, Need};
use crate::pulse::Pulse;
use crate::{Api, BaseUrl, Health, PoolConfig, Probe, Source};

#[derive(Clone, Debug, Serialize)]
pub struct EndpointStatus {
    pub name: ProviderName,
    pub id: ProviderId,
    pub label: Option<String>,
    pub api: Api,
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
    /// Its limit of tokens a minute.
    pub tpm: Option<u64>,
    /// Tokens used in the last 60 s, estimates among them; zero where they are not counted.
    pub tokens_used: Tokens,
    /// Requests that it may have at one time.
    pub max_in_flight: Option<u32>,
    /// Requests that it may have at one time until it is let in as a whole again.
    pub ramp: Option<u32>,
    pub probe: ProbeStatus,
    /// Cooldowns that run, and those whose probe has not been answered well yet.
    pub cooling: Vec<CoolingStatus>,
    /// Until a probe may end its ejection; zero when the probe is due or out.
    pub ejected_ms: Option<u64>,
    /// Since it was last used.
    pub idle_ms: Option<u64>,
    /// Moving average.
    pub first_byte_ms: Option<f64>,
}

/// What its health probes have found.
#[derive(Clone, Debug, Serialize)]
pub struct ProbeStatus {
    pub state: Probe,
    /// Share of good ones in the last five minutes; none if there were none.
    pub success_rate: Option<f64>,
    pub failures_in_a_row: u32,
    /// Of the last good one.
    pub latency_ms: Option<f64>,
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
    pub(crate) fn of(endpoint: &Endpoint, now: Now, config: &PoolConfig) -> Self {
        let provider = &endpoint.provider;
        let mut state = endpoint.runtime.lock();
        let need = Need { model: "", tokens: Tokens(0) };
        let refusal = endpoint.refusal(&mut state, need, now, config);
        let probe = state.pulse.state(now);
        Self {
            name: provider.name.clone(),
            id: provider.id.clone(),
            label: provider.label.clone(),
            api: provider.api,
            pool: provider.pool.clone(),
            tier: endpoint.tier,
            base_url: provider.base_url.clone(),
            source: provider.source,
            enabled: provider.enabled,
            health: Health::of(refusal, &state, probe, now, config),
            reason: endpoint.death(&state).map(str::to_owned),
            models: provider.models.keys().cloned().collect(),
            in_flight: endpoint.runtime.in_flight.load(Ordering::Relaxed),
            rpm: state.rate.rpm(),
            requests_left: state.rate.left(now.monotonic),
            requests_used: state.rate.used(now.monotonic),
            tpm: provider.tpm,
            tokens_used: state.tokens_used(now.monotonic),
            max_in_flight: provider.max_in_flight,
            ramp: state.condition.ramp(),
            probe: ProbeStatus::of(&state.pulse, now),
            cooling: state
                .condition
                .coolings()
                .iter()
                .map(|cooling| CoolingStatus::of(cooling, now))
                .collect(),
            ejected_ms: state.condition.ejection_left(now).map(ms),
            idle_ms: state.last_used.map(|at| ms(now.monotonic.since(at))),
            first_byte_ms: state.first_byte.map(fine_ms),
        }
    }
}

impl ProbeStatus {
    fn of(pulse: &Pulse, now: Now) -> Self {
        Self {
            state: pulse.state(now),
            success_rate: pulse.success_rate(now),
            failures_in_a_row: pulse.failures(),
            latency_ms: pulse.latency().map(fine_ms),
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

fn fine_ms(span: Duration) -> f64 {
    span.as_secs_f64() * 1e3
}
