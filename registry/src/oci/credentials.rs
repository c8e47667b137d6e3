//! Who one is to a registry, as `docker login` and its like keep it: `{"auths": {"HOST": {"auth": BASE64}}}`.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use oci_client::secrets::RegistryAuth;
use patchbay_types::Secret;
use serde::Deserialize;

const HUB: &str = "docker.io";
/// How the file calls that one.
const HUB_ENTRY: &str = "https://index.docker.io/v1/";

/// A user and the password, or the token that stands for one.
pub struct Credentials {
    user: String,
    password: Secret<String>,
}

/// Why a file gives no credentials. Nothing of what it holds is repeated.
#[derive(thiserror::Error, Clone, PartialEq, Eq, Debug)]
pub enum CredentialsError {
    #[error("it is not the JSON that `docker login` writes, at line {line}")]
    Json { line: usize },
    #[error("the entry for {registry} is not base64 of USER:PASSWORD")]
    Entry { registry: String },
    #[error(
        "the entry for {registry} is kept by a program, which is not asked: set PATCHBAY_REGISTRY_USER and \
         PATCHBAY_REGISTRY_PASSWORD"
    )]
    Kept { registry: String },
}

#[derive(Deserialize)]
struct File {
    #[serde(default)]
    auths: BTreeMap<String, Entry>,
}

#[derive(Deserialize)]
struct Entry {
    auth: Option<String>,
}

impl Credentials {
    #[must_use]
    pub fn new(user: String, password: Secret<String>) -> Self {
        Self { user, password }
    }

    /// What the text of a `config.json` has for `registry`, if anything.
    ///
    /// # Errors
    /// There is an entry, and it cannot be used.
    pub fn of_docker(text: &Secret<String>, registry: &str) -> Result<Option<Self>, CredentialsError> {
        let file: File = serde_json::from_str(text.expose())
            .map_err(|error| CredentialsError::Json { line: error.line() })?;
        let names = [registry.to_owned(), format!("https://{registry}"), format!("https://{registry}/v2/")];
        let hub = (registry == HUB).then(|| HUB_ENTRY.to_owned());
        let entry = names.into_iter().chain(hub).find_map(|name| file.auths.get(&name));
        let registry = registry.to_owned();
        match entry.map(|entry| entry.auth.as_deref()) {
            None => Ok(None),
            Some(None | Some("")) => Err(CredentialsError::Kept { registry }),
            Some(Some(auth)) => decode(auth).map(Some).ok_or(CredentialsError::Entry { registry }),
        }
    }

    pub(super) fn into_auth(self) -> RegistryAuth {
        RegistryAuth::Basic(self.user, self.password.expose().clone())
    }
}

fn decode(auth: &str) -> Option<Credentials> {
    let text = Secret::new(String::from_utf8(STANDARD.decode(auth).ok()?).ok()?);
    let (user, password) = text.expose().split_once(':')?;
    Some(Credentials::new(user.to_owned(), Secret::new(password.to_owned())))
}
