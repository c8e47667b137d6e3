//! Cargo, as it is called for a plugin. The author's environment is left as it is; where the component lies is read
//! from cargo's own messages, not guessed.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use serde::Deserialize;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::process::Command;

use super::project::Project;
use crate::cli::{Failure, output};

const TARGET: &str = "wasm32-wasip2";
/// Cargo's messages, one a line: far more than any build writes.
const MESSAGES_BYTES_MAX: u64 = 64 << 20;

/// What cargo says of something that it has made; other messages have none of these.
#[derive(Deserialize)]
struct Message {
    reason: String,
    manifest_path: Option<PathBuf>,
    #[serde(default)]
    filenames: Vec<PathBuf>,
}

/// Builds the component, for release, and says where it is.
///
/// # Errors
/// Rust, its target or cargo is missing, or the crate does not build, or makes no component.
pub async fn build(project: &Project) -> Result<PathBuf, Failure> {
    require_target(&project.folder).await?;
    let mut child = cargo(&project.folder)
        .args(["build", "--release", "--lib", "--target", TARGET])
        .arg("--message-format=json-render-diagnostics")
        .stdout(Stdio::piped())
        .spawn()
        .map_err(no_cargo)?;
    let messages = child.stdout.take().expect("it was asked for in the line above");
    let component = component(messages, &project.folder.join("Cargo.toml")).await;
    let status = child.wait().await.map_err(no_cargo)?;
    match (status.success(), component) {
        (false, _) => Err(Failure::new("the plugin does not build: the compiler's words are above")),
        (true, Some(component)) => Ok(component),
        (true, None) => Err(Failure::new("cargo built no component")
            .hint("Cargo.toml needs [lib] with crate-type = [\"cdylib\", \"rlib\"]")),
    }
}

/// Runs the crate's own tests, natively.
///
/// # Errors
/// Cargo is missing, or a test failed.
pub async fn test(project: &Project) -> Result<(), Failure> {
    let status = cargo(&project.folder).arg("test").status().await.map_err(no_cargo)?;
    match status.success() {
        true => Ok(()),
        false => Err(Failure::new("the plugin's own tests failed: what they say is above")),
    }
}

fn cargo(folder: &Path) -> Command {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo")));
    cargo.current_dir(folder).stdin(Stdio::null()).kill_on_drop(true);
    cargo
}

fn no_cargo(error: std::io::Error) -> Failure {
    Failure::new(format!("cannot run cargo: {error}")).hint("a plugin is built with Rust: https://rustup.rs")
}

/// The last `.wasm` that was made of the crate of this manifest.
async fn component(messages: impl tokio::io::AsyncRead + Unpin, manifest: &Path) -> Option<PathBuf> {
    let mut lines = BufReader::new(messages.take(MESSAGES_BYTES_MAX)).lines();
    let mut found = None;
    while let Ok(Some(line)) = lines.next_line().await {
        found = made_of(&line, manifest).or(found);
    }
    found
}

fn made_of(line: &str, manifest: &Path) -> Option<PathBuf> {
    let message: Message = serde_json::from_str(line).ok()?;
    let ours = message.reason == "compiler-artifact" && message.manifest_path.as_deref() == Some(manifest);
    let component = |file: &PathBuf| file.extension().is_some_and(|extension| extension == "wasm");
    message.filenames.into_iter().filter(|_| ours).find(component)
}

/// The sandbox's standard library: there already, or fetched by rustup. Asked for in the crate's folder, which may
/// name a toolchain of its own.
async fn require_target(folder: &Path) -> Result<(), Failure> {
    if has_target(folder).await? {
        return Ok(());
    }
    output::note(&format!("adding Rust's target {TARGET}"));
    let adding = Command::new("rustup").args(["target", "add", TARGET]).current_dir(folder).status().await;
    match adding.is_ok_and(|status| status.success()) {
        true => Ok(()),
        false => Err(Failure::new(format!("Rust's target {TARGET} is not installed, and adding it failed"))
            .hint(format!("type `rustup target add {TARGET}`"))),
    }
}

async fn has_target(folder: &Path) -> Result<bool, Failure> {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| OsString::from("rustc"));
    let printed = Command::new(rustc)
        .args(["--print", "target-libdir", "--target", TARGET])
        .current_dir(folder)
        .output()
        .await
        .map_err(|error| {
            Failure::new(format!("cannot run rustc: {error}"))
                .hint("a plugin is built with Rust: https://rustup.rs")
        })?;
    Ok(Path::new(String::from_utf8_lossy(&printed.stdout).trim()).is_dir())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_component_is_the_one_of_this_crate() {
        let check = |line: &str, expect: Option<&str>| {
            assert_eq!(made_of(line, Path::new("/p/Cargo.toml")), expect.map(PathBuf::from), "{line}");
        };
        let artefact = |manifest: &str, files: &str| {
            format!(
                r#"{{"reason":"compiler-artifact","manifest_path":"{manifest}","filenames":[{files}],"fresh":true}}"#
            )
        };
        check(&artefact("/p/Cargo.toml", r#""/t/p.rlib","/t/p.wasm""#), Some("/t/p.wasm"));
        check(&artefact("/p/Cargo.toml", r#""/t/p.rlib""#), None);
        check(&artefact("/other/Cargo.toml", r#""/t/o.wasm""#), None);
        check(r#"{"reason":"build-finished","success":true}"#, None);
        check("what a build script printed", None);
    }
}
