//! Amounts that are more than a small number: money and tokens. It must not know what is paid for.

use std::ops::RangeInclusive;

use patchbay_types::{NanoUsd, Tokens};
use toml::de::DeValue;

use super::{Rule, integer};

/// A billion: more was meant for another unit.
const USD_MAX: u64 = 1_000_000_000;
const DECIMALS_MAX: usize = 9;

pub(crate) fn tokens(range: RangeInclusive<u64>) -> Rule<Tokens> {
    Rule::new(format!("a whole number from {} to {}", range.start(), range.end()), move |value| {
        u64::try_from(integer(value)?).ok().filter(|tokens| range.contains(tokens)).map(Tokens)
    })
}

/// Every decimal counts; nothing is rounded.
pub(crate) fn usd(most: u64) -> Rule<NanoUsd> {
    let most = most.min(USD_MAX);
    let expected = format!("US dollars from 0 to {most} with at most {DECIMALS_MAX} decimals, such as 2.5");
    Rule::new(expected, move |value| {
        let amount = match integer(value) {
            Some(whole) => u64::try_from(whole).ok()?.checked_mul(NanoUsd::PER_USD)?,
            None => decimal(value)?,
        };
        (amount <= most * NanoUsd::PER_USD).then_some(NanoUsd(amount))
    })
}

fn decimal(value: &DeValue<'_>) -> Option<u64> {
    let (whole, fraction) = value.as_float()?.as_str().split_once('.')?;
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(fraction) || fraction.len() > DECIMALS_MAX {
        return None;
    }
    let nano: u64 = format!("{fraction:0<DECIMALS_MAX$}").parse().ok()?;
    whole.parse::<u64>().ok()?.checked_mul(NanoUsd::PER_USD)?.checked_add(nano)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<u64> {
        (usd(1_000).read)(DeValue::parse(text).unwrap().get_ref()).map(|amount| amount.0)
    }

    #[test]
    fn money_keeps_every_decimal() {
        assert_eq!(read("5.0"), Some(5_000_000_000));
        assert_eq!(read("5"), Some(5_000_000_000));
        assert_eq!(read("0.000000001"), Some(1));
        assert_eq!(read("1_000.0"), Some(1_000_000_000_000));
        for wrong in ["-1", "-0.5", "1000.000000001", "0.0000000001", "1e2", "inf", "nan", "\"5\"", "1001"] {
            assert_eq!(read(wrong), None, "{wrong} was taken");
        }
    }
}
