//! What came of a request: what its endpoint learns of it. It must not know how the request was sent.

use std::sync::atomic::Ordering;
use std::time::Duration;

use patchbay_types::Tokens;

use super::{Account, Permit};
use crate::condition::{Limit, Now};
use crate::endpoint::State;
use crate::{Change, Verdict};

/// How much of an answer is kept as the reason of a cooldown, in characters.
const REASON_MAX: usize = 200;

impl Permit {
    /// A good answer has begun, this long after it was asked for. Ends what this request was the probe of.
    pub fn succeeded(&self, first_byte: Duration) {
        let now = self.pool.now();
        self.succeeded.store(true, Ordering::Relaxed);
        let gated = self.judge(|state| {
            let gated = self.endpoint().is_gated(state);
            self.served(state, first_byte, now);
            gated
        });
        if gated == Some(true) {
            self.pool.wake();
        }
    }

    /// What it used, prompt and completion, in place of what was set aside. Only the first call counts.
    pub fn settle(&self, actual: Tokens) {
        let Account::Open(reserved) = self.close() else { return };
        let now = self.pool.monotonic();
        let mut state = self.endpoint().runtime.lock();
        state.settle(reserved, actual, now);
        let counts = state.counts_tokens();
        drop(state);
        if counts {
            self.pool.wake();
        }
    }

    /// It went wrong, before or after `succeeded`. `body_prefix` is text for people: what the provider said.
    pub fn failed(&self, verdict: &Verdict, body_prefix: &str) {
        let now = self.pool.now();
        match *verdict {
            Verdict::RateLimited { at_least, model_only } | Verdict::Overloaded { at_least, model_only } => {
                self.judge(|state| self.limited(state, at_least, model_only, body_prefix, now));
            }
            Verdict::CredentialRefused => self.refused(body_prefix),
            Verdict::ServerError | Verdict::Unreachable => self.broke(now),
            Verdict::Ok | Verdict::ClientError => self.proved_nothing(),
        }
    }

    fn served(&self, state: &mut State, first_byte: Duration, now: Now) {
        state.observe(first_byte);
        let (was_down, burst) = (state.pulse.served(now), state.burst());
        for cleared in state.condition.succeeded(self.ticket, &self.route.canonical, burst) {
            self.endpoint().tell(self.pool.keeper(), Change::Cleared, &cleared, now);
        }
        if was_down {
            state.condition.ramp_up();
        }
    }

    /// Without a name of a model, a limit of one is taken for all: nobody could tell which.
    fn limited(&self, state: &mut State, at_least: Option<Duration>, model_only: bool, said: &str, now: Now) {
        let reason = self.reason(said);
        let model = Some(&self.route.canonical).filter(|model| model_only && !model.is_empty());
        let limit = Limit { ticket: self.ticket, model, at_least, reason: &reason };
        if let Some((change, cooling)) = state.condition.limited(&limit, now, &self.pool.config()) {
            self.endpoint().tell(self.pool.keeper(), change, cooling, now);
        }
    }

    fn refused(&self, said: &str) {
        let reason = format!("the credential was refused: {}", self.reason(said));
        if self.judge(|state| state.condition.die(self.ticket, &reason)) == Some(true) {
            tracing::warn!(provider = %self.provider(), %reason, "provider dead until its credential or url changes");
        }
    }

    /// An answer, so an ejected endpoint is back; but a provider may refuse bad requests even while it cools.
    fn proved_nothing(&self) {
        self.judge(|state| {
            state.condition.reached(self.ticket);
            state.condition.release(self.ticket);
        });
    }

    fn broke(&self, now: Now) {
        let too_many = self.judge(|state| state.condition.failed(self.ticket, now, &self.pool.config()));
        if too_many == Some(true) {
            self.pool.eject(self.endpoint(), now);
        }
    }

    /// Nothing, if the operator has given the provider another address or credential since.
    fn judge<T>(&self, act: impl FnOnce(&mut State) -> T) -> Option<T> {
        let mut state = self.endpoint().runtime.lock();
        (state.edition == self.endpoint().edition).then(|| act(&mut state))
    }

    fn reason(&self, said: &str) -> String {
        let printable = |c: char| if c.is_control() { ' ' } else { c };
        self.endpoint().credential.redact(said).chars().map(printable).take(REASON_MAX).collect()
    }
}
