//! The real binary, set up by its own command line in a fresh folder, before the same upstream as the floor.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use bytes::Bytes;
use http::{Request, StatusCode};
use http_body_util::Empty;
use hyper_util::rt::TokioIo;
use serde::Deserialize;
use tokio::net::TcpStream;
use tokio::process::Command;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::child::{Children, say};
use crate::operator::Operator;
use crate::target::Target;
use crate::upstream;

/// How long a command of the operator may take; the first one may compile the bundled plugins.
const COMMAND: Duration = Duration::from_secs(60);
const READY: Duration = Duration::from_secs(60);
/// How long `cargo build --release` may take from nothing.
const BUILD: Duration = Duration::from_secs(3600);
const POLL: Duration = Duration::from_millis(2);
/// The system gives a port that nobody has.
const FREE_PORT: &str = "127.0.0.1:0";
/// Providers that all are the one upstream: each may be asked a million times a minute, which one alone would reach.
const PROVIDERS: usize = 4;
const KEY_VARIABLE: &str = "BENCH_UPSTREAM_KEY";
const LOG_TAIL_BYTES: usize = 2000;

/// A folder that was set up.
pub(crate) struct Patchbay {
    binary: PathBuf,
    folder: PathBuf,
    /// What its one agent sends.
    pub(crate) key: String,
}

/// Who ranks providers.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Policy {
    /// The plugin in the routing slot: the bundled `primary-fallback`.
    Plugin,
    /// The host's own.
    Native,
}

/// A process that serves.
pub(crate) struct Serving {
    pub(crate) address: SocketAddr,
    pub(crate) process: u32,
    /// From the start of the process to the first good answer of `/health`.
    pub(crate) ready: Duration,
}

#[derive(Deserialize)]
struct CreatedKey {
    key: String,
}

/// The binary beside this program. Under `cargo run` it is built first, so that what is measured is what is there.
pub(crate) async fn binary(children: &mut Children) -> anyhow::Result<PathBuf> {
    let this = std::env::current_exe()?;
    let folder = this.parent().context("a program lies in a folder")?;
    let binary = folder.join("patchbay");
    if let (Some(cargo), Some(target)) = (std::env::var_os("CARGO"), folder.parent()) {
        say("building patchbay: cargo build --release (minutes, when it is the first time)");
        let mut build = Command::new(cargo);
        build.args(["build", "--release", "--package", "patchbay", "--target-dir"]).arg(target);
        children.finish(&mut build, BUILD).await?;
        return Ok(target.join("release/patchbay"));
    }
    if !binary.exists() {
        bail!("{} is missing: type `cargo build --release`, or name one with --patchbay", binary.display());
    }
    Ok(binary)
}

impl Patchbay {
    pub(crate) async fn set_up(
        binary: &Path,
        folder: PathBuf,
        upstream: SocketAddr,
        policy: Policy,
        children: &mut Children,
    ) -> anyhow::Result<Self> {
        let mut patchbay = Self { binary: binary.to_owned(), folder, key: String::new() };
        patchbay.run(&["init"], children).await?;
        if policy == Policy::Native {
            patchbay.configure("[routing]", "policy = \"native\"")?;
        }
        let url = format!("http://{upstream}/v1");
        for number in 1..=PROVIDERS {
            let name = format!("bench-{number}");
            let add =
                ["provider", "add", &name, "--url", &url, "--key-env", KEY_VARIABLE, "--rpm", "1000000"];
            patchbay.run(&[&add[..], &["--model", upstream::MODEL]].concat(), children).await?;
        }
        let created = patchbay.run(&["key", "create", "bench", "--json"], children).await?;
        patchbay.key = serde_json::from_str::<CreatedKey>(&created)
            .with_context(|| format!("`key create --json` answered {created:?}, not {{\"key\":…}}"))?
            .key;
        Ok(patchbay)
    }

    /// Starts it and waits until it is ready.
    pub(crate) async fn serve(&self, children: &mut Children) -> anyhow::Result<Serving> {
        let log = std::fs::File::create(self.log())?;
        let begun = Instant::now();
        let listen = ["serve", "--listen", FREE_PORT, "--metrics-listen", FREE_PORT];
        let process = children.process(self.command(&listen).stdout(log.try_clone()?).stderr(log))?;
        loop {
            if let Some(address) = self.announced().await
                && healthy(address).await
            {
                return Ok(Serving { address, process, ready: begun.elapsed() });
            }
            let ended = children.ended(process);
            if ended.is_some() || begun.elapsed() > READY {
                let how = ended.unwrap_or_else(|| format!("not ready after {READY:?}"));
                bail!("`patchbay serve`: {how}; its log ends:\n{}", self.log_tail());
            }
            sleep(POLL).await;
        }
    }

    /// What serves, to be measured under a name.
    pub(crate) fn target(&self, name: &str, serving: &Serving) -> Target {
        let target = Target::new(name, serving.address);
        Target { key: Some(self.key.clone()), process: Some(serving.process), ..target }
    }

    /// Where agents ask, once it is ready: what its log's line says too, but that is written a while later.
    async fn announced(&self) -> Option<SocketAddr> {
        let status = self.operator().status().await.ok()?;
        status["address"]["api"].as_str()?.strip_prefix("http://")?.strip_suffix("/v1")?.parse().ok()
    }

    pub(crate) fn operator(&self) -> Operator {
        Operator { socket: self.folder.join("admin.sock") }
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Runs a command of the operator's. Returns what it printed.
    pub(crate) async fn run(&self, arguments: &[&str], children: &mut Children) -> anyhow::Result<String> {
        children.finish(&mut self.command(arguments), COMMAND).await
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.binary);
        for (name, _) in
            std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("PATCHBAY_"))
        {
            command.env_remove(name);
        }
        command
            .stdin(Stdio::null())
            .args(arguments)
            .arg("--dir")
            .arg(&self.folder)
            .env(KEY_VARIABLE, "sk-bench-upstream-0000000000");
        command
    }

    /// Sets a key of a table of its configuration; it is read at the next start.
    pub(crate) fn configure(&self, table: &str, line: &str) -> anyhow::Result<()> {
        let path = self.folder.join("patchbay.toml");
        let text =
            std::fs::read_to_string(&path).with_context(|| format!("{} is missing", path.display()))?;
        Ok(std::fs::write(path, with(&text, table, line))?)
    }

    fn log(&self) -> PathBuf {
        self.folder.join("bench-serve.log")
    }

    fn log_tail(&self) -> String {
        let log = std::fs::read(self.log()).unwrap_or_default();
        String::from_utf8_lossy(&log[log.len().saturating_sub(LOG_TAIL_BYTES)..]).into_owned()
    }
}

/// The configuration with one more line in a table.
fn with(text: &str, table: &str, line: &str) -> String {
    match text.lines().any(|line| line == table) {
        true => text.replacen(&format!("{table}\n"), &format!("{table}\n{line}\n"), 1),
        false => format!("{text}\n{table}\n{line}\n"),
    }
}

async fn healthy(address: SocketAddr) -> bool {
    let answer = timeout(Duration::from_secs(1), health(address)).await;
    matches!(answer, Ok(Ok(StatusCode::OK)))
}

async fn health(address: SocketAddr) -> anyhow::Result<StatusCode> {
    let stream = TcpStream::connect(address).await?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    let mut driver = JoinSet::new();
    driver.spawn(connection);
    let request = Request::get("/health").header(http::header::HOST, address.to_string());
    Ok(sender.send_request(request.body(Empty::<Bytes>::new())?).await?.status())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_set_in_the_table_that_is_there() {
        let text = "[server]\n#listen = 1\n[routing]\n#policy = \"slot\"\n[log]\n";
        let expect = "[server]\n#listen = 1\n[routing]\npolicy = 2\n#policy = \"slot\"\n[log]\n";
        assert_eq!(with(text, "[routing]", "policy = 2"), expect);
        assert_eq!(with("", "[routing]", "policy = 2"), "\n[routing]\npolicy = 2\n");
    }
}
