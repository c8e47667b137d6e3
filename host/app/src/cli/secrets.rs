//! `patchbay secrets`: what plugins may have filled into their requests, and never see.

mod value;

use std::path::Path;

use clap::{Args, Subcommand};
use http::Method;
use patchbay_admin::api::{Credential, SecretName, SecretView, SetSecret};

use super::table::Table;
use super::{AnswerOptions, Failure, answer, output};
use crate::client::Request;
use value::ValueSource;

const SECRETS: &str = "/api/secrets";

#[derive(Subcommand, Debug)]
pub enum Command {
    /// Set a secret and where it may be sent; one of that name is replaced
    ///
    /// A plugin writes {{secret:NAME}} where the value belongs, in a URL or a header; the host fills it in, for these
    /// origins alone. The value is read from standard input, unless a file or an environment variable is named.
    #[command(after_help = SET_EXAMPLES)]
    Set(Set),
    /// List the secrets: where they may be sent, and a fingerprint that changes with the value
    List(AnswerOptions),
    /// Forget a secret
    #[command(after_help = "Example:\n  patchbay secrets remove telegram-token")]
    Remove(One),
}

const SET_EXAMPLES: &str = "\
Examples:
  patchbay secrets set telegram-token --origin https://api.telegram.org < token.txt
  patchbay secrets set github --origin api.github.com --origin uploads.github.com --from-env GITHUB_TOKEN
  patchbay secrets set local --origin http://127.0.0.1:8080 --from-file token.txt
It is https unless http:// is written. The value is never an argument: arguments are seen by every user of the machine.";

#[derive(Args, Debug)]
pub struct Set {
    /// What a plugin's manifest calls it
    #[arg(value_name = "NAME")]
    name: SecretName,
    /// Where it may be sent: scheme, host and port; can be given several times
    #[arg(long = "origin", value_name = "URL", required = true)]
    origins: Vec<String>,
    #[command(flatten)]
    value: ValueSource,
    /// Print what the host answers, as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Args, Debug)]
pub struct One {
    /// The secret
    #[arg(value_name = "NAME")]
    name: SecretName,
    /// Print what the host answers, as JSON
    #[arg(long)]
    json: bool,
}

impl Command {
    /// # Errors
    /// As [`answer::ask`]; or there is no value to read.
    pub async fn run(self, dir: &Path) -> Result<(), Failure> {
        match self {
            Self::Set(set) => set.run(dir).await,
            Self::List(options) => answer::show(dir, Request::get(SECRETS), options.json, words).await,
            Self::Remove(One { name, json }) => {
                let request = Request::change(Method::DELETE, path(&name));
                done(dir, request, json, |_| Ok(format!("removed {name}"))).await
            }
        }
    }
}

impl Set {
    async fn run(self, dir: &Path) -> Result<(), Failure> {
        let Self { name, origins, value, json } = self;
        let body = SetSecret { origins, value: Credential(value.read()?) };
        let request = Request::submit(Method::PUT, path(&name), &body);
        done(dir, request, json, |answer| {
            let SecretView { origins, fingerprint, .. } = answer.read()?;
            let fingerprint = fingerprint.unwrap_or_default();
            Ok(format!("set {name} for {}: its fingerprint is {fingerprint}", origins.join(" ")))
        })
        .await
    }
}

/// A change whose answer is for programs only.
async fn done(
    dir: &Path,
    request: Request,
    json: bool,
    sentence: impl FnOnce(&crate::client::Answer) -> Result<String, Failure>,
) -> Result<(), Failure> {
    let answer = answer::ask(dir, request).await?;
    match json {
        true => output::line(&answer.text()),
        false => output::note(&sentence(&answer)?),
    }
    Ok(())
}

fn path(name: &SecretName) -> String {
    format!("{SECRETS}/{name}")
}

fn words(secrets: Vec<SecretView>) -> String {
    let rows = secrets.into_iter().map(|secret| {
        let state = secret.fingerprint.unwrap_or_else(|| "cannot be used".to_owned());
        let note = secret.reason.unwrap_or_default();
        [secret.name, state, secret.updated.to_string(), secret.origins.join(" "), note]
    });
    Table::new(["NAME", "FINGERPRINT", "UPDATED", "ORIGINS", "NOTE"])
        .with(rows)
        .or("no secrets yet: patchbay secrets set NAME --origin URL")
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use crate::cli::{Cli, Status};

    fn parses(line: &str) -> Result<Cli, clap::Error> {
        Cli::try_parse_from(line.split_whitespace())
    }

    #[test]
    fn every_documented_form_is_taken() {
        for form in [
            "patchbay secrets set telegram-token --origin https://api.telegram.org",
            "patchbay secrets set a --origin h --origin http://127.0.0.1:8080 --from-env A --json",
            "patchbay secrets set a --origin h --from-file f",
            "patchbay secrets list --json",
            "patchbay secrets remove a --json",
            "patchbay secret list",
        ] {
            assert!(parses(form).is_ok(), "{form}: {:?}", parses(form).err());
        }
    }

    #[test]
    fn wrong_usage_is_refused_and_a_value_is_no_argument() {
        for form in [
            "patchbay secrets",
            "patchbay secrets set a",
            "patchbay secrets set a --origin",
            "patchbay secrets set a value --origin h",
            "patchbay secrets set a/b --origin h",
            "patchbay secrets set a --origin h --from-env A --from-file f",
            "patchbay secrets remove ..",
        ] {
            match parses(form) {
                Ok(_) => panic!("{form} was taken"),
                Err(error) => assert_eq!(error.exit_code(), Status::Usage as i32, "{form}"),
            }
        }
    }
}
