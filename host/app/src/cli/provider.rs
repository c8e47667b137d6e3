//! `patchbay provider`: where requests go.

pub mod argument;
mod change;
mod tuning;
mod words;

use std::path::Path;

use clap::{Args, Subcommand};
use http::Method;
use patchbay_admin::api::TestView;
use patchbay_types::ProviderName;

use super::credential::KeySource;
use super::{AnswerOptions, Failure, answer, output};
use crate::client::Request;
use argument::ModelArgument;
pub use argument::SpanArgument;
use tuning::{Settings, Tuning};

const PROVIDERS: &str = "/api/providers";

#[derive(Subcommand, Debug)]
pub enum Command {
    /// Add a provider
    #[command(after_help = ADD_EXAMPLES)]
    Add(Box<Add>),
    /// Change a provider; what is not given stays
    #[command(after_help = SET_EXAMPLES)]
    Set(Box<Set>),
    /// List the providers
    List(AnswerOptions),
    /// Show one provider: what was entered and how it fares
    Show(One),
    /// Remove a provider with its key; its usage stays
    Remove(One),
    /// Let requests go to a provider again; one whose key was refused is tried again
    Enable(One),
    /// Let no more requests go to a provider
    Disable(One),
    /// Ask a provider for its models, with its key
    Test(One),
}

const ADD_EXAMPLES: &str = "\
Examples:
  patchbay provider add openai --url https://api.openai.com/v1 \\
      --key-env OPENAI_API_KEY --model gpt-5
  patchbay provider add spare --url https://openrouter.ai/api/v1 --key-file key.txt \\
      --pool fallback --rpm 20 --model gpt-5=openai/gpt-5 --price gpt-5=1.25/10/0.125
  patchbay provider add claude --url https://api.anthropic.com --api anthropic-messages \\
      --key-env ANTHROPIC_API_KEY --model claude-sonnet --price claude-sonnet=3/15/0.3/3.75
  patchbay provider add local --url http://127.0.0.1:11434 --no-key --model llama3.3 --max-in-flight 2";

const SET_EXAMPLES: &str = "\
Examples:
  patchbay provider set openai --rpm 500
  patchbay provider set openai --tpm 2000000 --first-byte-timeout 30s --context gpt-5=400000
  patchbay provider set openai --tpm none --first-byte-timeout default
  patchbay provider set openai --key-stdin < new-key.txt
  patchbay provider set spare --model gpt-5-mini=openai/gpt-5-mini --remove-model gpt-5
A key is bound to the origin of its URL: to change that, give the key again.";

#[derive(Args, Debug)]
#[command(group = clap::ArgGroup::new("key").required(true).args(["key_env", "key_file", "key_stdin", "no_key"]))]
pub struct Add {
    /// What you call it
    #[arg(value_name = "NAME")]
    name: ProviderName,
    /// The base URL, with or without /v1
    #[arg(long)]
    url: String,
    #[command(flatten)]
    key: KeySource,
    /// It takes requests without a key, as local servers do
    #[arg(long)]
    no_key: bool,
    /// The pool that it belongs to: primary, fallback or a name of your own [default: primary]
    #[arg(long, value_name = "POOL")]
    pool: Option<String>,
    /// The most requests a minute [default: 40]
    #[arg(long, value_name = "N")]
    rpm: Option<u32>,
    /// A model that it serves, and its name there if that is another; can be given several times
    #[arg(long = "model", value_name = "CANONICAL[=NATIVE]", required = true)]
    models: Vec<ModelArgument>,
    #[command(flatten)]
    settings: Settings,
    #[command(flatten)]
    tuning: Tuning,
    /// Print what the host answers, as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Args, Debug)]
#[command(group = clap::ArgGroup::new("key").args(["key_env", "key_file", "key_stdin", "no_key"]))]
#[command(group = clap::ArgGroup::new("what").required(true).multiple(true).args(
    ["url", "key_env", "key_file", "key_stdin", "no_key", "pool", "rpm", "models", "remove_models", "prices",
     "contexts", "max_outputs", "modalities", "reasonings", "api", "label", "tpm", "max_in_flight",
     "connect_timeout", "first_byte_timeout", "silence_timeout", "total_timeout", "health_path",
     "keep_native_model", "no_usage_option", "meta"]))]
pub struct Set {
    /// The provider
    #[arg(value_name = "NAME")]
    name: ProviderName,
    /// The base URL, with or without /v1
    #[arg(long)]
    url: Option<String>,
    #[command(flatten)]
    key: KeySource,
    /// Forget its key: it takes requests without one
    #[arg(long)]
    no_key: bool,
    /// The pool that it belongs to
    #[arg(long, value_name = "POOL")]
    pool: Option<String>,
    /// The most requests a minute
    #[arg(long, value_name = "N")]
    rpm: Option<u32>,
    /// A model to add, or to give another name there; can be given several times
    #[arg(long = "model", value_name = "CANONICAL[=NATIVE]")]
    models: Vec<ModelArgument>,
    /// A model that it no longer serves; can be given several times
    #[arg(long = "remove-model", value_name = "CANONICAL")]
    remove_models: Vec<String>,
    #[command(flatten)]
    settings: Settings,
    #[command(flatten)]
    tuning: Tuning,
    /// Print what the host answers, as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Args, Debug)]
pub struct One {
    /// The provider
    #[arg(value_name = "NAME")]
    name: ProviderName,
    /// Print what the host answers, as JSON
    #[arg(long)]
    json: bool,
}

impl Command {
    /// # Errors
    /// As [`answer::ask`]; or there is no key to read, or the provider did not pass its test.
    pub async fn run(self, dir: &Path) -> Result<(), Failure> {
        match self {
            Self::Add(add) => {
                let request = Request::submit(Method::POST, PROVIDERS, &add.body()?);
                done(
                    dir,
                    request,
                    add.json,
                    &format!("added {0}: see `patchbay provider test {0}`", add.name),
                )
                .await
            }
            Self::Set(set) => {
                let request = Request::submit(Method::PATCH, path(&set.name), &set.body()?);
                done(dir, request, set.json, &format!("changed {}", set.name)).await
            }
            Self::List(options) => {
                answer::show(dir, Request::get(PROVIDERS), options.json, words::list).await
            }
            Self::Show(One { name, json }) => {
                answer::show(dir, Request::get(path(&name)), json, words::one).await
            }
            Self::Remove(one) => one.change(dir, Method::DELETE, "", "removed").await,
            Self::Enable(one) => one.change(dir, Method::POST, "/enable", "enabled").await,
            Self::Disable(one) => one.change(dir, Method::POST, "/disable", "disabled").await,
            Self::Test(one) => test(dir, one).await,
        }
    }
}

impl One {
    async fn change(self, dir: &Path, method: Method, action: &str, verb: &str) -> Result<(), Failure> {
        let request = Request::change(method, format!("{}{action}", path(&self.name)));
        done(dir, request, self.json, &format!("{verb} {}", self.name)).await
    }
}

fn path(name: &ProviderName) -> String {
    format!("{PROVIDERS}/{name}")
}

/// A change whose answer is for programs only.
async fn done(dir: &Path, request: Request, json: bool, sentence: &str) -> Result<(), Failure> {
    let answer = answer::ask(dir, request).await?;
    match json {
        true => output::line(&answer.text()),
        false => output::note(sentence),
    }
    Ok(())
}

/// A provider that does not answer well is a failure with the answer shown all the same.
async fn test(dir: &Path, One { name, json }: One) -> Result<(), Failure> {
    let answer = answer::ask(dir, Request::attempt(format!("{}/test", path(&name)))).await?;
    let view: TestView = answer.read()?;
    match json {
        true => output::line(&answer.text()),
        false => output::line(&words::test(&view)),
    }
    let failure = Failure::new(format!("provider {name} did not pass: {}", view.message));
    match (view.ok, view.hints.is_empty()) {
        (true, _) => Ok(()),
        (false, true) => Err(failure),
        (false, false) => Err(failure.hint(view.hints.join("; "))),
    }
}
