//! `patchbay secrets set`.

use std::path::Path;

use clap::Args;
use http::Method;
use patchbay_admin::api::{Credential, SecretName, SecretView, SetSecret};

use super::value::ValueSource;
use super::{done, path};
use crate::cli::Failure;
use crate::client::Request;

pub(super) const EXAMPLES: &str = "\
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

impl Set {
    /// # Errors
    /// There is no value, or the host refuses it.
    pub(super) async fn run(self, dir: &Path) -> Result<(), Failure> {
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
