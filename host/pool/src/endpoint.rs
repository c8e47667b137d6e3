//! One provider at run time: its definition, its connections, and how it fares. The definition is replaced as a whole
//! when the operator changes it; how it fares lives on behind it. It must not know the other endpoints.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http::HeaderValue;
use patchbay_types::{Clock, Monotonic, Secret};

use crate::bucket::Bucket;
use crate::client::Client;
use crate::condition::{Condition, Cooling, Now, Ticket};
use crate::{Change, Cooldown, CooldownChange, Definition, Keeper, Provider, Unavailable};

/// Opaque outside: a candidate carries it to `Pool::take`.
pub struct Endpoint {
    pub(crate) provider: Provider,
    pub(crate) pool: Arc<str>,
    pub(crate) tier: u32,
    /// Which address and credential this is, of those that the provider had: verdicts on earlier ones are void.
    pub(crate) edition: u64,
    pub(crate) client: Client,
    pub(crate) credential: Credential,
    pub(crate) runtime: Arc<Runtime>,
}

/// What goes into `Authorization`, or why nothing can be sent.
#[derive(Clone, PartialEq)]
pub(crate) enum Credential {
    None,
    /// `Bearer …`, marked sensitive. The HTTP library's copies of it are not overwritten.
    Header(HeaderValue),
    Broken(String),
}

/// What outlives a change of the definition.
pub(crate) struct Runtime {
    pub(crate) in_flight: AtomicU32,
    state: Mutex<State>,
}

pub(crate) struct State {
    pub(crate) edition: u64,
    /// Enabled and not removed.
    pub(crate) active: bool,
    pub(crate) bucket: Bucket,
    pub(crate) condition: Condition,
    /// Moving average, a fifth of each new one.
    pub(crate) first_byte: Option<Duration>,
    pub(crate) last_used: Option<Monotonic>,
}

impl Runtime {
    pub(crate) fn new(rpm: u32) -> Self {
        let state = State {
            edition: 0,
            active: false,
            bucket: Bucket::new(rpm),
            condition: Condition::default(),
            first_byte: None,
            last_used: None,
        };
        Self { in_flight: AtomicU32::new(0), state: Mutex::new(state) }
    }

    /// Held for a few field accesses, never over an await.
    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    pub(crate) fn observe(&mut self, first_byte: Duration) {
        self.first_byte = Some(self.first_byte.map_or(first_byte, |mean| (mean * 4 + first_byte) / 5));
    }
}

impl Credential {
    pub(crate) fn of(definition: &Definition) -> Self {
        match (&definition.credential_error, &definition.credential) {
            (Some(error), _) => Self::Broken(error.clone()),
            (None, Some(secret)) => Self::header(secret),
            (None, None) => Self::None,
        }
    }

    fn header(secret: &Secret<String>) -> Self {
        let bearer = Secret::new(format!("Bearer {}", secret.expose()));
        match HeaderValue::from_str(bearer.expose()) {
            Ok(mut header) => {
                header.set_sensitive(true);
                Self::Header(header)
            }
            Err(_) => Self::Broken(
                "the credential holds characters that a header cannot: enter it again".to_owned(),
            ),
        }
    }

    pub(crate) fn as_header(&self) -> Option<&HeaderValue> {
        match self {
            Self::Header(header) => Some(header),
            Self::None | Self::Broken(_) => None,
        }
    }

    /// The text without the secret, should a provider have repeated it.
    pub(crate) fn redact(&self, text: &str) -> String {
        let bearer = self.as_header().and_then(|header| header.to_str().ok());
        match bearer.and_then(|bearer| bearer.strip_prefix("Bearer ")).filter(|secret| !secret.is_empty()) {
            Some(secret) => text.replace(secret, "…"),
            None => text.to_owned(),
        }
    }
}

impl Endpoint {
    /// The same in another tier or with other connections.
    pub(crate) fn again(&self, tier: u32, client: Client) -> Self {
        Self {
            provider: self.provider.clone(),
            pool: Arc::clone(&self.pool),
            tier,
            edition: self.edition,
            client,
            credential: self.credential.clone(),
            runtime: Arc::clone(&self.runtime),
        }
    }

    /// Why no request can go out now, if none can; leaves out whether this is still the operator's definition.
    pub(crate) fn refusal(&self, state: &mut State, model: &str, now: Now) -> Option<Unavailable> {
        if self.death(state).is_some() {
            return Some(Unavailable::Dead);
        }
        if let Some(left) = state.condition.ejected(now) {
            return Some(Unavailable::Ejected(left));
        }
        if let Some(left) = state.condition.cooling(model, now) {
            return Some(Unavailable::Cooling(left));
        }
        let wait = state.bucket.wait(now.monotonic);
        (!wait.is_zero()).then_some(Unavailable::Spent(wait))
    }

    /// Takes a token and enters; the caller counts it in flight.
    pub(crate) fn enter(&self, model: &str, now: Now) -> Result<Ticket, Unavailable> {
        let mut state = self.runtime.lock();
        if !state.active || state.edition != self.edition {
            return Err(Unavailable::Changed);
        }
        if let Some(refusal) = self.refusal(&mut state, model, now) {
            return Err(refusal);
        }
        state.bucket.take(now.monotonic).map_err(Unavailable::Spent)?;
        state.last_used = Some(now.monotonic);
        self.runtime.in_flight.fetch_add(1, Ordering::Relaxed);
        Ok(state.condition.enter(model))
    }

    /// How long until a request can go out, as far as it is known; none if only the operator can change that.
    pub(crate) fn opens_in(&self, model: &str, now: Now) -> Option<Duration> {
        let mut state = self.runtime.lock();
        if self.death(&state).is_some() {
            return None;
        }
        // A probe that is out answers when it answers: a second is a fair time to look again.
        let gate =
            |left: Option<Duration>| left.map(|left| left.max(Duration::from_secs(1))).unwrap_or_default();
        let (ejected, cooling) = (state.condition.ejected(now), state.condition.cooling(model, now));
        Some(gate(ejected).max(gate(cooling)).max(state.bucket.wait(now.monotonic)))
    }

    pub(crate) fn death<'a>(&'a self, state: &'a State) -> Option<&'a str> {
        match &self.credential {
            Credential::Broken(reason) => Some(reason),
            Credential::None | Credential::Header(_) => state.condition.dead(),
        }
    }

    pub(crate) fn cooldown(&self, cooling: &Cooling) -> Cooldown {
        Cooldown {
            provider: self.provider.id.clone(),
            name: self.provider.name.clone(),
            model: cooling.model.as_deref().map(str::to_owned),
            count: cooling.count,
            started: cooling.started,
            until: cooling.until,
            reason: cooling.reason.clone(),
        }
    }

    /// Called under the lock, so that changes are told in their order.
    pub(crate) fn tell(&self, keeper: &dyn Keeper, change: Change, cooling: &Cooling, now: Now) {
        keeper.cooling(CooldownChange { change, at: now.wall, cooldown: self.cooldown(cooling) });
    }
}

impl Now {
    pub(crate) fn read(clock: &dyn Clock) -> Self {
        Self { wall: clock.wall(), monotonic: clock.monotonic() }
    }
}
