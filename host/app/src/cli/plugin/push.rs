//! `patchbay plugin push`: a component, with the signature beside it, into a registry.

use std::path::PathBuf;

use clap::Args;
use patchbay_registry::{Artefact as Pushed, Place};
use patchbay_types::{Clock, SystemClock};
use serde_json::json;

use super::artefact::{self, Artefact};
use super::registry::{self, Way};
use crate::cli::{AnswerOptions, Failure, output, size};

#[derive(Args, Debug)]
#[command(
    after_help = "Example:\n  patchbay plugin push registry.example.com/acme/my-policy:1.0.0 my-policy.wasm"
)]
pub struct Options {
    /// HOST/REPOSITORY:TAG
    #[arg(value_name = "REF")]
    place: Place,
    #[arg(value_name = "FILE.wasm")]
    file: PathBuf,
    #[command(flatten)]
    way: Way,
    #[command(flatten)]
    answer: AnswerOptions,
}

impl Options {
    /// Prints the reference by which everybody gets the same bytes.
    ///
    /// # Errors
    /// The file is no plugin, its signature is not for it, or the registry refuses.
    pub async fn run(self) -> Result<(), Failure> {
        let plugin = Artefact::read(&self.file)?;
        let signature = artefact::signature(&self.file)?;
        let remote = registry::remote(&self.place, self.way)?;
        registry::progress(&format!("pushing {} to {}", size(plugin.scanned.size), self.place));
        let pushed = Pushed {
            component: &plugin.bytes,
            scanned: &plugin.scanned,
            signature: signature.as_ref(),
            created: SystemClock::default().wall(),
        };
        let place = remote.push(&self.place, &pushed).await?;
        let signed = signature.is_some();
        if self.answer.json {
            let digest = plugin.scanned.digest;
            output::line(&json!({"reference": place, "digest": digest, "signed": signed}).to_string());
            return Ok(());
        }
        output::line(&place.to_string());
        let signed = if signed { "with its signature" } else { "without a signature" };
        output::note(&format!("pushed {} {signed}", plugin.shown()));
        Ok(())
    }
}
