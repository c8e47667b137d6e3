//! What a key may use, as an operator writes it down, and the check that it makes sense. It must not know whose key it is.

use patchbay_types::NanoUsd;
use serde::{Deserialize, Serialize};

/// What one agent's key may use. None: no limit.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Requests in any 60 s.
    pub rpm: Option<u32>,
    /// Tokens in any 60 s.
    pub tpm: Option<u64>,
    /// Requests at one time.
    pub concurrency: Option<u32>,
    /// In nano-USD, for a day in UTC.
    pub usd_per_day: Option<NanoUsd>,
    /// In nano-USD, for a calendar month in UTC.
    pub usd_per_month: Option<NanoUsd>,
}

/// Why limits make no sense.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum LimitsError {
    #[error("{field} is 0: expected more than 0; leave it out if there is to be no limit")]
    Zero { field: &'static str },
    #[error("{field} is {found}: expected at most {max}; leave it out if there is to be no limit")]
    TooLarge { field: &'static str, found: String, max: String },
    #[error(
        "usd_per_day is {day}, which is more than usd_per_month, {month}: lower the one, raise or leave out the other"
    )]
    DayAboveMonth { day: NanoUsd, month: NanoUsd },
}

impl Limits {
    pub const RPM_MAX: u32 = 1_000_000;
    pub const TPM_MAX: u64 = 1_000_000_000_000;
    pub const CONCURRENCY_MAX: u32 = 100_000;
    pub const USD_PER_DAY_MAX: NanoUsd = NanoUsd(1_000_000 * NanoUsd::PER_USD);
    pub const USD_PER_MONTH_MAX: NanoUsd = NanoUsd(10_000_000 * NanoUsd::PER_USD);

    /// Whether a key with these may use whatever it wants.
    #[must_use]
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }

    /// # Errors
    /// The first field whose value nobody can have meant.
    pub fn check(&self) -> Result<(), LimitsError> {
        count("rpm", self.rpm.map(u64::from), Self::RPM_MAX.into())?;
        count("tpm", self.tpm, Self::TPM_MAX)?;
        count("concurrency", self.concurrency.map(u64::from), Self::CONCURRENCY_MAX.into())?;
        money("usd_per_day", self.usd_per_day, Self::USD_PER_DAY_MAX)?;
        money("usd_per_month", self.usd_per_month, Self::USD_PER_MONTH_MAX)?;
        self.check_day_within_month()
    }

    fn check_day_within_month(&self) -> Result<(), LimitsError> {
        match (self.usd_per_day, self.usd_per_month) {
            (Some(day), Some(month)) if day > month => Err(LimitsError::DayAboveMonth { day, month }),
            _ => Ok(()),
        }
    }
}

fn count(field: &'static str, value: Option<u64>, max: u64) -> Result<(), LimitsError> {
    within(field, value, max, |number| number.to_string())
}

fn money(field: &'static str, value: Option<NanoUsd>, max: NanoUsd) -> Result<(), LimitsError> {
    within(field, value.map(|usd| usd.0), max.0, |nano| NanoUsd(nano).to_string())
}

type Text = fn(u64) -> String;

fn within(field: &'static str, value: Option<u64>, max: u64, text: Text) -> Result<(), LimitsError> {
    match value {
        Some(0) => Err(LimitsError::Zero { field }),
        Some(found) if found > max => {
            Err(LimitsError::TooLarge { field, found: text(found), max: text(max) })
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests;
