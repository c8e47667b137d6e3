//! `patchbay cooldown`: who rests, who rested, and an early end to it.

use std::path::Path;

use clap::{Args, Subcommand};
use http::Method;
use patchbay_admin::api::{CooldownCleared, CooldownView, PastCooldown};
use patchbay_types::{ProviderName, Timestamp};
use url::form_urlencoded::Serializer;

use super::table::Table;
use super::{AnswerOptions, Failure, answer, output};
use crate::client::Request;

#[derive(Subcommand, Debug)]
pub enum Command {
    /// List the providers that rest
    List(AnswerOptions),
    /// List the providers that rested, the newest last
    History(History),
    /// End the rest of a provider now
    #[command(after_help = "Example:\n  patchbay cooldown clear openai")]
    Clear {
        /// The provider
        #[arg(value_name = "NAME")]
        provider: ProviderName,
    },
}

#[derive(Args, Clone, Debug)]
#[command(after_help = "Example:\n  patchbay cooldown history --provider openai --hours 24")]
pub struct History {
    /// Only this provider
    #[arg(long, value_name = "NAME")]
    provider: Option<ProviderName>,
    /// Only those that rested in the last N hours
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=87_600))]
    hours: Option<u32>,
    #[command(flatten)]
    answer: AnswerOptions,
}

impl Command {
    /// # Errors
    /// As [`answer::ask`].
    pub async fn run(self, dir: &Path) -> Result<(), Failure> {
        match self {
            Self::List(options) => {
                answer::show(dir, Request::get("/api/cooldowns"), options.json, words).await
            }
            Self::History(history) => {
                answer::show(dir, Request::get(history.path()), history.answer.json, past_words).await
            }
            Self::Clear { provider } => clear(dir, &provider).await,
        }
    }
}

impl History {
    fn path(&self) -> String {
        let hours = self.hours.map(|hours| hours.to_string());
        let given =
            [("provider", self.provider.as_ref().map(ProviderName::as_str)), ("hours", hours.as_deref())];
        let given = given.into_iter().filter_map(|(name, value)| Some((name, value?)));
        format!("/api/cooldowns/history?{}", Serializer::new(String::new()).extend_pairs(given).finish())
    }
}

async fn clear(dir: &Path, provider: &ProviderName) -> Result<(), Failure> {
    let request = Request::change(Method::DELETE, format!("/api/cooldowns/{provider}"));
    let CooldownCleared { cleared, .. } = answer::ask(dir, request).await?.read()?;
    output::note(&match cleared {
        true => format!("{provider} rests no longer"),
        false => format!("{provider} was not resting"),
    });
    Ok(())
}

fn words(cooldowns: Vec<CooldownView>) -> String {
    let rows = cooldowns.into_iter().map(|cooldown| {
        let model = cooldown.model.unwrap_or_else(|| "all".to_owned());
        let (provider, until) = (cooldown.provider.to_string(), cooldown.until.to_string());
        [provider, model, cooldown.count.to_string(), seconds(cooldown.left_ms), until, cooldown.reason]
    });
    Table::new(["PROVIDER", "MODEL", ">COUNT", ">LEFT", "UNTIL", "REASON"]).with(rows).or("no provider rests")
}

fn past_words(past: Vec<PastCooldown>) -> String {
    let rows = past.into_iter().map(|past| {
        let PastCooldown { provider, model, count, seconds, reason, started, ended, how, .. } = past;
        [
            provider.to_string(),
            model.unwrap_or_else(|| "all".to_owned()),
            count.to_string(),
            format!("{seconds:.0} s"),
            started.to_string(),
            ended.as_ref().map(Timestamp::to_string).unwrap_or_default(),
            how.unwrap_or_else(|| "rests".to_owned()),
            reason,
        ]
    });
    Table::new(["PROVIDER", "MODEL", ">COUNT", ">FOR", "STARTED", "ENDED", "HOW", "REASON"])
        .with(rows)
        .or("no provider has rested")
}

/// Rounded up: nobody is told that a rest is over before it is.
pub fn seconds(ms: u64) -> String {
    format!("{} s", ms.div_ceil(1000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rest_that_is_over_says_how_it_ended_and_one_that_is_not_says_so() {
        let past = |how: Option<&str>| {
            serde_json::from_value::<PastCooldown>(serde_json::json!({
                "provider": "p", "model": null, "count": 2, "seconds": 60.4, "reason": "slow down", "started": 0,
                "until": 60_400, "ended": how.map(|_| 61_000), "how": how,
            }))
            .unwrap()
        };
        let text = past_words(vec![past(Some("probe")), past(None)]);
        assert!(
            text.contains("p         all        2  60 s  1970-01-01T00:00:00Z  1970-01-01T00:01:01Z  probe"),
            "{text}"
        );
        assert!(text.ends_with("-                     rests  slow down"), "{text}");
        assert_eq!(past_words(Vec::new()), "no provider has rested");
    }

    #[test]
    fn the_history_is_asked_for_with_what_was_given() {
        let asked = |provider: Option<&str>, hours| {
            let provider = provider.map(|name| name.parse().unwrap());
            History { provider, hours, answer: AnswerOptions { json: false } }.path()
        };
        assert_eq!(asked(None, None), "/api/cooldowns/history?");
        assert_eq!(asked(Some("p"), Some(3)), "/api/cooldowns/history?provider=p&hours=3");
    }
}
