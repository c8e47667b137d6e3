//! A registry to speak to: as whom, and how far it has got.

use std::env;
use std::io::{self, IsTerminal};
use std::path::PathBuf;

use clap::Args;
use patchbay_registry::{Credentials, OciError, Place, Remote};
use patchbay_types::Secret;

use super::artefact;
use crate::cli::{Failure, Status, output};

const USER: &str = "PATCHBAY_REGISTRY_USER";
const PASSWORD: &str = "PATCHBAY_REGISTRY_PASSWORD";
const DOCKER_FOLDER: &str = "DOCKER_CONFIG";
const DOCKER_BYTES_MAX: usize = 1 << 20;

/// How a registry is spoken to.
#[derive(Args, Clone, Copy, Debug)]
pub struct Way {
    /// Without TLS; for a registry on this machine
    #[arg(long)]
    pub plain_http: bool,
}

/// Makes ready to speak to the registry of `place`.
///
/// # Errors
/// Half of the credentials is missing, or it cannot be spoken to that way.
pub fn remote(place: &Place, way: Way) -> Result<Remote, Failure> {
    let credentials = match of_environment()? {
        Some(credentials) => Some(credentials),
        None => of_docker(place.registry())?,
    };
    Remote::new(place, credentials, way.plain_http).map_err(Failure::from)
}

/// A line for whoever waits at a terminal.
pub fn progress(text: &str) {
    if io::stderr().is_terminal() {
        output::note(text);
    }
}

fn of_environment() -> Result<Option<Credentials>, Failure> {
    match (env::var(USER), env::var(PASSWORD)) {
        (Ok(user), Ok(password)) => Ok(Some(Credentials::new(user, Secret::new(password)))),
        (Err(_), Err(_)) => Ok(None),
        _ => {
            let message = format!("{USER} and {PASSWORD} go together, and one of them is not set");
            Err(Failure::new(message).status(Status::Usage))
        }
    }
}

fn of_docker(registry: &str) -> Result<Option<Credentials>, Failure> {
    let Some(file) = docker_file() else {
        return Ok(None);
    };
    let Some(text) = artefact::read(&file, DOCKER_BYTES_MAX)? else {
        return Ok(None);
    };
    Ok(Credentials::of_docker(&text, registry).unwrap_or_else(|error| {
        // What is public is pulled without them.
        output::note(&format!("{}: {error}; going on without", file.display()));
        None
    }))
}

fn docker_file() -> Option<PathBuf> {
    let given = env::var_os(DOCKER_FOLDER).filter(|folder| !folder.is_empty()).map(PathBuf::from);
    let folder = given.or_else(|| Some(env::home_dir()?.join(".docker")))?;
    Some(folder.join("config.json"))
}

impl From<OciError> for Failure {
    fn from(error: OciError) -> Self {
        let failure = Failure::new(&error);
        match error {
            OciError::PlainHttp { .. } | OciError::NoTag { .. } => failure.status(Status::Usage),
            OciError::Missing { .. } => {
                failure.status(Status::NotFound).hint("look at its name and its tag or digest")
            }
            OciError::Unreachable { .. } => failure.hint("a registry on this machine may need --plain-http"),
            _ => failure,
        }
    }
}
