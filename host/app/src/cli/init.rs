//! `patchbay init`: a folder that a host can be started in.

use std::fs::{DirBuilder, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

use clap::Args;
use patchbay_config::{Config, Environment, FILE_NAME};

use crate::{folder, passphrase};

use super::output;
use super::{Failure, Status};

#[derive(Args, Clone, Copy, Debug, Default)]
#[command(after_help = EXAMPLES)]
pub struct Options {
    /// Lock the identity with a passphrase, which every start takes
    #[arg(long)]
    passphrase: bool,
}

const EXAMPLES: &str = "\
Examples:
  patchbay init
  patchbay init --passphrase
A passphrase is read from the file that PATCHBAY_PASSPHRASE_FILE names, from PATCHBAY_PASSPHRASE, or asked for.";

impl Options {
    /// Makes the folder, for its owner alone, and the configuration with every default in it.
    ///
    /// # Errors
    /// The folder has a configuration already, or cannot be written; or there is no passphrase.
    pub fn run(self, dir: &Path) -> Result<(), Failure> {
        make_folder(dir)
            .map_err(|error| Failure::new(format!("cannot make the folder {}: {error}", dir.display())))?;
        let file = dir.join(FILE_NAME);
        if !file.exists() {
            self.make_identity(dir)?;
        }
        write_config(dir, &file)
    }

    fn make_identity(self, dir: &Path) -> Result<(), Failure> {
        let usage = |error: String| Failure::new(error).status(Status::Usage);
        let config =
            Config::parse("", &Environment::of_process()).map_err(|error| usage(error.to_string()))?;
        let path = folder::identity(dir, &config.secrets);
        if self.passphrase && path.exists() {
            return Err(usage(format!("{} exists: it is not locked anew", path.display()))
                .hint("move it away, or leave out --passphrase"));
        }
        let passphrase = self.passphrase.then(passphrase::chosen).transpose();
        let passphrase = passphrase.map_err(|error| usage(error.to_string()))?;
        folder::make_identity(path, passphrase)
            .map_err(|error| Failure::new(format!("cannot make the identity: {error:#}")))
    }
}

fn write_config(dir: &Path, file: &Path) -> Result<(), Failure> {
    write_new(file, &Config::template()).map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => {
            Failure::new(format!("{} exists: nothing was changed", file.display()))
                .hint(format!("start the host with `patchbay serve --dir {}`", dir.display()))
        }
        _ => Failure::new(format!("cannot write {}: {error}", file.display())),
    })?;
    output::line(&next_steps(dir));
    Ok(())
}

fn make_folder(dir: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(dir)
}

fn write_new(file: &Path, text: &str) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(file)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

fn next_steps(dir: &Path) -> String {
    let dir = dir.display();
    format!(
        "made {dir} with {FILE_NAME}, where every key stands at its default\n\
         next:\n  \
         patchbay provider add NAME --url URL --key-env VAR --model MODEL --dir {dir}\n  \
         patchbay key create AGENT --dir {dir}\n  \
         patchbay serve --dir {dir}"
    )
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use patchbay_config::Environment;

    use super::*;

    #[test]
    fn a_new_folder_is_private_and_its_configuration_is_read() {
        let parent = tempfile::tempdir().unwrap();
        let dir = parent.path().join("a/b");
        Options::default().run(&dir).unwrap();
        assert_eq!(std::fs::metadata(&dir).unwrap().permissions().mode() & 0o777, 0o700);
        assert_eq!(Config::load(&dir, &Environment::default()).unwrap(), Config::default());
    }

    #[test]
    fn a_folder_that_was_made_before_is_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join(FILE_NAME);
        std::fs::write(&file, "mine").unwrap();
        assert!(Options::default().run(dir.path()).unwrap_err().to_string().contains("nothing was changed"));
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "mine");
    }
}
