//! What a routing policy is shown of an endpoint, at one moment. It must not know how the policy chooses.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use patchbay_types::{NanoUsdPerMillion, ProviderId, ProviderName};
use serde::Serialize;

use crate::condition::Now;
use crate::endpoint::Endpoint;
use crate::index::Route;

/// One provider that serves the model.
#[derive(Clone)]
pub struct Candidate {
    pub provider: ProviderName,
    pub id: ProviderId,
    pub pool: Arc<str>,
    /// The pool's place in the order; 0 comes first.
    pub tier: u32,
    pub health: Health,
    /// Healthy, with requests left, not yet tried by this request.
    pub available: bool,
    pub in_flight: u32,
    /// Requests that its bucket would let through at once.
    pub requests_left: u32,
    /// Its limit a minute.
    pub rpm: u32,
    /// Until its cooldown ends; zero when it is not cooling, and while a probe is out.
    pub cooling: Duration,
    /// Since it was last used; none if it never was.
    pub idle: Option<Duration>,
    /// Moving average of the time to the first byte; none before the first answer.
    pub first_byte: Option<Duration>,
    pub input_price: Option<NanoUsdPerMillion>,
    pub output_price: Option<NanoUsdPerMillion>,
    pub cached_price: Option<NanoUsdPerMillion>,
    /// The canonical name that was asked for.
    pub model: Arc<str>,
    /// What this provider calls the model.
    pub native_id: Arc<str>,
    pub endpoint: Arc<Endpoint>,
}

/// An endpoint whose time is up but whose probe has not gone yet counts as healthy: the next request is the probe.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Health {
    Healthy,
    /// After a 429, or while the probe after it is out.
    Cooling,
    /// After failures, or while the probe after them is out.
    Ejected,
    /// Its credential was refused or cannot be opened.
    Dead,
}

/// Why a candidate cannot be taken. Durations: until it can, as far as known; zero while a probe is out.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Unavailable {
    #[error("cooling for another {} s", .0.as_secs_f64())]
    Cooling(Duration),
    #[error("ejected for another {} s", .0.as_secs_f64())]
    Ejected(Duration),
    #[error("its credential was refused or cannot be opened")]
    Dead,
    #[error("no requests left for another {} s", .0.as_secs_f64())]
    Spent(Duration),
    #[error("the operator changed, disabled or removed it since the candidates were listed")]
    Changed,
}

impl Health {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Healthy => "healthy",
            Self::Cooling => "cooling",
            Self::Ejected => "ejected",
            Self::Dead => "dead",
        }
    }

    pub(crate) fn after(refusal: Option<Unavailable>) -> Self {
        match refusal {
            Some(Unavailable::Cooling(_)) => Self::Cooling,
            Some(Unavailable::Ejected(_)) => Self::Ejected,
            Some(Unavailable::Dead) => Self::Dead,
            Some(Unavailable::Spent(_) | Unavailable::Changed) | None => Self::Healthy,
        }
    }
}

impl Candidate {
    pub(crate) fn of(route: &Route, tried: &[ProviderId], now: Now) -> Self {
        let endpoint = &route.endpoint;
        let provider = &endpoint.provider;
        let mut state = endpoint.runtime.lock();
        let refusal = endpoint.refusal(&mut state, &route.model, now);
        Self {
            provider: provider.name.clone(),
            id: provider.id.clone(),
            pool: Arc::clone(&endpoint.pool),
            tier: endpoint.tier,
            health: Health::after(refusal),
            available: refusal.is_none() && !tried.contains(&provider.id),
            in_flight: endpoint.runtime.in_flight.load(Ordering::Relaxed),
            requests_left: state.bucket.left(now.monotonic),
            rpm: state.bucket.rpm(),
            cooling: state.condition.cooling(&route.model, now).unwrap_or_default(),
            idle: state.last_used.map(|at| now.monotonic.since(at)),
            first_byte: state.first_byte,
            input_price: route.input_price,
            output_price: route.output_price,
            cached_price: route.cached_price,
            model: Arc::clone(&route.model),
            native_id: Arc::clone(&route.native_id),
            endpoint: Arc::clone(endpoint),
        }
    }
}
