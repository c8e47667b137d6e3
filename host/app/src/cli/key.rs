//! `patchbay key`: who may ask the gateway.

use std::path::Path;

use clap::Subcommand;
use http::Method;
use patchbay_admin::api::{CreateKey, KeyCreated, KeyView};
use patchbay_types::AgentName;

use super::table::Table;
use super::{AnswerOptions, Failure, answer, output};
use crate::client::Request;

#[derive(Subcommand, Debug)]
pub enum Command {
    /// Make a key for an agent; it is shown once
    ///
    /// The key stands alone on standard output. An agent may have several keys at a time, so that one can take
    /// over from another.
    #[command(after_help = "Example:\n  export OPENAI_API_KEY=$(patchbay key create my-agent)\n  \
                            export OPENAI_BASE_URL=http://127.0.0.1:9190/v1")]
    Create {
        /// What the agent is called, in the usage and in the logs
        #[arg(value_name = "AGENT")]
        agent: AgentName,
        #[command(flatten)]
        options: AnswerOptions,
    },
    /// List the keys, masked
    List(AnswerOptions),
    /// Take away all keys of an agent, or one key by its id
    #[command(after_help = "Examples:\n  patchbay key revoke my-agent\n  patchbay key revoke key_3f9a…")]
    Revoke {
        /// An agent, or the id of a key from `key list`
        #[arg(value_name = "AGENT|ID")]
        agent: AgentName,
    },
}

impl Command {
    /// # Errors
    /// As [`answer::ask`].
    pub async fn run(self, dir: &Path) -> Result<(), Failure> {
        match self {
            Self::Create { agent, options } => create(dir, agent, options).await,
            Self::List(options) => answer::show(dir, Request::get("/api/keys"), options.json, words).await,
            Self::Revoke { agent } => {
                let request = Request::change(Method::DELETE, format!("/api/keys/{agent}"));
                answer::change(dir, request, &format!("revoked {agent}: the next request with it is refused"))
                    .await
            }
        }
    }
}

async fn create(dir: &Path, agent: AgentName, options: AnswerOptions) -> Result<(), Failure> {
    let sentence = format!("made a key for {agent}: keep it, it is not shown again");
    let request = Request::submit(Method::POST, "/api/keys", &CreateKey { agent: agent.to_string() });
    let answer = answer::ask(dir, request).await?;
    if options.json {
        output::line(&answer.text());
        return Ok(());
    }
    let created: KeyCreated = answer.read()?;
    output::line(&created.key);
    output::note(&sentence);
    Ok(())
}

fn words(keys: Vec<KeyView>) -> String {
    let rows = keys.into_iter().map(|key| [key.agent.to_string(), key.key, key.created.to_string(), key.id]);
    Table::new(["AGENT", "KEY", "CREATED", "ID"]).with(rows).or("no keys yet: patchbay key create AGENT")
}
