//! `patchbay secrets`: what is sealed, and the identity that opens it. A value is never shown.

mod export;
mod identity;
mod import;
mod list;
mod set;
mod value;

use std::path::Path;

use clap::{Args, Subcommand};
use http::Method;
use patchbay_admin::api::SecretName;

use super::{AnswerOptions, Failure, answer, output};
use crate::client::{Answer, Request};

const SECRETS: &str = "/api/secrets";
const VAULT: &str = "/api/vault";

#[derive(Subcommand, Debug)]
pub enum Command {
    /// Set a secret of plugins and where it may be sent; one of that name is replaced
    ///
    /// A plugin writes {{secret:NAME}} where the value belongs, in a URL or a header; the host fills it in, for these
    /// origins alone. The value is read from standard input, unless a file or an environment variable is named.
    #[command(after_help = set::EXAMPLES)]
    Set(set::Set),
    /// List what is sealed: the keys of providers and the secrets of plugins, and for which identity
    List(AnswerOptions),
    /// Forget a secret of plugins
    #[command(after_help = "Example:\n  patchbay secrets remove telegram-token")]
    Remove(One),
    /// Make a new identity and seal everything for it; the one before is kept
    #[command(after_help = identity::ROTATE_EXAMPLES)]
    Rotate(AnswerOptions),
    /// Delete the identities of earlier times
    ///
    /// Backups of the store from before the last rotation cannot be opened after that.
    DropOld(AnswerOptions),
    /// Write all keys and secrets to a file that `age` opens
    #[command(after_help = export::EXAMPLES)]
    Export(export::Export),
    /// Set the keys and secrets of an export: all of them, or none
    #[command(after_help = import::EXAMPLES)]
    Import(import::Import),
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
    /// As [`answer::ask`]; or there is no value, file or identity to read.
    pub async fn run(self, dir: &Path) -> Result<(), Failure> {
        match self {
            Self::Set(set) => set.run(dir).await,
            Self::List(options) => answer::show(dir, Request::get(VAULT), options.json, list::words).await,
            Self::Remove(One { name, json }) => {
                let request = Request::change(Method::DELETE, path(&name));
                done(dir, request, json, |_| Ok(format!("removed {name}"))).await
            }
            Self::Rotate(options) => identity::rotate(dir, options).await,
            Self::DropOld(options) => identity::drop_old(dir, options).await,
            Self::Export(export) => export.run(dir).await,
            Self::Import(import) => import.run(dir).await,
        }
    }
}

/// A change whose answer is for programs only.
async fn done(
    dir: &Path,
    request: Request,
    json: bool,
    sentence: impl FnOnce(&Answer) -> Result<String, Failure>,
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

#[cfg(test)]
mod tests;
