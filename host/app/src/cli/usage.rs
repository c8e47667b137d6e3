//! `patchbay usage`: what was asked, by whom, and what it cost.

mod csv;
mod words;

use std::path::Path;

use clap::{Args, ValueEnum};
use patchbay_types::{AgentName, ProviderName};
use url::form_urlencoded::Serializer;

use super::{Failure, answer};
use crate::client::Request;

#[derive(Args, Clone, Debug, Default)]
#[command(
    after_help = "Examples:\n  patchbay usage --hours 24\n  patchbay usage --by day,agent --days 7 --csv\n  \
                  patchbay usage --by pool --since 2026-11-01 --until 2026-11-30 --wide"
)]
pub struct Options {
    /// A line for each of these, once or several times; provider, model and agent if not given
    #[arg(long, value_name = "WHAT", value_enum, value_delimiter = ',')]
    by: Vec<By>,
    /// Only the last N hours, the one that runs among them
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=87_600), group = "begin")]
    hours: Option<u32>,
    /// Only the last N days (UTC), the one that runs among them
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=36_500), group = "begin")]
    days: Option<u32>,
    /// Only from this time on: 2026-11-21T08:30:00Z, or a day as 2026-11-21 (UTC)
    #[arg(long, value_name = "TIME", group = "begin")]
    since: Option<String>,
    /// Only before this time, or to the end of this day
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
    /// Only this pool
    #[arg(long, value_name = "POOL")]
    pool: Option<String>,
    /// Only this provider
    #[arg(long, value_name = "NAME")]
    provider: Option<ProviderName>,
    /// Only this model, by its canonical name
    #[arg(long, value_name = "MODEL")]
    model: Option<String>,
    /// Only this agent
    #[arg(long, value_name = "AGENT")]
    agent: Option<AgentName>,
    /// More columns: who went away, estimates, writes to a cache, times
    #[arg(long, conflicts_with_all = ["csv", "json"])]
    wide: bool,
    /// Print every column as comma-separated values
    #[arg(long, conflicts_with = "json")]
    csv: bool,
    /// Print what the host answers, as JSON
    #[arg(long)]
    json: bool,
}

/// What usage is summed up by.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum By {
    Hour,
    Day,
    Month,
    Pool,
    Provider,
    Model,
    Agent,
}

impl Options {
    /// # Errors
    /// As [`answer::ask`].
    pub async fn run(self, dir: &Path) -> Result<(), Failure> {
        let ask = Request::get(self.path());
        match self.csv {
            true => answer::show(dir, ask, false, csv::lines).await,
            false => answer::show(dir, ask, self.json, |usage| words::lines(usage, self.wide)).await,
        }
    }

    fn path(&self) -> String {
        let number = |number: Option<u32>| number.map(|number| number.to_string());
        let given = [
            ("hours", number(self.hours)),
            ("days", number(self.days)),
            ("since", self.since.clone()),
            ("until", self.until.clone()),
            ("pool", self.pool.clone()),
            ("provider", self.provider.as_ref().map(ToString::to_string)),
            ("model", self.model.clone()),
            ("agent", self.agent.as_ref().map(ToString::to_string)),
            ("by", (!self.by.is_empty()).then(|| by(&self.by))),
        ];
        let given = given.into_iter().filter_map(|(name, value)| Some((name, value?)));
        format!("/api/usage?{}", Serializer::new(String::new()).extend_pairs(given).finish())
    }
}

/// In the API's words.
fn by(all: &[By]) -> String {
    let words = all.iter().filter_map(ValueEnum::to_possible_value);
    words.map(|word| word.get_name().to_owned()).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests;
