//! The host: the binary in a folder of its own, driven by its own command line. Killed and waited for when dropped.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, ExitStatus, Stdio};
use std::time::Duration;

use patchbay_config::FILE_NAME;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tempfile::TempDir;
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

use super::agent::Agent;
use super::operator::Operator;
use super::say::failures_at_once;
use super::upstream::Upstream;
use super::wait::{bounded, until};

/// The environment variable that holds the key of every played provider, and that key.
pub(crate) const KEY_VARIABLE: &str = "E2E_UPSTREAM_KEY";
pub(crate) const KEY: &str = "sk-e2e-0123456789abcdef";

/// Tables of a configuration that is about tasks. A host without them works on none, which saves each of many hosts the
/// compiling of what works.
const WORKS: [&str; 2] = ["[tasks]", "[skills."];

/// Variables that would change what the host does.
const OURS: [&str; 10] = [
    "PATCHBAY_DIR",
    "PATCHBAY_LISTEN",
    "PATCHBAY_METRICS_LISTEN",
    "PATCHBAY_LOG",
    "PATCHBAY_PLACES",
    "PATCHBAY_IDENTITY",
    "PATCHBAY_PASSPHRASE",
    "PATCHBAY_PASSPHRASE_FILE",
    "PATCHBAY_OTLP_ENDPOINT",
    "PATCHBAY_OTLP_HEADERS",
];

/// A host's folder, and the process that serves it, if one does.
pub(crate) struct Host {
    home: TempDir,
    serving: Option<Serving>,
    /// What its commands and its server find in their environment.
    environment: Vec<(String, String)>,
}

struct Serving {
    child: Child,
    address: SocketAddr,
    metrics: SocketAddr,
}

/// What a command came to.
#[derive(Debug)]
pub(crate) struct Output {
    /// None when a signal ended it.
    pub(crate) status: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// The binary with these arguments, and nothing from this process's own environment that would change what it does.
pub(crate) fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_patchbay"));
    command.args(arguments).env(KEY_VARIABLE, KEY).kill_on_drop(true);
    for variable in OURS {
        command.env_remove(variable);
    }
    command
}

impl Output {
    /// Runs a command to its end, with `input` on its standard input.
    pub(crate) async fn of(mut command: Command, input: &str) -> Self {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let feeding = async {
            // A command that does not read its input closes it.
            let _ = stdin.write_all(input.as_bytes()).await;
            drop(stdin);
        };
        let what = format!("{:?}", command.as_std());
        let (output, ()) = bounded(&what, async { tokio::join!(child.wait_with_output(), feeding) }).await;
        let output = output.unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Self { status: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
    }

    /// What it printed.
    ///
    /// # Panics
    /// It did not exit with 0.
    pub(crate) fn ok(self) -> String {
        assert_eq!(self.status, Some(0), "{}{}", self.stdout, self.stderr);
        self.stdout
    }

    /// What it printed, as JSON.
    pub(crate) fn json(self) -> Value {
        let stdout = self.ok();
        serde_json::from_str(&stdout).unwrap_or_else(|error| panic!("{error}: {stdout}"))
    }

    /// Checks that it failed with `status`, and said each of `words` on standard error and nothing on standard output.
    pub(crate) fn failed(self, status: i32, words: &[&str]) {
        assert_eq!(self.status, Some(status), "{self:?}");
        assert_eq!(self.stdout, "", "{self:?}");
        // A server's log stands before it.
        assert!(self.stderr.lines().any(|line| line.starts_with("error: ")), "{self:?}");
        words.iter().for_each(|word| assert!(self.stderr.contains(word), "no {word:?} in {:?}", self.stderr));
    }
}

impl Host {
    /// A host that serves.
    pub(crate) async fn start() -> Self {
        Self::start_with("").await
    }

    /// A host that serves with this `patchbay.toml`.
    pub(crate) async fn start_with(config: &str) -> Self {
        let mut host = Self::make(config).await;
        host.serve().await;
        host
    }

    /// A folder that nobody serves yet.
    pub(crate) async fn make(config: &str) -> Self {
        let works = WORKS.iter().any(|table| config.contains(table));
        let host = if works { Self::nothing(&[]) } else { Self::nothing(&[("PATCHBAY_PLACES", "0")]) };
        host.cli(&["init"]).await.ok();
        if !config.is_empty() {
            fs::write(host.dir().join(FILE_NAME), config).unwrap();
        }
        host
    }

    /// A place for a folder that was not made yet, whose commands find these variables.
    pub(crate) fn nothing(environment: &[(&str, &str)]) -> Self {
        failures_at_once();
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let environment = environment.iter().map(owned).collect();
        Self { home: TempDir::new().unwrap(), serving: None, environment }
    }

    /// The server's process.
    pub(crate) fn pid(&self) -> u32 {
        self.serving().child.id()
    }

    pub(crate) fn dir(&self) -> PathBuf {
        self.home.path().join("host")
    }

    /// A place for a test's own files.
    pub(crate) fn scratch(&self) -> &Path {
        self.home.path()
    }

    /// Runs `patchbay` on this folder.
    pub(crate) async fn cli(&self, arguments: &[&str]) -> Output {
        self.cli_with(arguments, "").await
    }

    /// The same, with `input` on standard input.
    pub(crate) async fn cli_with(&self, arguments: &[&str], input: &str) -> Output {
        let dir = self.dir();
        let all = [&["--dir", dir.to_str().unwrap()], arguments].concat();
        let mut command = command(&all);
        command.envs(self.environment.iter().cloned());
        Output::of(command, input).await
    }

    /// What `patchbay … --json` answers.
    pub(crate) async fn json(&self, arguments: &[&str]) -> Value {
        self.cli(&[arguments, &["--json"]].concat()).await.json()
    }

    /// Adds a provider that is played by `upstream`.
    pub(crate) async fn provider(&self, name: &str, upstream: &Upstream, more: &[&str]) {
        self.provider_at(name, &upstream.url(), more).await;
    }

    /// Adds a provider, by default with as many requests a minute as there can be.
    pub(crate) async fn provider_at(&self, name: &str, url: &str, more: &[&str]) {
        let rpm: &[&str] = if more.contains(&"--rpm") { &[] } else { &["--rpm", "1000000"] };
        let add = ["provider", "add", name, "--url", url, "--key-env", KEY_VARIABLE];
        self.cli(&[&add, rpm, more].concat()).await.ok();
    }

    /// An agent with a new key.
    pub(crate) async fn agent(&self, name: &str) -> Agent {
        let created = self.json(&["key", "create", name]).await;
        Agent::new(self.address(), created["key"].as_str().unwrap())
    }

    /// An agent whose new key has these limits, and the key's id.
    pub(crate) async fn limited(&self, name: &str, limits: &[&str]) -> (Agent, String) {
        let created = self.json(&[&["key", "create", name], limits].concat()).await;
        let text = |field: &str| created[field].as_str().unwrap().to_owned();
        (Agent::new(self.address(), &text("key")), text("id"))
    }

    /// The health of a provider.
    pub(crate) async fn health_of(&self, provider: &str) -> String {
        self.json(&["provider", "show", provider]).await["health"].as_str().unwrap().to_owned()
    }

    /// What `/metrics` says.
    pub(crate) async fn metrics_text(&self) -> String {
        let metrics = Agent::new(self.metrics(), "").get("/metrics").await;
        String::from_utf8(metrics.body.to_vec()).unwrap()
    }

    /// The operator's API, through the socket.
    pub(crate) fn operator(&self) -> Operator {
        Operator::new(self.dir().join("admin.sock"))
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.serving().address
    }

    pub(crate) fn metrics(&self) -> SocketAddr {
        self.serving().metrics
    }

    /// What the server has written to its log so far.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.log_path()).unwrap_or_default()
    }

    /// Loads a component and returns the id of its generation.
    pub(crate) async fn load(&self, component: &[u8]) -> String {
        let file = self.file("loaded.wasm", component);
        self.cli(&["plugin", "load", &file, "--slot", "routing"]).await.ok().trim().to_owned()
    }

    /// Writes a file for a test. Returns its path.
    pub(crate) fn file(&self, name: &str, content: &[u8]) -> String {
        let path = self.scratch().join(name);
        fs::write(&path, content).unwrap();
        path.into_os_string().into_string().unwrap()
    }

    /// Starts to serve on ports that are free, and waits until it is ready.
    pub(crate) async fn serve(&mut self) {
        assert!(self.serving.is_none(), "the host serves already");
        let log = OpenOptions::new().create(true).append(true).open(self.log_path()).unwrap();
        let before = log.metadata().unwrap().len();
        let dir = self.dir();
        let free = ["--listen", "127.0.0.1:0", "--metrics-listen", "127.0.0.1:0"];
        let command = command(&[&["--dir", dir.to_str().unwrap(), "serve"], &free[..]].concat());
        let mut command = command.into_std();
        command.envs(self.environment.iter().cloned());
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn().unwrap();
        // Owned from here on, so that it ends even if what follows panics.
        let nowhere = SocketAddr::from(([0, 0, 0, 0], 0));
        self.serving = Some(Serving { child, address: nowhere, metrics: nowhere });
        let (address, metrics) = self.announced(before).await;
        let serving = self.serving.as_mut().unwrap();
        (serving.address, serving.metrics) = (address, metrics);
        let nobody = Agent::new(address, "");
        until("/health", async || nobody.try_get("/health").await.filter(|reply| reply.status == 200)).await;
    }

    /// Ends it at once, as `kill -9` does.
    pub(crate) fn kill9(&mut self) {
        drop(self.serving.take());
    }

    /// [`Host::kill9`], and serves again.
    pub(crate) async fn restart(&mut self) {
        self.kill9();
        self.serve().await;
    }

    /// Asks it to end.
    pub(crate) fn terminate(&self) {
        self.signal(Signal::TERM);
    }

    /// Asks it to read its configuration again.
    pub(crate) fn hang_up(&self) {
        self.signal(Signal::HUP);
    }

    fn signal(&self, signal: Signal) {
        let id = i32::try_from(self.serving().child.id()).unwrap();
        kill_process(Pid::from_raw(id).unwrap(), signal).unwrap();
    }

    /// How it ended, once it has.
    pub(crate) async fn ended(&mut self) -> ExitStatus {
        let mut serving = self.serving.take().unwrap();
        let end = tokio::time::Instant::now() + super::PATIENCE;
        loop {
            if let Some(status) = serving.child.try_wait().unwrap() {
                return status;
            }
            assert!(tokio::time::Instant::now() < end, "the host does not end: {}", self.log());
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    fn serving(&self) -> &Serving {
        self.serving.as_ref().expect("the host serves")
    }

    fn log_path(&self) -> PathBuf {
        self.home.path().join("serve.log")
    }

    /// The addresses that the log tells once both ports are bound: of agents, and of the metrics.
    async fn announced(&mut self, offset: u64) -> (SocketAddr, SocketAddr) {
        let end = tokio::time::Instant::now() + super::PATIENCE;
        loop {
            let log = read_from(&self.log_path(), offset).unwrap();
            let ready = log.lines().find(|line| line.contains("patchbay is ready"));
            if let Some(line) = ready.filter(|_| log.ends_with('\n')) {
                return (address_in(line, "api"), address_in(line, "metrics"));
            }
            let ended = self.serving.as_mut().unwrap().child.try_wait().unwrap();
            assert!(ended.is_none(), "the host does not start: {log}");
            assert!(tokio::time::Instant::now() < end, "the host is not ready: {log}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

fn read_from(file: &Path, offset: u64) -> io::Result<String> {
    let mut file = File::open(file)?;
    file.seek(SeekFrom::Start(offset))?;
    let mut text = String::new();
    file.read_to_string(&mut text)?;
    Ok(text)
}

/// From `api="http://127.0.0.1:9190/v1"`, or the same as JSON.
fn address_in(line: &str, field: &str) -> SocketAddr {
    let after = line.split_once(field).and_then(|(_, rest)| rest.split_once("http://"));
    let (_, url) = after.unwrap_or_else(|| panic!("no {field} in {line}"));
    url.split('/').next().unwrap().parse().unwrap()
}

impl Drop for Serving {
    fn drop(&mut self) {
        // It may have ended by itself; then there is nothing to kill.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
