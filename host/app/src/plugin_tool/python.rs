//! A plugin in Python: componentize-py makes the component. It is the author's, in a Python of the author's.

mod said;

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use patchbay_registry::Manifest;
use tokio::process::Command;

use super::wit;
use crate::cli::{Failure, output};

/// Names the Python to use, in place of those that are looked for.
const PYTHON_VARIABLE: &str = "PATCHBAY_PYTHON";
/// The author's own environment, as the README tells to make it.
const OWN_PYTHON: &str = ".venv/bin/python";
const SOURCES: [&str; 2] = ["src", "vendor/patchbay-sdk"];
const MODULE: &str = "plugin";
const COMPONENT: &str = "build/component.wasm";
/// The package has no module to run, only the function behind its command.
const RUN: &str = "import sys; from componentize_py import script; sys.exit(script())";
const IS_THERE: &str = "import componentize_py";
const HINT: &str =
    "type `python3 -m venv .venv && .venv/bin/pip install componentize-py==0.25.1` in that folder";

/// Builds the component, without its manifest.
///
/// # Errors
/// componentize-py or the SDK is missing, or the plugin does not build.
pub async fn build(folder: &Path, manifest: &Manifest) -> Result<Vec<u8>, Failure> {
    require_sdk(folder)?;
    let wit = wit::write(folder, manifest)?;
    let component = folder.join(COMPONENT);
    let mut tool = componentize(folder).await?;
    tool.arg("-q").arg("-d").arg(wit).args(["-w", wit::WORLD, "componentize", MODULE]);
    tool.args(SOURCES.iter().flat_map(|source| ["-p", source])).arg("-o").arg(&component);
    if manifest.grants.wasi.is_none() {
        tool.arg("--stub-wasi");
    }
    let (status, words) = said::run(tool).await.map_err(|error| missing("componentize-py", &error))?;
    if !status.success() {
        output::note(&words);
        return Err(Failure::new("the plugin does not build: what componentize-py says is above"));
    }
    fs::read(&component)
        .map_err(|error| Failure::new(format!("cannot read {}: {error}", component.display())))
}

/// Runs the plugin's own tests, natively.
///
/// # Errors
/// Python is missing, or a test failed.
pub async fn test(folder: &Path) -> Result<(), Failure> {
    let python = pythons(folder).next().unwrap_or_else(|| PathBuf::from("python3"));
    let path = env::join_paths(SOURCES.map(|source| folder.join(source))).map_err(Failure::new)?;
    let mut tests = command(python, folder);
    tests.args(["-m", "unittest", "discover", "-s", "tests"]).env("PYTHONPATH", path);
    tests.env("PYTHONDONTWRITEBYTECODE", "1");
    let status = tests.status().await.map_err(|error| missing("python3", &error))?;
    match status.success() {
        true => Ok(()),
        false => Err(Failure::new("the plugin's own tests failed: what they say is above")),
    }
}

/// componentize-py: of the Python that is named and of no other, else of the plugin's own environment, else of the
/// machine's Python, else as a command.
async fn componentize(folder: &Path) -> Result<Command, Failure> {
    for python in pythons(folder) {
        let mut asking = command(&python, folder);
        asking.args(["-c", IS_THERE]).stdout(Stdio::null()).stderr(Stdio::null());
        if asking.status().await.is_ok_and(|status| status.success()) {
            let mut tool = command(&python, folder);
            tool.args(["-c", RUN]);
            return Ok(tool);
        }
    }
    match env::var_os(PYTHON_VARIABLE).is_none() && is_command().await {
        true => Ok(command("componentize-py", folder)),
        false => {
            Err(Failure::new(format!("componentize-py is not installed for {}", folder.display())).hint(HINT))
        }
    }
}

async fn is_command() -> bool {
    let mut asking = Command::new("componentize-py");
    asking
        .arg("--version")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true);
    asking.status().await.is_ok_and(|status| status.success())
}

/// The Pythons that may be used, the best first.
fn pythons(folder: &Path) -> impl Iterator<Item = PathBuf> {
    let named: Option<OsString> = env::var_os(PYTHON_VARIABLE);
    let own = folder.join(OWN_PYTHON);
    let found = [own.is_file().then_some(own), Some(PathBuf::from("python3"))];
    match named {
        Some(python) => vec![PathBuf::from(python)],
        None => found.into_iter().flatten().collect(),
    }
    .into_iter()
}

fn command(program: impl AsRef<std::ffi::OsStr>, folder: &Path) -> Command {
    let mut command = Command::new(program);
    command.current_dir(folder).stdin(Stdio::null()).kill_on_drop(true);
    command
}

fn missing(program: &str, error: &std::io::Error) -> Failure {
    Failure::new(format!("cannot run {program}: {error}"))
        .hint("a plugin in Python is built with Python 3.11 or newer, and componentize-py")
}

fn require_sdk(folder: &Path) -> Result<(), Failure> {
    let sdk = folder.join("vendor/patchbay-sdk/patchbay_sdk");
    match sdk.is_dir() {
        true => Ok(()),
        false => Err(Failure::new(format!("{} does not exist", sdk.display())).hint(
            "the SDK comes with `patchbay plugin new NAME --lang python`: copy vendor/ from a new plugin",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plugin_without_the_sdk_is_told_where_it_comes_from() {
        let folder = tempfile::tempdir().unwrap();
        let failure = require_sdk(folder.path()).unwrap_err().to_string();
        assert!(
            failure.contains("patchbay_sdk does not exist") && failure.contains("--lang python"),
            "{failure}"
        );
    }
}
