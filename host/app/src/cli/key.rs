//! `patchbay key`: who may ask the gateway, and how much.

mod limit;
mod words;

use std::path::Path;

use clap::{Args, Subcommand};
use http::Method;
use patchbay_admin::api::{CreateKey, KeyCreated, KeyView, SetKey};
use patchbay_types::AgentName;

use super::{AnswerOptions, Failure, answer, output};
use crate::client::{Request, segment};
use limit::Limits;

const KEYS: &str = "/api/keys";

#[derive(Subcommand, Debug)]
pub enum Command {
    /// Make a key for an agent; it is shown once
    ///
    /// The key stands alone on standard output. An agent may have several keys at a time, so that one can take
    /// over from another.
    #[command(after_help = CREATE_EXAMPLES)]
    Create(Box<Create>),
    /// Change what a key may use; what is not given stays, and what it has used stays counted
    #[command(after_help = SET_EXAMPLES)]
    Set(Box<Set>),
    /// List the keys, masked, with their limits and what is used of them
    List(AnswerOptions),
    /// Show one key: its limits, and what is used of them
    Show {
        /// The id of a key from `key list`
        #[arg(value_name = "KEY_ID")]
        id: String,
        #[command(flatten)]
        options: AnswerOptions,
    },
    /// Take away all keys of an agent, or one key by its id
    #[command(after_help = "Examples:\n  patchbay key revoke my-agent\n  patchbay key revoke key_3f9a…")]
    Revoke {
        /// An agent, or the id of a key from `key list`
        #[arg(value_name = "AGENT|ID")]
        agent: AgentName,
    },
}

const CREATE_EXAMPLES: &str = "\
Examples:
  export OPENAI_API_KEY=$(patchbay key create my-agent)
  export OPENAI_BASE_URL=http://127.0.0.1:9190/v1
  patchbay key create intern --models 'gpt-5-mini,claude-*' --rpm 20 --usd-per-day 2.50";

const SET_EXAMPLES: &str = "\
Examples:
  patchbay key set key_3f9a… --usd-per-month 100 --concurrency 4
  patchbay key set key_3f9a… --rpm none --models none";

#[derive(Args, Debug)]
pub struct Create {
    /// What the agent is called, in the usage and in the logs
    #[arg(value_name = "AGENT")]
    agent: AgentName,
    #[command(flatten)]
    limits: Limits,
    /// Print what the host answers, as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Args, Debug)]
#[command(group = clap::ArgGroup::new("what").required(true).multiple(true).args(
    ["models", "rpm", "tpm", "concurrency", "usd_per_day", "usd_per_month"]))]
pub struct Set {
    /// The id of a key from `key list`
    #[arg(value_name = "KEY_ID")]
    id: String,
    #[command(flatten)]
    limits: Limits,
    /// Print what the host answers, as JSON
    #[arg(long)]
    json: bool,
}

impl Command {
    /// # Errors
    /// As [`answer::ask`].
    pub async fn run(self, dir: &Path) -> Result<(), Failure> {
        match self {
            Self::Create(create) => create.run(dir).await,
            Self::Set(set) => set.run(dir).await,
            Self::List(options) => answer::show(dir, Request::get(KEYS), options.json, words::list).await,
            Self::Show { id, options } => {
                answer::show(dir, Request::get(path(&id)), options.json, words::one).await
            }
            Self::Revoke { agent } => {
                let request = Request::change(Method::DELETE, format!("{KEYS}/{agent}"));
                answer::change(dir, request, &format!("revoked {agent}: the next request with it is refused"))
                    .await
            }
        }
    }
}

impl Create {
    async fn run(self, dir: &Path) -> Result<(), Failure> {
        let sentence = format!("made a key for {0}: keep it, it is not shown again", self.agent);
        let models = self.limits.models().unwrap_or_default();
        let body = CreateKey { agent: self.agent.to_string(), models, limits: self.limits.spec() };
        let answer = answer::ask(dir, Request::submit(Method::POST, KEYS, &body)).await?;
        if self.json {
            output::line(&answer.text());
            return Ok(());
        }
        let created: KeyCreated = answer.read()?;
        output::line(&created.key);
        output::note(&sentence);
        warn(&created.warnings);
        Ok(())
    }
}

impl Set {
    async fn run(self, dir: &Path) -> Result<(), Failure> {
        let body = SetKey { models: self.limits.models(), limits: self.limits.spec() };
        let answer = answer::ask(dir, Request::submit(Method::PATCH, path(&self.id), &body)).await?;
        if self.json {
            output::line(&answer.text());
            return Ok(());
        }
        let changed: KeyView = answer.read()?;
        output::note(&format!("changed {}: {}", changed.id, words::limits(&changed)));
        warn(&changed.warnings);
        Ok(())
    }
}

fn path(id: &str) -> String {
    format!("{KEYS}/{}", segment(id))
}

fn warn(warnings: &[String]) {
    warnings.iter().for_each(|warning| output::note(&format!("warning: {}", output::printable(warning))));
}
