//! What is asked of usage, checked: of which time, of whom, and summed up by what. It must not know where usage is kept.

use std::time::Duration;

use patchbay_types::{Timestamp, Written};

use super::line::{Start, Used};
use crate::OperatorError;
use crate::api::UsageQuery;

const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(24 * 3600);

/// In the order in which lines are sorted.
const WORDS: [&str; 7] = ["hour", "day", "month", "pool", "provider", "model", "agent"];
const BY_DEFAULT: &str = "provider,model,agent";

pub(super) struct Asked {
    pub(super) from: Timestamp,
    /// The first moment that is not asked for.
    pub(super) to: Timestamp,
    pub(super) by: By,
    pool: Option<String>,
    provider: Option<String>,
    model: Option<String>,
    agent: Option<String>,
}

/// What there is a line for each of.
#[derive(Default)]
pub(super) struct By {
    pub(super) time: Option<Period>,
    pub(super) pool: bool,
    pub(super) provider: bool,
    pub(super) model: bool,
    pub(super) agent: bool,
}

#[derive(Clone, Copy)]
pub(super) enum Period {
    Hour,
    Day,
    Month,
}

impl Asked {
    pub(super) fn of(query: &UsageQuery, now: Timestamp) -> Result<Self, OperatorError> {
        let (from, to) = time(query, now)?;
        let UsageQuery { pool, provider, model, agent, .. } = query.clone();
        let by = By::of(query.by.as_deref().unwrap_or(BY_DEFAULT))?;
        Ok(Self { from, to, by, pool, provider, model, agent })
    }

    /// Whether a row counts: an hour or a day of which some part was asked for.
    pub(super) fn wants(&self, used: &Used) -> bool {
        let of =
            |wanted: &Option<String>, found: &str| wanted.as_deref().is_none_or(|wanted| wanted == found);
        let from = match used.start {
            Start::Hour(_) => self.from.hour(),
            Start::Day(_) | Start::Month(_) => self.from.day(),
        };
        (from..self.to).contains(&used.start())
            && of(&self.pool, &used.pool)
            && of(&self.provider, used.provider.as_str())
            && of(&self.model, &used.model)
            && of(&self.agent, used.agent.as_str())
    }
}

impl By {
    fn of(words: &str) -> Result<Self, OperatorError> {
        let mut by = Self::default();
        for word in words.split(',') {
            match word {
                "hour" => by.period(Period::Hour)?,
                "day" => by.period(Period::Day)?,
                "month" => by.period(Period::Month)?,
                "pool" => by.pool = true,
                "provider" => by.provider = true,
                "model" => by.model = true,
                "agent" => by.agent = true,
                _ => return Err(unknown(word)),
            }
        }
        Ok(by)
    }

    fn period(&mut self, period: Period) -> Result<(), OperatorError> {
        match self.time.replace(period) {
            None => Ok(()),
            Some(_) => Err(OperatorError::field("by", "expected one of hour, day and month, found two")),
        }
    }
}

fn unknown(word: &str) -> OperatorError {
    let message = format!("{word:?} is not known: expected one or more of {}", WORDS.join(", "));
    OperatorError::field("by", message)
}

/// From when, and until when.
fn time(query: &UsageQuery, now: Timestamp) -> Result<(Timestamp, Timestamp), OperatorError> {
    let since = query.since.as_deref().map(|text| written("since", text)).transpose()?;
    let until = query.until.as_deref().map(|text| written("until", text)).transpose()?;
    let from = match (query.hours, query.days, since) {
        (None, None, None) => Timestamp(0),
        (Some(hours), None, None) => last("hours", hours, now.hour(), HOUR)?,
        (None, Some(days), None) => last("days", days, now.day(), DAY)?,
        (None, None, Some(since)) => since.start,
        _ => return Err(OperatorError::field("hours", "expected one of hours, days and since, found two")),
    };
    let to = until.map_or(Timestamp(u64::MAX), |until| until.end);
    if to <= from {
        return Err(OperatorError::field(
            "until",
            format!("{to} is not after {from}, where the time begins"),
        ));
    }
    Ok((from, to))
}

fn written(field: &str, text: &str) -> Result<Written, OperatorError> {
    text.parse().map_err(|error| OperatorError::field(field, error))
}

/// The start of the last so many: the one that runs, which began at `running`, is the first of them.
fn last(field: &str, count: u64, running: Timestamp, each: Duration) -> Result<Timestamp, OperatorError> {
    let Some(others) = count.checked_sub(1) else {
        return Err(OperatorError::field(field, "0 is out of range: expected 1 or more"));
    };
    let before = others.saturating_mul(u64::try_from(each.as_millis()).unwrap_or(u64::MAX));
    Ok(Timestamp(running.0.saturating_sub(before)))
}

#[cfg(test)]
mod tests;
