//! A real registry on a port of this machine, with its files in sight. Ends when dropped.

use std::fs;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;
use tokio::net::TcpStream;

use super::has;
use crate::harness::until;

/// What the locked registry lets in, and how it keeps that: made once with bcrypt.
pub(super) const USER: &str = "carol";
pub(super) const PASSWORD: &str = "open sesame";
const PASSWORD_HASH: &str = "$2y$05$patchbayregistrytestsuUBuj81bKgBStn7enZQkaIHTaMBuJ/zG";

pub(super) struct Server {
    folder: TempDir,
    child: Child,
    pub(super) address: String,
}

impl Server {
    /// For everybody. None, and a word about it, if the program is not installed.
    pub(super) async fn start(test: &str) -> Option<Self> {
        Self::start_with(test, "").await
    }

    /// For [`USER`] alone.
    pub(super) async fn locked(test: &str) -> Option<Self> {
        Self::start_with(test, "auth:\n  htpasswd:\n    realm: test\n    path: htpasswd\n").await
    }

    async fn start_with(test: &str, more: &str) -> Option<Self> {
        if !has("docker-registry", test).await {
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let address = free_address();
        let config = format!(
            "version: 0.1\nlog:\n  level: error\nstorage:\n  filesystem:\n    rootdirectory: store\n\
             http:\n  addr: {address}\n  secret: test\n{more}"
        );
        fs::write(folder.path().join("config.yml"), config).unwrap();
        fs::write(folder.path().join("htpasswd"), format!("{USER}:{PASSWORD_HASH}\n")).unwrap();
        let mut command = Command::new("docker-registry");
        command.args(["serve", "config.yml"]).current_dir(folder.path());
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let server = Self { folder, child, address };
        until("the registry", async || TcpStream::connect(&server.address).await.ok()).await;
        Some(server)
    }

    pub(super) fn place(&self, rest: &str) -> String {
        format!("{}/{rest}", self.address)
    }

    /// The file in which it keeps what has this digest.
    pub(super) fn blob(&self, digest: &str) -> PathBuf {
        let hex = digest.strip_prefix("sha256:").unwrap();
        let blobs = self.folder.path().join("store/docker/registry/v2/blobs/sha256");
        blobs.join(&hex[..2]).join(hex).join("data")
    }

    /// What has this digest, as JSON.
    pub(super) fn json(&self, digest: &str) -> serde_json::Value {
        serde_json::from_slice(&fs::read(self.blob(digest)).unwrap()).unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself; then there is nothing to kill.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn free_address() -> String {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string()
}
