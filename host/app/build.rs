//! Writes down the files that `patchbay plugin new` unpacks: the templates by language and world, and the SDKs that new
//! plugins stand on.
#![allow(clippy::print_stdout, reason = "how a build script talks to cargo")]

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// What building, installing and testing leave in a source folder.
const NOT_SOURCE: [&str; 6] = ["target", "Cargo.lock", "node_modules", "__pycache__", ".venv", "build"];

fn main() -> Result<()> {
    let out = PathBuf::from(env::var_os("OUT_DIR").context("cargo did not set OUT_DIR")?);
    write_table(Path::new("templates"), &out.join("templates.rs"))?;
    write_table(Path::new("../../sdk"), &out.join("sdks.rs"))
}

/// A slice of `(path below the folder, content)`, in the order of the paths. The folder is named from this crate's: two
/// clones may share a target folder, and each has to look at its own files.
fn write_table(folder: &Path, table: &Path) -> Result<()> {
    let mut files = Vec::new();
    collect(folder, &mut files)?;
    files.sort();
    let mut text = String::from("&[\n");
    for file in &files {
        let path = file.strip_prefix(folder)?.to_str().context("a source file has a name in UTF-8")?;
        let file = file.to_str().context("the source folder has a name in UTF-8")?;
        let whole = format!("concat!(env!(\"CARGO_MANIFEST_DIR\"), {:?})", format!("/{file}"));
        text.push_str(&format!("    ({path:?}, include_bytes!({whole})),\n"));
    }
    text.push_str("]\n");
    fs::write(table, text).with_context(|| format!("cannot write {}", table.display()))
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    println!("cargo::rerun-if-changed={}", folder.display());
    let entries = fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    for entry in entries {
        let path = entry?.path();
        let is_source = NOT_SOURCE.iter().all(|left_over| !path.ends_with(left_over));
        match path.is_dir() {
            true if is_source => collect(&path, files)?,
            false if is_source => files.push(path),
            _ => {}
        }
    }
    Ok(())
}
