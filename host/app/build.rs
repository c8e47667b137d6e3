//! Writes down the files that `patchbay plugin new` unpacks: the template, and the SDK that the new plugin stands on.
#![allow(clippy::print_stdout, reason = "how a build script talks to cargo")]

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// What building leaves in a source folder.
const NOT_SOURCE: [&str; 2] = ["target", "Cargo.lock"];

fn main() -> Result<()> {
    let here =
        PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").context("cargo did not set CARGO_MANIFEST_DIR")?);
    let out = PathBuf::from(env::var_os("OUT_DIR").context("cargo did not set OUT_DIR")?);
    write_table(&here.join("templates/plugin"), &out.join("template.rs"))?;
    write_table(&here.join("../../sdk/rust"), &out.join("sdk.rs"))
}

/// A slice of `(path below the folder, content)`, in the order of the paths.
fn write_table(folder: &Path, table: &Path) -> Result<()> {
    let mut files = Vec::new();
    collect(folder, &mut files)?;
    files.sort();
    let mut text = String::from("&[\n");
    for file in &files {
        let path = file.strip_prefix(folder)?.to_str().context("a source file has a name in UTF-8")?;
        let file = file.to_str().context("the source folder has a name in UTF-8")?;
        text.push_str(&format!("    ({path:?}, include_bytes!({file:?})),\n"));
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
