//! `patchbay cooldown`: who rests, and an early end to it.

use std::path::Path;

use clap::Subcommand;
use http::Method;
use patchbay_admin::api::{CooldownCleared, CooldownView};
use patchbay_types::ProviderName;

use super::table::Table;
use super::{AnswerOptions, Failure, answer, output};
use crate::client::Request;

#[derive(Subcommand, Debug)]
pub enum Command {
    /// List the providers that rest
    List(AnswerOptions),
    /// End the rest of a provider now
    #[command(after_help = "Example:\n  patchbay cooldown clear openai")]
    Clear {
        /// The provider
        #[arg(value_name = "NAME")]
        provider: ProviderName,
    },
}

impl Command {
    /// # Errors
    /// As [`answer::ask`].
    pub async fn run(self, dir: &Path) -> Result<(), Failure> {
        match self {
            Self::List(options) => {
                answer::show(dir, Request::get("/api/cooldowns"), options.json, words).await
            }
            Self::Clear { provider } => clear(dir, &provider).await,
        }
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

/// Rounded up: nobody is told that a rest is over before it is.
pub fn seconds(ms: u64) -> String {
    format!("{} s", ms.div_ceil(1000))
}
