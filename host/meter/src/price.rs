//! What tokens cost.

use patchbay_types::{NanoUsd, NanoUsdPerMillion, Tokens};

/// A model's prices with one provider, in nano-USD per million tokens.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Price {
    pub input: NanoUsdPerMillion,
    pub output: NanoUsdPerMillion,
    /// Of prompt tokens that the provider had in its cache; `None`: they cost what the others cost.
    pub cached: Option<NanoUsdPerMillion>,
}

impl Price {
    /// The cost of one call. `cached` is the part of `prompt` that came from the provider's cache; more than the
    /// whole is taken for the whole. Summed exactly, divided once, rounded half up.
    #[must_use]
    pub fn cost(&self, prompt: Tokens, cached: Tokens, completion: Tokens) -> NanoUsd {
        let cached = cached.min(prompt);
        let fresh = Tokens(prompt.0 - cached.0);
        let parts = [
            self.input.times(fresh),
            self.cached.unwrap_or(self.input).times(cached),
            self.output.times(completion),
        ];
        // Rounding adds to the sum, so it needs room; a sum in that range is the greatest cost anyway.
        NanoUsd::from_millionths(parts.into_iter().fold(0, u128::saturating_add).min(u128::MAX >> 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn price(input: &str, output: &str, cached: Option<&str>) -> Price {
        let parse = |text: &str| text.parse().unwrap();
        Price { input: parse(input), output: parse(output), cached: cached.map(parse) }
    }

    #[test]
    fn a_call_costs_the_sum_of_its_tokens() {
        let check = |price: Price, tokens: [u64; 3], nano_usd: u64| {
            let [prompt, cached, completion] = tokens.map(Tokens);
            assert_eq!(price.cost(prompt, cached, completion), NanoUsd(nano_usd), "{price:?} {tokens:?}");
        };
        check(price("2.5", "10", None), [1_000_000, 0, 1_000_000], 12_500_000_000);
        check(price("2.5", "10", None), [1000, 400, 0], 2_500_000);
        check(price("2.5", "10", Some("1.25")), [1000, 400, 0], 2_000_000);
        check(price("2.5", "10", Some("0")), [1000, 4000, 1], 10_000);
        check(price("0.0125", "0.0125", Some("0.0125")), [2, 1, 1], 38);
        check(price("0.0001", "0.0004", None), [1, 0, 1], 1);
        check(Price::default(), [u64::MAX; 3], 0);
    }

    #[test]
    fn no_number_of_tokens_and_no_price_overflows() {
        let dearest = NanoUsdPerMillion(u64::MAX);
        let price = Price { input: dearest, output: dearest, cached: None };
        assert_eq!(price.cost(Tokens(u64::MAX), Tokens(0), Tokens(u64::MAX)), NanoUsd(u64::MAX));
    }
}
