//! `patchbay plugin pull`: a component out of a registry, by what it is and not by what a tag stands for today.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use clap::Args;
use patchbay_registry::{LOCK_FILE, Lock, Pinned, Place, Pulled, Signature};
use serde::Serialize;

use super::artefact::{self, Artefact};
use super::registry::{self, Way};
use crate::cli::{AnswerOptions, Failure, Status, output, size};

#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  patchbay plugin pull registry.example.com/acme/my-policy@sha256:…\n  \
                        patchbay plugin pull registry.example.com/acme/my-policy:1.0.0 --lock\n  \
                        patchbay plugin pull      everything in patchbay.lock")]
pub struct Options {
    /// HOST/REPOSITORY@sha256:…, or HOST/REPOSITORY:TAG [default: everything in ./patchbay.lock]
    #[arg(value_name = "REF")]
    place: Option<Place>,
    /// Where the component is written [default: ./NAME.wasm]
    #[arg(short, long, value_name = "FILE", requires = "place")]
    output: Option<PathBuf>,
    /// Pin what was pulled in ./patchbay.lock; a tag that is there already stays what it was
    #[arg(long, requires = "place")]
    lock: bool,
    /// Take what the tag stands for now, whatever it was before
    #[arg(long, requires = "place")]
    allow_tag: bool,
    #[command(flatten)]
    way: Way,
    #[command(flatten)]
    answer: AnswerOptions,
}

/// What was written.
#[derive(Serialize)]
struct Written {
    name: String,
    version: String,
    digest: String,
    reference: Place,
    file: PathBuf,
    signature_file: Option<PathBuf>,
}

impl Options {
    /// # Errors
    /// A tag that is not pinned (status 2), nothing is there, or it is not what it should be. Then nothing is written.
    pub async fn run(self) -> Result<(), Failure> {
        let mut lock = Lock::load(Path::new(LOCK_FILE)).map_err(Failure::new)?;
        let Some(place) = &self.place else {
            return self.all(&lock).await;
        };
        let pinned = lock.of(place).filter(|_| place.digest().is_none() && !self.allow_tag).cloned();
        let from = pinned.as_ref().map_or(place, |pinned| &pinned.source);
        if from.digest().is_none() && !self.allow_tag && !self.lock {
            return Err(movable(place));
        }
        let (plugin, pulled) = self.pull(from, pinned.as_ref()).await?;
        let file = self.output.clone().unwrap_or_else(|| default_file(&plugin));
        let written = write(&plugin, &pulled, file)?;
        if self.lock {
            lock.pin(pin(&plugin, &pulled));
            lock.save(Path::new(LOCK_FILE)).map_err(Failure::new)?;
        }
        match self.answer.json {
            true => output::line(&json(&written)?),
            false => tell(&written),
        }
        Ok(())
    }

    async fn all(&self, lock: &Lock) -> Result<(), Failure> {
        let mut all = Vec::new();
        for pinned in lock.plugins() {
            let (plugin, pulled) = self.pull(&pinned.source, Some(pinned)).await?;
            all.push(write(&plugin, &pulled, default_file(&plugin))?);
        }
        if all.is_empty() {
            return Err(Failure::new(format!("there is no {LOCK_FILE} here, or it is empty"))
                .status(Status::NotFound)
                .hint("name what to pull, and pin it with --lock"));
        }
        match self.answer.json {
            true => output::line(&json(&all)?),
            false => all.iter().for_each(tell),
        }
        Ok(())
    }

    async fn pull(&self, place: &Place, pinned: Option<&Pinned>) -> Result<(Artefact, Pulled), Failure> {
        let remote = registry::remote(place, self.way)?;
        let on_size = |bytes| registry::progress(&format!("pulling {} from {place}", size(bytes)));
        let mut pulled = remote.pull(place, &on_size).await?;
        let plugin = Artefact::of(std::mem::take(&mut pulled.component), &place.to_string())?;
        if let Some(text) = &pulled.signature {
            let unreadable = |error| Failure::new(format!("{place}: {error}"));
            Signature::parse(text).map_err(unreadable)?;
        }
        match pinned {
            Some(pinned) if *pinned != pin(&plugin, &pulled) => Err(other(pinned, &plugin, &pulled)),
            _ => Ok((plugin, pulled)),
        }
    }
}

fn write(plugin: &Artefact, pulled: &Pulled, file: PathBuf) -> Result<Written, Failure> {
    let signature_file = artefact::signature_file(&file);
    // Never a new component beside the signature of an old one.
    match fs::remove_file(&signature_file) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            return Err(Failure::new(format!("cannot remove {}: {error}", signature_file.display())));
        }
        _ => {}
    }
    artefact::write(&file, &plugin.bytes)?;
    if let Some(text) = &pulled.signature {
        artefact::write(&signature_file, text.as_bytes())?;
    }
    Ok(Written {
        name: plugin.manifest.plugin.name.to_string(),
        version: plugin.manifest.plugin.version.to_string(),
        digest: pulled.digest.to_string(),
        reference: pulled.place.clone(),
        file,
        signature_file: pulled.signature.is_some().then_some(signature_file),
    })
}

fn pin(plugin: &Artefact, pulled: &Pulled) -> Pinned {
    let (name, version) = (plugin.manifest.plugin.name.clone(), plugin.manifest.plugin.version.clone());
    Pinned { name, version, digest: pulled.digest, source: pulled.place.clone() }
}

/// A plugin's name has nothing in it that leads out of the folder.
fn default_file(plugin: &Artefact) -> PathBuf {
    PathBuf::from(format!("{}.wasm", plugin.manifest.plugin.name))
}

fn json<T: Serialize>(answer: &T) -> Result<String, Failure> {
    serde_json::to_string(answer).map_err(Failure::new)
}

fn tell(written: &Written) {
    let Written { name, version, reference, file, signature_file, .. } = written;
    output::line(&file.display().to_string());
    let signed = if signature_file.is_some() { "with a signature" } else { "without a signature" };
    output::note(&format!("pulled {name}@{version} {signed}: {reference}"));
}

fn movable(place: &Place) -> Failure {
    Failure::new(format!("{place} names a tag, which its owner may move")).status(Status::Usage).hint(
        format!("give {place}@sha256:…, pin it with --lock, or take what it stands for now with --allow-tag"),
    )
}

fn other(pinned: &Pinned, plugin: &Artefact, pulled: &Pulled) -> Failure {
    let (found, digest) = (plugin.shown(), pulled.digest);
    let Pinned { name, version, digest: expected, source } = pinned;
    Failure::new(format!(
        "{source} holds {found} ({digest}), and {LOCK_FILE} says {name}@{version} ({expected}): one of them was changed"
    ))
}
