//! `patchbay plugin sign`: says with a key that a component is what its manifest says.

use std::path::PathBuf;

use clap::Args;
use patchbay_registry::{KeyFile, Password, SigningKey};
use serde_json::json;

use super::artefact::{self, Artefact};
use super::password::password;
use crate::cli::{AnswerOptions, Failure, output};

#[derive(Args, Debug)]
#[command(after_help = "Example:\n  patchbay plugin sign my-policy.wasm --key release.key\n  \
                        minisign -Vm my-policy.wasm -p release.pub      checks it too")]
pub struct Options {
    #[arg(value_name = "FILE.wasm")]
    file: PathBuf,
    /// The secret key, made by `patchbay keygen` or minisign
    #[arg(long, value_name = "FILE.key")]
    key: PathBuf,
    #[command(flatten)]
    answer: AnswerOptions,
}

impl Options {
    /// Writes FILE.wasm.minisig, in place of one that was there.
    ///
    /// # Errors
    /// The file is no plugin, or the key cannot be opened.
    pub fn run(self) -> Result<(), Failure> {
        let plugin = Artefact::read(&self.file)?;
        let key = self.key()?;
        let signature = key.sign(&plugin.bytes, &plugin.manifest.plugin).map_err(Failure::new)?;
        let file = artefact::signature_file(&self.file);
        artefact::write(&file, signature.text().as_bytes())?;
        let id = signature.key().to_string();
        match self.answer.json {
            true => output::line(
                &json!({
                    "name": plugin.manifest.plugin.name, "version": plugin.manifest.plugin.version,
                    "digest": plugin.scanned.digest, "key_id": id, "signature_file": file,
                })
                .to_string(),
            ),
            false => output::line(&format!("signed {} with key {id}: {}", plugin.shown(), file.display())),
        }
        Ok(())
    }

    fn key(&self) -> Result<SigningKey, Failure> {
        let wrong = |error| Failure::new(format!("{}: {error}", self.key.display()));
        let file = KeyFile::parse(artefact::text(&self.key)?).map_err(wrong)?;
        let password = if file.is_locked() { password(self.answer.json)? } else { Password::None };
        file.open(password).map_err(wrong)
    }
}
