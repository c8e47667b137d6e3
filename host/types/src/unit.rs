//! Numbers with their unit. Money is whole nano-USD; a price is nano-USD for a million tokens.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

macro_rules! unit {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub u64);

        impl Add for $name {
            type Output = $name;

            fn add(self, rhs: $name) -> $name {
                $name(self.0.saturating_add(rhs.0))
            }
        }

        impl AddAssign for $name {
            fn add_assign(&mut self, rhs: $name) {
                *self = *self + rhs;
            }
        }

        impl Sum for $name {
            fn sum<I: Iterator<Item = $name>>(values: I) -> $name {
                values.fold($name(0), Add::add)
            }
        }
    };
}

unit! {
    /// Tokens of a language model.
    Tokens
}
unit! {
    /// Bytes of memory, of a body, of a file.
    Bytes
}
unit! {
    /// Thousand-millionths of a US dollar.
    NanoUsd
}
unit! {
    /// The price of a million tokens, in nano-USD: a cache read at 0.0125 USD does not round away.
    NanoUsdPerMillion
}

/// Why a text is not a price.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PriceError(String);

impl NanoUsdPerMillion {
    /// Dearer than any model by far: a price above it was meant for another unit.
    pub const MAX: NanoUsdPerMillion = NanoUsdPerMillion(10_000 * NanoUsd::PER_USD);

    /// Part of a cost before it is divided: tokens times price, in nano-USD of a million.
    #[must_use]
    pub fn times(self, tokens: Tokens) -> u128 {
        u128::from(self.0) * u128::from(tokens.0)
    }
}

impl NanoUsd {
    pub const PER_USD: u64 = 1_000_000_000;

    /// A sum of [`NanoUsdPerMillion::times`], divided once, rounded half up.
    #[must_use]
    pub fn from_millionths(sum: u128) -> Self {
        Self(u64::try_from((sum + 500_000) / 1_000_000).unwrap_or(u64::MAX))
    }
}

/// USD with as many decimals as are needed, at least two.
impl fmt::Display for NanoUsd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (mut fraction, mut decimals) = (self.0 % Self::PER_USD, 9);
        while decimals > 2 && fraction.is_multiple_of(10) {
            (fraction, decimals) = (fraction / 10, decimals - 1);
        }
        write!(f, "{}.{fraction:0decimals$} USD", self.0 / Self::PER_USD)
    }
}

/// Decimal USD per million tokens: `2.5`, `0.0125`. At most nine decimals, so nothing is rounded.
impl FromStr for NanoUsdPerMillion {
    type Err = PriceError;

    fn from_str(text: &str) -> Result<Self, PriceError> {
        let wrong = |why: &str| {
            PriceError(format!("{text:?} is not a price in USD per million tokens: {why} (for example 2.5)"))
        };
        let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        if !digits(whole) || !digits(fraction) {
            return Err(wrong("expected a decimal number that is not negative"));
        }
        if fraction.len() > 9 {
            return Err(wrong("at most nine decimals"));
        }
        let whole: u64 = whole.parse().map_err(|_| wrong("too large"))?;
        let fraction: u64 = format!("{fraction:0<9}").parse().map_err(|_| wrong("too many decimals"))?;
        let price = whole.checked_mul(NanoUsd::PER_USD).and_then(|nano| nano.checked_add(fraction));
        match price.map(NanoUsdPerMillion) {
            Some(price) if price <= NanoUsdPerMillion::MAX => Ok(price),
            _ => Err(wrong("over 10,000 USD per million is taken for a mistake in the unit")),
        }
    }
}

impl fmt::Display for PriceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for PriceError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_price_keeps_every_decimal_and_refuses_a_wrong_unit() {
        assert_eq!("0.0125".parse(), Ok(NanoUsdPerMillion(12_500_000)));
        assert_eq!("2.5".parse(), Ok(NanoUsdPerMillion(2_500_000_000)));
        for wrong in ["", "-1", "1e3", "1.", ".5", "10000.000000001", "0.0000000001", "two"] {
            assert!(wrong.parse::<NanoUsdPerMillion>().is_err(), "{wrong:?} was taken for a price");
        }
    }

    #[test]
    fn a_cost_is_divided_once_and_rounded_half_up() {
        let price = NanoUsdPerMillion(12_500_000);
        assert_eq!(NanoUsd::from_millionths(price.times(Tokens(1))), NanoUsd(13));
        assert_eq!(NanoUsd::from_millionths(price.times(Tokens(1)) + price.times(Tokens(1))), NanoUsd(25));
    }

    #[test]
    fn money_is_shown_in_dollars() {
        assert_eq!(NanoUsd(1_500_000_000).to_string(), "1.50 USD");
        assert_eq!(NanoUsd(13).to_string(), "0.000000013 USD");
    }
}
