//! Plugins between hosts: signed by us and by minisign, pushed into a real registry and pulled out of it, by us and by
//! another tool. Needs Debian's `docker-registry` and `minisign`, and Python's `oras`; says so when one is missing.

mod oci;
mod server;
mod signature;
mod tag;

use std::path::{Path, PathBuf};

use tokio::process::Command;

use crate::harness::{Output, command, policy, say};
use server::Server;

/// An author's folder, with a component in it.
struct Author {
    folder: tempfile::TempDir,
}

impl Author {
    fn new() -> Self {
        let author = Self { folder: tempfile::tempdir().unwrap() };
        author.build("acme-route");
        author
    }

    /// Writes NAME.wasm.
    fn build(&self, name: &str) -> Vec<u8> {
        let component = policy(name, "0.2.0", crate::harness::Decided::default());
        self.write(&format!("{name}.wasm"), &component);
        component
    }

    /// Runs `patchbay` here, as somebody who has no credentials anywhere.
    async fn run(&self, arguments: &[&str]) -> Output {
        self.run_as(arguments, &[]).await
    }

    async fn run_as(&self, arguments: &[&str], environment: &[(&str, &str)]) -> Output {
        let mut command = command(&[&["--dir", "."], arguments].concat());
        command.current_dir(self.path()).env("HOME", self.path()).env_remove("DOCKER_CONFIG");
        for proxy in ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"] {
            command.env_remove(proxy);
        }
        command.envs(environment.iter().copied());
        Output::of(command, "").await
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn file(&self, name: &str) -> PathBuf {
        self.path().join(name)
    }

    fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.file(name)).unwrap()
    }

    fn text(&self, name: &str) -> String {
        String::from_utf8(self.read(name)).unwrap()
    }

    fn write(&self, name: &str, content: &[u8]) {
        std::fs::write(self.file(name), content).unwrap();
    }

    /// Makes `NAME.key` and `NAME.pub`, and returns the line for a `trust.toml`.
    async fn key(&self, name: &str) -> String {
        let made = self.run(&["keygen", "--out", name, "--no-password", "--json"]).await.json();
        made["public_key"].as_str().unwrap().to_owned()
    }

    /// A program that is not ours, here.
    async fn program(&self, program: &str, arguments: &[&str]) -> Output {
        let mut command = Command::new(program);
        command.args(arguments).current_dir(self.path()).kill_on_drop(true);
        Output::of(command, "").await
    }
}

/// Whether a program can be started; says which test is left out if it cannot.
async fn has(program: &str, test: &str) -> bool {
    let found = Command::new("sh").args(["-c", &format!("command -v {program}")]).output().await;
    let found = found.is_ok_and(|output| output.status.success());
    if !found {
        say(&format!("SKIPPED {test}: no program {program}. Install it: apt install {program}"));
    }
    found
}
