//! `patchbay secrets export`: the host seals, so that nothing in clear comes here.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use clap::Args;
use patchbay_admin::api::{ExportSecrets, Exported};

use super::VAULT;
use crate::cli::{Failure, Status, answer, output};
use crate::client::Request;

pub(super) const EXAMPLES: &str = "\
Examples:
  patchbay secrets export --to age1… --output secrets.age
  age -d -i key.txt secrets.age                            shows it, as JSON
The file is made with mode 0600; one that is there is left alone. That it was made stands in the audit log.";

#[derive(Args, Debug)]
pub struct Export {
    /// Who can open it: a public key, as age-keygen -y prints it; can be given several times
    #[arg(long, value_name = "AGE_RECIPIENT", required = true)]
    to: Vec<String>,
    /// Where it is written; - is standard output
    #[arg(long, value_name = "FILE", default_value = "-")]
    output: PathBuf,
}

impl Export {
    /// # Errors
    /// The file is there already (status 2) or cannot be written, or the host refuses.
    pub(super) async fn run(self, dir: &Path) -> Result<(), Failure> {
        let Self { to, output: file } = self;
        let is_shown = file == Path::new("-");
        if !is_shown && file.exists() {
            return Err(exists(&file));
        }
        let request = Request::attempt_with(format!("{VAULT}/export"), &ExportSecrets { recipients: to });
        let Exported { file: text, credentials, secrets } = answer::ask(dir, request).await?.read()?;
        match is_shown {
            true => output::line(&text),
            false => {
                write_new(&file, &text)?;
                output::note(&format!(
                    "wrote {credentials} keys and {secrets} secrets to {}",
                    file.display()
                ));
            }
        }
        Ok(())
    }
}

fn write_new(file: &Path, text: &str) -> Result<(), Failure> {
    let write = || -> io::Result<()> {
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(file)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()
    };
    write().map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => exists(file),
        _ => Failure::new(format!("cannot write {}: {error}", file.display())),
    })
}

fn exists(file: &Path) -> Failure {
    Failure::new(format!("{} exists: nothing was changed", file.display()))
        .status(Status::Usage)
        .hint("give another --output, or move that file away")
}
