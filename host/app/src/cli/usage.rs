//! `patchbay usage`: what was asked, by whom, and what it cost.

use std::path::Path;

use clap::Args;
use patchbay_admin::api::UsageLine;
use patchbay_types::{AgentName, NanoUsd, ProviderName};
use url::form_urlencoded::Serializer;

use super::table::Table;
use super::{Failure, answer};
use crate::client::Request;

#[derive(Args, Clone, Debug)]
#[command(
    after_help = "Examples:\n  patchbay usage --hours 24\n  patchbay usage --agent my-agent --model gpt-5 --json"
)]
pub struct Options {
    /// Only the last N hours
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=87_600))]
    hours: Option<u32>,
    /// Only this provider
    #[arg(long, value_name = "NAME")]
    provider: Option<ProviderName>,
    /// Only this model, by its canonical name
    #[arg(long, value_name = "MODEL")]
    model: Option<String>,
    /// Only this agent
    #[arg(long, value_name = "AGENT")]
    agent: Option<AgentName>,
    /// A line for each hour
    #[arg(long)]
    by_hour: bool,
    /// Print what the host answers, as JSON
    #[arg(long)]
    json: bool,
}

impl Options {
    /// # Errors
    /// As [`answer::ask`].
    pub async fn run(self, dir: &Path) -> Result<(), Failure> {
        answer::show(dir, Request::get(self.path()), self.json, words).await
    }

    fn path(&self) -> String {
        let hours = self.hours.map(|hours| hours.to_string());
        let filters = [
            ("hours", hours.as_deref()),
            ("provider", self.provider.as_ref().map(ProviderName::as_str)),
            ("model", self.model.as_deref()),
            ("agent", self.agent.as_ref().map(AgentName::as_str)),
            ("by", self.by_hour.then_some("hour")),
        ];
        let given = filters.into_iter().filter_map(|(name, value)| Some((name, value?)));
        format!("/api/usage?{}", Serializer::new(String::new()).extend_pairs(given).finish())
    }
}

fn words(usage: Vec<UsageLine>) -> String {
    if usage.is_empty() {
        return "no usage yet: give an agent a key with `patchbay key create AGENT`".to_owned();
    }
    let cost: NanoUsd = usage.iter().map(|line| line.cost_nano_usd).sum();
    let requests: u64 = usage.iter().map(|line| line.requests).sum();
    let table = Table::new([
        "HOUR",
        "PROVIDER",
        "MODEL",
        "AGENT",
        ">REQUESTS",
        ">ERRORS",
        ">PROMPT",
        ">CACHED",
        ">COMPLETION",
        ">USD",
    ]);
    format!("{}\n\n{requests} requests, {cost}", table.with(usage.into_iter().map(row)))
}

fn row(line: UsageLine) -> [String; 10] {
    [
        line.hour.map_or("all".to_owned(), |hour| hour.to_string()),
        line.provider.to_string(),
        line.model,
        line.agent.to_string(),
        line.requests.to_string(),
        line.errors.to_string(),
        line.prompt_tokens.0.to_string(),
        line.cached_tokens.0.to_string(),
        line.completion_tokens.0.to_string(),
        line.cost_usd,
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_filters_that_were_given_are_sent_and_they_are_encoded() {
        let options = Options {
            hours: Some(24),
            provider: None,
            model: Some("vendor/a b&c".to_owned()),
            agent: None,
            by_hour: true,
            json: false,
        };
        assert_eq!(options.path(), "/api/usage?hours=24&model=vendor%2Fa+b%26c&by=hour");
    }

    #[test]
    fn the_rows_are_summed_below() {
        let line = |cost: u64| {
            serde_json::from_value::<UsageLine>(serde_json::json!({
                "hour": null, "provider": "p", "model": "m", "agent": "a", "requests": 2, "errors": 0, "cancelled": 0,
                "estimated": 0, "prompt_tokens": 1, "completion_tokens": 1, "cached_tokens": 0, "total_tokens": 2,
                "cost_nano_usd": cost, "cost_usd": "x", "latency_ms": null, "first_byte_ms": null,
            }))
            .unwrap()
        };
        let text = words(vec![line(1_000_000_000), line(500_000_000)]);
        assert!(text.ends_with("\n\n4 requests, 1.50 USD"), "{text}");
        assert!(words(Vec::new()).starts_with("no usage yet"));
    }
}
