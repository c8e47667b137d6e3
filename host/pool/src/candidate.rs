//! What a routing policy is shown of an endpoint, at one moment. It must not know how the policy chooses.

use std::borrow::Cow;
use std::ops::Deref;
use std::sync::atomic::Ordering;
use std::time::Duration;

use patchbay_types::{ProviderId, Tokens};
use serde::Serialize;

use crate::condition::Now;
use crate::endpoint::{Need, State};
use crate::index::RouteHandle;
use crate::route::attribute;
use crate::{Api, PoolConfig, Probe, Route};

/// What a request asks for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Wanted<'a> {
    /// A canonical name or an alias; empty: none is named.
    pub model: &'a str,
    /// Any of these will do.
    pub apis: &'a [Api],
    /// What it will probably use, prompt and completion.
    pub tokens: Tokens,
}

/// One provider that serves the model. What does not change from one request to the next is its [`Route`]'s.
#[derive(Clone)]
pub struct Candidate {
    pub(crate) route: RouteHandle,
    pub health: Health,
    pub probe: Probe,
    /// It would be taken now, and this request has not tried it yet.
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
}

/// An endpoint whose time is up but whose probe has not gone yet counts as healthy: the next request is the probe.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Health {
    Healthy,
    /// Probes or requests fail now and then. It is used as a healthy one is.
    Degraded,
    /// After a 429, or while the probe after it is out.
    Cooling,
    /// After failures, or while the probe after them is out.
    Ejected,
    /// Its last health probes failed. It is available only when it is time for one request to try.
    Down,
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
    #[error("its last health probes failed")]
    Down,
    #[error("its credential was refused or cannot be opened")]
    Dead,
    #[error("no requests left for another {} s", .0.as_secs_f64())]
    Spent(Duration),
    #[error("no tokens left for another {} s", .0.as_secs_f64())]
    Tokens(Duration),
    #[error("it has as many requests as it may have at one time")]
    Full,
    #[error("it does not cool: the emergency lane is for those that do")]
    NotCooling,
    #[error("the operator changed, disabled or removed it since the candidates were listed")]
    Changed,
}

impl Health {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Healthy => "healthy",
            Self::Degraded => "degraded",
            Self::Cooling => "cooling",
            Self::Ejected => "ejected",
            Self::Down => "down",
            Self::Dead => "dead",
        }
    }

    pub(crate) fn of(
        refusal: Option<Unavailable>,
        state: &State,
        probe: Probe,
        now: Now,
        config: &PoolConfig,
    ) -> Self {
        match refusal {
            Some(Unavailable::Cooling(_)) => Self::Cooling,
            Some(Unavailable::Ejected(_)) => Self::Ejected,
            Some(Unavailable::Dead) => Self::Dead,
            Some(Unavailable::Down) => Self::Down,
            _ if probe == Probe::Down => Self::Down,
            _ if probe == Probe::Degraded || state.condition.falters(now, config) => Self::Degraded,
            _ => Self::Healthy,
        }
    }
}

impl Candidate {
    pub(crate) fn of(
        route: RouteHandle,
        tokens: Tokens,
        tried: &[ProviderId],
        now: Now,
        config: &PoolConfig,
    ) -> Self {
        let endpoint = &route.endpoint;
        let mut state = endpoint.runtime.lock();
        let need = Need { model: &route.canonical, tokens };
        let refusal = endpoint.refusal(&mut state, need, now, config);
        let probe = state.pulse.state(now);
        let health = Health::of(refusal, &state, probe, now, config);
        let (requests_left, rpm) = (state.rate.left(now.monotonic), state.rate.rpm());
        let cooling = state.condition.cooling(&route.canonical, now).unwrap_or_default();
        let (last_used, first_byte) = (state.last_used, state.first_byte);
        drop(state);
        Self {
            health,
            probe,
            available: refusal.is_none() && !tried.contains(route.id()),
            in_flight: endpoint.runtime.in_flight.load(Ordering::Relaxed),
            requests_left,
            rpm,
            cooling,
            idle: last_used.map(|at| now.monotonic.since(at)),
            first_byte,
            route,
        }
    }

    /// The route's, and `probe` if it is not healthy.
    #[must_use]
    pub fn attributes(&self) -> Cow<'_, Vec<(String, String)>> {
        let known = &self.route.attributes;
        match self.probe {
            Probe::Healthy => Cow::Borrowed(known),
            ill => Cow::Owned(known.iter().cloned().chain([attribute("probe", ill.as_str())]).collect()),
        }
    }
}

impl Deref for Candidate {
    type Target = Route;

    fn deref(&self) -> &Route {
        &self.route
    }
}
