//! `patchbay plugin verify`: whether a component is signed, by a key that is given or by one that the host trusts.

use std::path::{Path, PathBuf};

use clap::Args;
use patchbay_registry::{Candidate, PublicKey, Signature, TRUST_FILE, Trust};
use serde_json::json;

use super::artefact::{self, Artefact};
use crate::cli::{AnswerOptions, Failure, Status, output};

#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  patchbay plugin verify my-policy.wasm --key release.pub\n  \
                        patchbay plugin verify my-policy.wasm      by the host's trust.toml")]
pub struct Options {
    #[arg(value_name = "FILE.wasm")]
    file: PathBuf,
    /// The public key [default: those in the host's trust.toml, within their scopes]
    #[arg(long, value_name = "FILE.pub")]
    key: Option<PathBuf>,
    #[command(flatten)]
    answer: AnswerOptions,
}

impl Options {
    /// # Errors
    /// It is not signed, or the signature does not hold.
    pub fn run(self, dir: Result<PathBuf, Failure>) -> Result<(), Failure> {
        let plugin = Artefact::read(&self.file)?;
        let signature = artefact::signature(&self.file)?.ok_or_else(|| unsigned(&self.file))?;
        let key = match &self.key {
            Some(key) => by_key(&plugin, &signature, key).map(|()| None)?,
            None => Some(by_policy(&plugin, &signature, &dir?)?),
        };
        let id = signature.key().to_string();
        match self.answer.json {
            true => output::line(
                &json!({
                    "name": plugin.manifest.plugin.name, "version": plugin.manifest.plugin.version,
                    "digest": plugin.scanned.digest, "key_id": id, "key": key,
                })
                .to_string(),
            ),
            false => {
                let name = key.map(|name| format!(" ({name})")).unwrap_or_default();
                output::line(&format!("{} is signed by key {id}{name}", plugin.shown()));
            }
        }
        Ok(())
    }
}

fn by_key(plugin: &Artefact, signature: &Signature, key: &Path) -> Result<(), Failure> {
    let text = artefact::text(key)?;
    let key = PublicKey::parse(text.expose())
        .map_err(|error| Failure::new(format!("{}: {error}", key.display())).status(Status::Usage))?;
    signature.check(&key, &plugin.bytes, &plugin.manifest.plugin).map_err(Failure::new)
}

/// The name of the key, by the policy of the host and with the grants that the manifest asks for.
fn by_policy(plugin: &Artefact, signature: &Signature, dir: &Path) -> Result<String, Failure> {
    let trust = Trust::load(dir).map_err(Failure::new)?;
    if !trust.has_keys() {
        return Err(Failure::new(format!("{} has no key", dir.join(TRUST_FILE).display()))
            .status(Status::Usage)
            .hint("give --key FILE.pub, or add the key to that file"));
    }
    let candidate = Candidate::of(&plugin.bytes, &plugin.manifest, &plugin.manifest.grants);
    let trusted = trust.check(&candidate, std::slice::from_ref(signature)).map_err(Failure::new)?;
    let stranger = || {
        let id = signature.key();
        Failure::new(format!("{} is signed by {id}, and {TRUST_FILE} has no such key", plugin.shown()))
    };
    trusted.key().map(str::to_owned).ok_or_else(stranger)
}

fn unsigned(file: &Path) -> Failure {
    let signature = artefact::signature_file(file);
    Failure::new(format!("{} is not signed: there is no {}", file.display(), signature.display()))
        .hint("sign it with `patchbay plugin sign`, or get the signature beside it")
}
