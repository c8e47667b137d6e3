//! `patchbay init`: a folder that a host can be started in.

use std::fs::{DirBuilder, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

use patchbay_config::{Config, FILE_NAME};

use crate::folder;

use super::Failure;
use super::output;

/// Makes the folder, for its owner alone, and the configuration with every default in it.
///
/// # Errors
/// The folder has a configuration already, or cannot be written.
pub fn run(dir: &Path) -> Result<(), Failure> {
    make_folder(dir)
        .map_err(|error| Failure::new(format!("cannot make the folder {}: {error}", dir.display())))?;
    let file = dir.join(FILE_NAME);
    if !file.exists() {
        folder::make_identity(dir)
            .map_err(|error| Failure::new(format!("cannot make the identity: {error:#}")))?;
    }
    write_new(&file, &Config::template()).map_err(|error| match error.kind() {
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
        run(&dir).unwrap();
        assert_eq!(std::fs::metadata(&dir).unwrap().permissions().mode() & 0o777, 0o700);
        assert_eq!(Config::load(&dir, &Environment::default()).unwrap(), Config::default());
    }

    #[test]
    fn a_folder_that_was_made_before_is_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join(FILE_NAME);
        std::fs::write(&file, "mine").unwrap();
        assert!(run(dir.path()).unwrap_err().to_string().contains("nothing was changed"));
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "mine");
    }
}
