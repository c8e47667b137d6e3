//! `patchbay secrets import`: the file is opened here, and what is in it goes to the host as keys always do.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use clap::Args;
use http::Method;
use patchbay_admin::api::{ImportSecrets, Imported, SecretsFile};
use patchbay_config::{Config, Environment};

use super::{VAULT, done};
use crate::cli::{Failure, Status};
use crate::client::Request;
use crate::folder;

pub(super) const EXAMPLES: &str = "\
Examples:
  patchbay secrets import secrets.age --identity key.txt --dry-run
  patchbay secrets import secrets.age --identity key.txt
A key is set for the provider of the same name, if that leads to the same origin here. Without --identity the file is
opened with the identity of this host.";

/// An armored file takes three bytes for two.
const FILE_BYTES_MAX: u64 = SecretsFile::BYTES_MAX as u64 * 3 / 2;

#[derive(Args, Debug)]
pub struct Import {
    /// What `patchbay secrets export` has written; - is standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The age identity that opens it [default: the host's own]
    #[arg(long, value_name = "FILE")]
    identity: Option<PathBuf>,
    /// Only look whether all of it would be set
    #[arg(long)]
    dry_run: bool,
    /// Print what the host answers, as JSON
    #[arg(long)]
    json: bool,
}

impl Import {
    /// # Errors
    /// The file cannot be read or opened, or the host refuses what is in it.
    pub(super) async fn run(self, dir: &Path) -> Result<(), Failure> {
        let Self { file, identity, dry_run, json } = self;
        let body = ImportSecrets { file: opened(dir, &file, identity)?, dry_run };
        let path = format!("{VAULT}/import");
        let request = match dry_run {
            true => Request::attempt_with(path, &body),
            false => Request::submit(Method::POST, path, &body),
        };
        done(dir, request, json, |answer| {
            let Imported { dry_run, credentials, secrets } = answer.read()?;
            let verb = if dry_run { "would set" } else { "set" };
            let list =
                |names: Vec<String>| if names.is_empty() { "none".to_owned() } else { names.join(" ") };
            Ok(format!("{verb} the keys of {}, and the secrets {}", list(credentials), list(secrets)))
        })
        .await
    }
}

fn opened(dir: &Path, file: &Path, identity: Option<PathBuf>) -> Result<SecretsFile, Failure> {
    let place = if file == Path::new("-") { "standard input".into() } else { file.display().to_string() };
    let wrong = |message: String| Failure::new(format!("{place}: {message}")).status(Status::Usage);
    let sealed = read(file, &place)?;
    if sealed.len() as u64 > FILE_BYTES_MAX {
        return Err(wrong(format!("it has more than {FILE_BYTES_MAX} bytes: this is something else")));
    }
    let identity = identity.map_or_else(|| own_identity(dir), Ok)?;
    let vault = folder::open_vault(identity, Vec::new())?;
    let plain = vault.import(&sealed).map_err(|error| wrong(error.to_string()))?;
    // The parser's own message may quote what it read.
    serde_json::from_slice(&plain).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        wrong(format!("it opens, and is no export: not what was expected at line {line}, column {column}"))
    })
}

fn read(file: &Path, place: &str) -> Result<Vec<u8>, Failure> {
    let unreadable = |error: io::Error| {
        let status = if error.kind() == io::ErrorKind::NotFound { Status::NotFound } else { Status::Failed };
        Failure::new(format!("cannot read {place}: {error}")).status(status)
    };
    let mut bytes = Vec::new();
    let read = match file == Path::new("-") {
        true => io::stdin().lock().take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes),
        false => File::open(file).map_err(unreadable)?.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes),
    };
    read.map_err(unreadable)?;
    Ok(bytes)
}

fn own_identity(dir: &Path) -> Result<PathBuf, Failure> {
    let config = Config::load(dir, &Environment::of_process()).map_err(Failure::new)?;
    Ok(folder::identity(dir, &config.secrets))
}
