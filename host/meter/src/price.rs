//! What tokens cost.

use patchbay_types::{NanoUsd, NanoUsdPerMillion, Tokens};

/// A model's prices with one provider, in nano-USD per million tokens.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Price {
    pub input: NanoUsdPerMillion,
    pub output: NanoUsdPerMillion,
    /// Of prompt tokens that the provider had in its cache; `None`: they cost what the others cost.
    pub cached: Option<NanoUsdPerMillion>,
    /// Of prompt tokens that the provider put into its cache; `None`: they cost what the others cost.
    pub cache_write: Option<NanoUsdPerMillion>,
}

/// The tokens of one call, as far as they have prices.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Priced {
    pub prompt: Tokens,
    /// The part of `prompt` that came from the provider's cache. More than the whole is taken for the whole.
    pub cached: Tokens,
    /// The part of `prompt` that was put into the provider's cache. More than is left of the whole is taken for that.
    pub cache_write: Tokens,
    pub completion: Tokens,
}

impl Price {
    /// The cost of one call: summed exactly, divided once, rounded half up.
    #[must_use]
    pub fn cost(&self, tokens: &Priced) -> NanoUsd {
        let cached = tokens.cached.0.min(tokens.prompt.0);
        let cache_write = tokens.cache_write.0.min(tokens.prompt.0 - cached);
        let fresh = tokens.prompt.0 - cached - cache_write;
        let parts = [
            self.input.times(Tokens(fresh)),
            self.cached.unwrap_or(self.input).times(Tokens(cached)),
            self.cache_write.unwrap_or(self.input).times(Tokens(cache_write)),
            self.output.times(tokens.completion),
        ];
        // Rounding adds to the sum, so it needs room; a sum in that range is the greatest cost anyway.
        NanoUsd::from_millionths(parts.into_iter().fold(0, u128::saturating_add).min(u128::MAX >> 1))
    }
}

#[cfg(test)]
mod tests;
