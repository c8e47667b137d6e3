//! Why a request may not run now, in words for the client that sent it. It must not know protocols or status codes.

use std::fmt;
use std::time::Duration;

use patchbay_types::{NanoUsd, Tokens};

/// What a budget is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Period {
    Day,
    Month,
}

/// A limit that a request would pass.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Exceeded {
    #[error("this key may make {} a minute: the next one fits in {}", requests(*limit), span(*retry_after))]
    Requests { limit: u32, retry_after: Duration },
    #[error(
        "this key may use {limit} tokens a minute: {} are counted, and this request may use up to {}; it fits in {}",
        used.0, needs.0, span(*retry_after)
    )]
    Tokens { limit: u64, used: Tokens, needs: Tokens, retry_after: Duration },
    #[error(
        "this key may have {} at one time, and that many run: try again in {}",
        requests(*limit), span(*retry_after)
    )]
    Concurrency { limit: u32, retry_after: Duration },
    #[error(
        "this key may spend {} USD a {per}: {} are spent, {} set aside for requests that run, and this one may cost \
         up to {}; the next {per} begins in {} (UTC)",
        usd(*limit), usd(*spent), usd(*reserved), usd(*needs), span(*retry_after)
    )]
    Budget {
        per: Period,
        limit: NanoUsd,
        spent: NanoUsd,
        reserved: NanoUsd,
        needs: NanoUsd,
        /// To the start of the next day or month.
        retry_after: Duration,
    },
}

impl Exceeded {
    /// When it is worth to come again.
    #[must_use]
    pub fn retry_after(&self) -> Duration {
        match self {
            Self::Requests { retry_after, .. }
            | Self::Tokens { retry_after, .. }
            | Self::Concurrency { retry_after, .. }
            | Self::Budget { retry_after, .. } => *retry_after,
        }
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Day => "day",
            Self::Month => "month",
        })
    }
}

fn requests(limit: u32) -> String {
    if limit == 1 { "1 request".to_owned() } else { format!("{limit} requests") }
}

/// As many decimals as are needed.
fn usd(amount: NanoUsd) -> String {
    let (whole, fraction) = (amount.0 / NanoUsd::PER_USD, amount.0 % NanoUsd::PER_USD);
    let text = format!("{whole}.{fraction:09}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// The two largest units, rounded up: whoever comes again then is not early.
fn span(duration: Duration) -> String {
    let seconds = duration.as_millis().div_ceil(1_000);
    let (large, name, small, small_name) = match seconds {
        ..60 => (1, "s", 1, ""),
        60..3_600 => (60, "min", 1, "s"),
        3_600..86_400 => (3_600, "h", 60, "min"),
        _ => (86_400, "d", 3_600, "h"),
    };
    let smalls = seconds.div_ceil(small);
    match smalls % (large / small) {
        0 => format!("{} {name}", smalls * small / large),
        rest => format!("{} {name} {rest} {small_name}", smalls * small / large),
    }
}

#[cfg(test)]
mod tests;
