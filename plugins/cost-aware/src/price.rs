//! What a request is expected to cost. Rough, but the same for every candidate, and only their order matters.

use patchbay_sdk::{Candidate, Request};

use crate::Offer;
use crate::settings::Settings;

/// Of English in JSON.
const BYTES_PER_TOKEN: u64 = 4;
const TOKENS_PER_PRICE: u128 = 1_000_000;
/// Its answers have no tokens.
const EMBEDDINGS: &str = "embeddings";

/// What a request is expected to use.
#[derive(Clone, Copy)]
pub(crate) struct Tokens {
    prompt: u64,
    completion: u64,
}

/// In nano-USD for a million requests like this one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Price(u128);

impl Tokens {
    pub(crate) fn of(request: &Request, settings: &Settings) -> Self {
        let completion = match request.endpoint.as_str() {
            EMBEDDINGS => 0,
            _ => request.max_tokens.unwrap_or(settings.completion_tokens),
        };
        Self { prompt: request.body_bytes.div_ceil(BYTES_PER_TOKEN), completion }
    }

    pub(crate) fn sum(self) -> u64 {
        self.prompt.saturating_add(self.completion)
    }

    /// None without the prices of all that it uses.
    pub(crate) fn price(self, candidate: &Candidate) -> Option<Price> {
        let input = cost(self.prompt, candidate.input_price)?;
        Some(Price(input.saturating_add(cost(self.completion, candidate.output_price)?)))
    }
}

fn cost(tokens: u64, price: Option<u64>) -> Option<u128> {
    match tokens {
        0 => Some(0),
        _ => price.map(|price| u128::from(tokens) * u128::from(price)),
    }
}

impl Price {
    pub(crate) fn nano_usd(self) -> u128 {
        self.0 / TOKENS_PER_PRICE
    }

    #[allow(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "saturates, is never negative, and a billionth more or less does not matter"
    )]
    fn times(self, ratio: f64) -> Self {
        Self((self.0 as f64 * ratio) as u128)
    }
}

/// The most that may be charged: a multiple of what the cheapest charges, be it available or not. None: anything.
pub(crate) fn most(offers: &[Offer<'_>], settings: &Settings) -> Option<Price> {
    let cheapest = offers.iter().filter_map(|offer| offer.price).min()?;
    settings.max_price_ratio.map(|ratio| cheapest.times(ratio.max(1.0)).max(cheapest))
}
