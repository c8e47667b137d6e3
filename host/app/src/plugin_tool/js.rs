//! A plugin in JavaScript: node runs the SDK's build script, which calls componentize-js. Both are the author's.

use std::fs;
use std::path::Path;
use std::process::Stdio;

use patchbay_registry::Manifest;
use tokio::process::Command;

use super::wit;
use crate::cli::Failure;

/// The script, below the plugin's folder.
const SCRIPT: &str = "vendor/patchbay-sdk/build.js";
const COMPONENT: &str = "build/component.wasm";
/// How the script ends when componentize-js is not there.
const NOT_INSTALLED: i32 = 3;

/// Builds the component, without its manifest.
///
/// # Errors
/// Node, componentize-js or the SDK is missing, or the plugin does not build.
pub async fn build(folder: &Path, manifest: &Manifest) -> Result<Vec<u8>, Failure> {
    require_script(folder)?;
    let wit = wit::write(folder, manifest)?;
    let component = folder.join(COMPONENT);
    let mut node = command("node", folder);
    node.arg(SCRIPT).arg("--wit").arg(wit).args(["--world", wit::WORLD]).arg("--out").arg(&component);
    if manifest.grants.wasi.is_some() {
        node.arg("--wasi");
    }
    let status = node.stdout(std::io::stderr()).status().await.map_err(|error| missing("node", &error))?;
    match status.code() {
        Some(0) => read(&component),
        Some(NOT_INSTALLED) => {
            Err(Failure::new(format!("componentize-js is not installed in {}", folder.display()))
                .hint("type `npm install` in that folder"))
        }
        _ => Err(Failure::new("the plugin does not build: what componentize-js says is above")),
    }
}

/// Runs the plugin's own tests, natively.
///
/// # Errors
/// Npm is missing, or a test failed.
pub async fn test(folder: &Path) -> Result<(), Failure> {
    let mut npm = command("npm", folder);
    let status = npm.args(["test", "--silent"]).status().await.map_err(|error| missing("npm", &error))?;
    match status.success() {
        true => Ok(()),
        false => Err(Failure::new("the plugin's own tests failed: what they say is above")),
    }
}

fn command(program: &str, folder: &Path) -> Command {
    let mut command = Command::new(program);
    command.current_dir(folder).stdin(Stdio::null()).kill_on_drop(true);
    command
}

fn missing(program: &str, error: &std::io::Error) -> Failure {
    Failure::new(format!("cannot run {program}: {error}"))
        .hint("a plugin in JavaScript is built with Node.js 20.6 or newer: https://nodejs.org")
}

fn require_script(folder: &Path) -> Result<(), Failure> {
    match folder.join(SCRIPT).is_file() {
        true => Ok(()),
        false => Err(Failure::new(format!("{} does not exist", folder.join(SCRIPT).display()))
            .hint("the SDK comes with `patchbay plugin new NAME --lang js`: copy vendor/ from a new plugin")),
    }
}

fn read(component: &Path) -> Result<Vec<u8>, Failure> {
    fs::read(component).map_err(|error| Failure::new(format!("cannot read {}: {error}", component.display())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plugin_without_the_sdk_is_told_where_it_comes_from() {
        let folder = tempfile::tempdir().unwrap();
        let failure = require_script(folder.path()).unwrap_err().to_string();
        assert!(failure.contains("build.js does not exist") && failure.contains("--lang js"), "{failure}");
    }
}
