//! `patchbay plugin load`: a component, what it may and how it begins, into a slot.

mod grant;
mod setting;

use std::path::{Path, PathBuf};

use clap::Args;
use patchbay_admin::api::LoadOptions;
use patchbay_config::{Config, Environment};
use patchbay_registry::{SIGNATURE_BYTES_MAX, Signature};
use patchbay_slots::TrialMode;
use patchbay_types::{Bytes, SlotName};

use super::change::{slot_path, told};
use super::{artefact, bundled};
use crate::cli::{AnswerOptions, Failure, Status, read_component};
use crate::client::Request;
use grant::Grant;
use setting::Settings;

pub const EXAMPLES: &str = "\
Examples:
  patchbay plugin load my-policy.wasm --slot routing
  patchbay plugin load least-latency --slot routing                a bundled one
  patchbay plugin load my-policy.wasm --slot routing --shadow      it hears, and decides nothing
  patchbay plugin load my-policy.wasm --slot routing --canary 5    it decides for 5 % of the requests
  patchbay plugin load webhook --slot notifiers/ops --set url=https://hooks.example.com/x \\
      --grant http=hooks.example.com";

#[derive(Args, Debug)]
pub struct Options {
    /// A component file, or the name of a bundled plugin
    #[arg(value_name = "FILE.wasm")]
    component: PathBuf,
    /// The slot that it fills: routing, or KIND/NAME, which comes into being with it
    #[arg(long, value_name = "SLOT")]
    slot: SlotName,
    #[command(flatten)]
    trial: Trial,
    #[command(flatten)]
    settings: Settings,
    /// What it may beyond what its manifest asks for: kv=BYTES, http=ORIGIN, http-private=ORIGIN, secrets=NAME,
    /// llm=MODEL[:USD a day], process=PROGRAM, files=/FOLDER[:rw], wasi=inert; can be given several times
    #[arg(long = "grant", value_name = "KIND=VALUE")]
    grants: Vec<Grant>,
    /// It may get more than what is in charge has
    #[arg(long)]
    accept_grants: bool,
    /// It may be older than what is in charge
    #[arg(long)]
    allow_downgrade: bool,
    /// A signature, beside FILE.wasm.minisig, which is taken if it is there; can be given several times
    #[arg(long = "signature", value_name = "FILE.minisig")]
    signatures: Vec<PathBuf>,
    #[command(flatten)]
    answer: AnswerOptions,
}

/// How it begins; without any of these it is in charge at once.
#[derive(Args, Clone, Copy, Debug, Default)]
pub struct Trial {
    /// On trial: it is asked what the one in charge was asked, and its answers have no effect
    #[arg(long)]
    shadow: bool,
    /// The share of calls that the shadow hears, from 0 to 1 [default: 1]
    #[arg(long, value_name = "SHARE", requires = "shadow", value_parser = share)]
    sample: Option<f64>,
    /// On trial: it decides for this share of the requests or tasks, in percent
    #[arg(long, value_name = "PERCENT", conflicts_with = "shadow", value_parser = percent)]
    canary: Option<f64>,
}

impl Options {
    /// # Errors
    /// The files cannot be read, or the host refuses.
    pub async fn run(self, dir: &Path) -> Result<(), Failure> {
        let (component, signatures) = self.component(dir)?;
        let options = LoadOptions {
            config: self.settings.read()?,
            granted: grant::all(&self.grants),
            signatures,
            accept_grants: self.accept_grants,
            allow_downgrade: self.allow_downgrade,
            trial: self.trial.mode(),
        };
        let request = Request::load(slot_path(&self.slot, "load"), &options, &component);
        told(dir, request, &self.slot, self.answer).await
    }

    /// The component, and the texts of its signatures.
    fn component(&self, dir: &Path) -> Result<(Vec<u8>, Vec<String>), Failure> {
        let mut signatures: Vec<String> =
            self.signatures.iter().map(|file| signature(file)).collect::<Result<_, _>>()?;
        if let Some(plugin) = bundled::named(&self.component) {
            return Ok((crate::bundled::component(plugin.name)?, signatures));
        }
        let component = read_component(&self.component, component_bytes_max(dir))?;
        let beside = artefact::signature(&self.component)?.map(|beside| beside.text().to_owned());
        signatures
            .extend(beside.filter(|beside| !signatures.contains(beside)).into_iter().collect::<Vec<_>>());
        Ok((component, signatures))
    }
}

impl Trial {
    fn mode(self) -> Option<TrialMode> {
        let shadow = self.shadow.then(|| TrialMode::Shadow { sample: self.sample.unwrap_or(1.0) });
        shadow.or_else(|| self.canary.map(|percent| TrialMode::Canary { percent }))
    }
}

/// Loads a component that was just built, on trial beside the one in charge: what `plugin watch` does.
///
/// # Errors
/// As [`Options::run`].
pub async fn as_shadow(dir: &Path, component: &Path, slot: &SlotName) -> Result<(), Failure> {
    let options = Options {
        component: component.to_owned(),
        slot: slot.clone(),
        trial: Trial { shadow: true, ..Trial::default() },
        settings: Settings::default(),
        grants: Vec::new(),
        accept_grants: false,
        allow_downgrade: false,
        signatures: Vec::new(),
        answer: AnswerOptions::default(),
    };
    options.run(dir).await
}

fn signature(file: &Path) -> Result<String, Failure> {
    let missing = || Failure::new(format!("{} does not exist", file.display())).status(Status::NotFound);
    let text = artefact::read(file, SIGNATURE_BYTES_MAX)?.ok_or_else(missing)?;
    let signature = Signature::parse(text.expose());
    let wrong = |error| Failure::new(format!("{}: {error}", file.display())).status(Status::Usage);
    signature.map(|signature| signature.text().to_owned()).map_err(wrong)
}

/// What the host takes, as far as it can be told from here; the host has the last word.
fn component_bytes_max(dir: &Path) -> Bytes {
    let plugins = Config::load(dir, &Environment::of_process()).unwrap_or_default().plugins;
    plugins.component_bytes_max.max(plugins.component_bytes_max_fat)
}

fn share(text: &str) -> Result<f64, String> {
    at_most(text, 1.0)
}

fn percent(text: &str) -> Result<f64, String> {
    at_most(text, 100.0)
}

fn at_most(text: &str, most: f64) -> Result<f64, String> {
    let number = text.parse().ok().filter(|number| (0.0..=most).contains(number));
    number.ok_or_else(|| format!("expected a number from 0 to {most}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trial_is_a_shadow_or_a_canary_or_none() {
        let check = |trial: Trial, expect: Option<TrialMode>| assert_eq!(trial.mode(), expect);
        check(Trial::default(), None);
        let shadow = Trial { shadow: true, ..Trial::default() };
        check(shadow, Some(TrialMode::Shadow { sample: 1.0 }));
        check(Trial { sample: Some(0.1), ..shadow }, Some(TrialMode::Shadow { sample: 0.1 }));
        check(Trial { canary: Some(5.0), ..Trial::default() }, Some(TrialMode::Canary { percent: 5.0 }));
    }

    #[test]
    fn a_share_is_at_most_everything() {
        assert_eq!((share("1"), percent("0"), percent("0.5")), (Ok(1.0), Ok(0.0), Ok(0.5)));
        for text in ["-1", "1.5", "NaN", "half"] {
            assert!(share(text).is_err(), "{text}");
        }
    }
}
