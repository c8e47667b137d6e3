//! `patchbay keygen`: a key to sign plugins with, in the format of minisign.

use std::ffi::OsString;
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use clap::Args;
use patchbay_registry::{NewKey, Password, TRUST_FILE};
use serde_json::json;

use super::password::password;
use crate::cli::{AnswerOptions, Failure, Status, output};

#[derive(Args, Debug)]
#[command(after_help = "Example:\n  patchbay keygen --out release      makes release.key and release.pub")]
pub struct Options {
    /// What the two files are called, before .key and .pub
    #[arg(long, value_name = "FILE", default_value = "patchbay")]
    out: PathBuf,
    /// Leave the key open for whoever can read its file
    #[arg(long)]
    no_password: bool,
    #[command(flatten)]
    answer: AnswerOptions,
}

impl Options {
    /// # Errors
    /// A file is there already (status 2), or cannot be written; or there is no password.
    pub fn run(self) -> Result<(), Failure> {
        let (secret, public) = (with(&self.out, ".key"), with(&self.out, ".pub"));
        refuse_existing(&[&secret, &public])?;
        let password = if self.no_password { Password::None } else { password(self.answer.json)? };
        let new = NewKey::generate(password).map_err(Failure::new)?;
        write_new(&secret, new.secret.expose(), 0o600)?;
        write_new(&public, &new.public, 0o644)?;
        match self.answer.json {
            true => output::line(&document(&new, &secret, &public)),
            false => output::line(&words(&new, &secret, &public)),
        }
        Ok(())
    }
}

fn document(new: &NewKey, secret: &Path, public: &Path) -> String {
    let (id, line) = (new.key.id().to_string(), new.key.line());
    json!({"key_id": id, "public_key": line, "secret_file": secret, "public_file": public}).to_string()
}

fn words(new: &NewKey, secret: &Path, public: &Path) -> String {
    let (id, line, secret, public) = (new.key.id(), new.key.line(), secret.display(), public.display());
    format!(
        "made key {id}: {secret} signs and stays with you, {public} is for everybody\n\
         a host trusts it by this in its {TRUST_FILE}:\n\n\
         [[key]]\nname = \"my-key\"\npublic_key = \"{line}\"\nnames = [\"*\"]\ngrants = []"
    )
}

fn with(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    PathBuf::from(name)
}

/// Looked at before the password is typed; [`write_new`] makes sure of it.
fn refuse_existing(files: &[&Path]) -> Result<(), Failure> {
    match files.iter().find(|file| file.exists()) {
        Some(file) => Err(exists(file)),
        None => Ok(()),
    }
}

fn exists(file: &Path) -> Failure {
    Failure::new(format!("{} exists: nothing was changed", file.display()))
        .status(Status::Usage)
        .hint("give another --out, or move that key away")
}

fn write_new(file: &Path, text: &str, mode: u32) -> Result<(), Failure> {
    let write = || -> io::Result<()> {
        let mut file = OpenOptions::new().write(true).create_new(true).mode(mode).open(file)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()
    };
    write().map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => exists(file),
        _ => Failure::new(format!("cannot write {}: {error}", file.display())),
    })
}
