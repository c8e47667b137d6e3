//! The host: the real binary in a folder of its own, driven by its own command line. Killed and waited for when dropped.

use std::fs::{self, File, OpenOptions};
use std::io::{Read, Seek, SeekFrom};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tempfile::TempDir;
use tokio::process::{Child, Command};
use tokio::time::{Instant, sleep, timeout};

use crate::client::Client;
use crate::operator::Operator;
use crate::process::{Facts, facts, file_bytes};

/// How long a command may take; the first one compiles the bundled plugins.
const COMMAND: Duration = Duration::from_secs(60);
const READY: Duration = Duration::from_secs(60);
const POLL: Duration = Duration::from_millis(10);
/// The environment variable that holds the key of every played provider, and that key.
const KEY_VARIABLE: &str = "FAULTS_UPSTREAM_KEY";
const KEY: &str = "sk-faults-0123456789abcdef";
/// What of a log is shown when the host does not do as it should, in bytes.
const LOG_TAIL_BYTES: usize = 2000;
/// Commands at one time: each is a process.
const COMMANDS_MAX: usize = 4;

/// A host's folder, and the process that serves it, if one does.
pub(crate) struct Host {
    home: TempDir,
    binary: PathBuf,
    serving: Option<Serving>,
    commands: tokio::sync::Semaphore,
}

struct Serving {
    child: Child,
    id: u32,
    address: SocketAddr,
}

impl Host {
    /// A host that serves with this `patchbay.toml`.
    pub(crate) async fn start(binary: &Path, config: &str) -> anyhow::Result<Self> {
        let mut host = Self {
            home: TempDir::new()?,
            binary: binary.to_owned(),
            serving: None,
            commands: tokio::sync::Semaphore::new(COMMANDS_MAX),
        };
        host.cli(&["init"]).await?;
        fs::write(host.dir().join("patchbay.toml"), config)?;
        host.serve().await?;
        Ok(host)
    }

    /// Runs `patchbay` on this folder. Returns what it printed.
    ///
    /// # Errors
    /// It did not exit with 0: what it said.
    pub(crate) async fn cli(&self, arguments: &[&str]) -> anyhow::Result<String> {
        let _turn = self.commands.acquire().await?;
        let mut command = self.command(arguments);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let output = timeout(COMMAND, command.output()).await;
        let output =
            output.with_context(|| format!("patchbay {arguments:?} took longer than {COMMAND:?}"))??;
        let said = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "patchbay {arguments:?}: {}: {}", output.status, said.trim());
        Ok(String::from_utf8(output.stdout)?)
    }

    /// Adds a provider with as many requests a minute as there can be.
    pub(crate) async fn provider(&self, name: &str, url: &str, more: &[&str]) -> anyhow::Result<()> {
        let add = ["provider", "add", name, "--url", url, "--key-env", KEY_VARIABLE, "--rpm", "1000000"];
        self.cli(&[&add, more].concat()).await.map(drop)
    }

    /// Gives a provider another address; its key is bound to the old one, so it is given again.
    pub(crate) async fn readdress(&self, name: &str, url: &str) -> anyhow::Result<()> {
        self.cli(&["provider", "set", name, "--url", url, "--key-env", KEY_VARIABLE]).await.map(drop)
    }

    /// A client with a new key.
    pub(crate) async fn client(&self, agent: &str) -> anyhow::Result<Client> {
        let created: Value = serde_json::from_str(&self.cli(&["key", "create", agent, "--json"]).await?)?;
        let key = created["key"].as_str().context("`key create --json` told no key")?;
        Ok(Client::new(self.address()?, key))
    }

    pub(crate) fn operator(&self) -> Operator {
        Operator::new(self.dir().join("admin.sock"))
    }

    pub(crate) fn address(&self) -> anyhow::Result<SocketAddr> {
        self.serving.as_ref().map(|serving| serving.address).context("the host does not serve")
    }

    pub(crate) fn facts(&self) -> Facts {
        self.serving.as_ref().map_or_else(Facts::default, |serving| facts(serving.id))
    }

    /// The bytes of its store.
    pub(crate) fn store_bytes(&self) -> u64 {
        file_bytes(&self.dir().join("patchbay.redb"))
    }

    /// Starts to serve on ports that are free, and waits until it is ready.
    pub(crate) async fn serve(&mut self) -> anyhow::Result<()> {
        self.serve_with(&[]).await
    }

    /// The same, with variables in its environment.
    pub(crate) async fn serve_with(&mut self, variables: &[(&str, &str)]) -> anyhow::Result<()> {
        ensure!(self.serving.is_none(), "the host serves already");
        let (mut child, before) = self.begin(variables)?;
        let id = child.id().context("a process that was just started has an id")?;
        let address = self.announced(&mut child, before).await?;
        self.serving = Some(Serving { child, id, address });
        Ok(())
    }

    /// Starts to serve, and ends it at once after this time, ready or not.
    pub(crate) async fn serve_briefly(&mut self, time: Duration) -> anyhow::Result<()> {
        let (mut child, _) = self.begin(&[])?;
        sleep(time).await;
        Ok(child.kill().await?)
    }

    /// The process that serves, and how long its log was before.
    fn begin(&self, variables: &[(&str, &str)]) -> anyhow::Result<(Child, u64)> {
        let log = OpenOptions::new().create(true).append(true).open(self.log())?;
        let before = log.metadata()?.len();
        let free = ["serve", "--listen", "127.0.0.1:0", "--metrics-listen", "127.0.0.1:0"];
        let mut command = self.command(&free);
        command.envs(variables.iter().copied());
        Ok((command.stdout(Stdio::null()).stderr(log).spawn()?, before))
    }

    /// Whether it ends by itself within this time.
    pub(crate) async fn ends(&mut self, within: Duration) -> anyhow::Result<bool> {
        let serving = self.serving.as_mut().context("the host does not serve")?;
        match timeout(within, serving.child.wait()).await {
            Ok(status) => {
                status?;
                self.serving = None;
                Ok(true)
            }
            Err(_) => Ok(false),
        }
    }

    /// Its process id, while it serves.
    pub(crate) fn id(&self) -> Option<u32> {
        self.serving.as_ref().map(|serving| serving.id)
    }

    /// Ends it at once, as `kill -9` does.
    pub(crate) async fn kill(&mut self) -> anyhow::Result<()> {
        if let Some(mut serving) = self.serving.take() {
            serving.child.kill().await?;
        }
        Ok(())
    }

    /// Asks it to end.
    pub(crate) fn terminate(&self) -> anyhow::Result<()> {
        let id = self.serving.as_ref().map(|serving| serving.id).context("the host does not serve")?;
        let id = i32::try_from(id).ok().and_then(Pid::from_raw).context("a process id is positive")?;
        Ok(kill_process(id, Signal::TERM)?)
    }

    /// How it ended, once it has.
    ///
    /// # Errors
    /// It does not within `within`; it is killed then.
    pub(crate) async fn ended(&mut self, within: Duration) -> anyhow::Result<ExitStatus> {
        let mut serving = self.serving.take().context("the host does not serve")?;
        match timeout(within, serving.child.wait()).await {
            Ok(status) => Ok(status?),
            Err(_) => bail!("the host did not end within {within:?}"),
        }
    }

    /// The end of its log.
    pub(crate) fn log_tail(&self) -> String {
        let log = fs::read(self.log()).unwrap_or_default();
        let from = log.len().saturating_sub(LOG_TAIL_BYTES);
        String::from_utf8_lossy(log.get(from..).unwrap_or_default()).into_owned()
    }

    pub(crate) fn log_has(&self, word: &str) -> bool {
        fs::read_to_string(self.log()).unwrap_or_default().contains(word)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.binary);
        for (name, _) in
            std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("PATCHBAY_"))
        {
            command.env_remove(name);
        }
        command.arg("--dir").arg(self.dir()).args(arguments).env(KEY_VARIABLE, KEY);
        command.stdin(Stdio::null()).kill_on_drop(true);
        command
    }

    fn dir(&self) -> PathBuf {
        self.home.path().join("host")
    }

    fn log(&self) -> PathBuf {
        self.home.path().join("serve.log")
    }

    /// The address that the log tells once it is bound.
    async fn announced(&self, child: &mut Child, offset: u64) -> anyhow::Result<SocketAddr> {
        let end = Instant::now() + READY;
        loop {
            let log = read_from(&self.log(), offset)?;
            let ready = log.lines().find(|line| line.contains("patchbay is ready"));
            if let Some(line) = ready.filter(|_| log.ends_with('\n')) {
                return address_in(line);
            }
            if let Some(status) = child.try_wait()? {
                bail!("the host does not start: {status}: {}", self.log_tail());
            }
            ensure!(Instant::now() < end, "the host is not ready after {READY:?}: {}", self.log_tail());
            sleep(POLL).await;
        }
    }
}

fn read_from(file: &Path, offset: u64) -> anyhow::Result<String> {
    let mut file = File::open(file)?;
    file.seek(SeekFrom::Start(offset))?;
    let mut text = String::new();
    file.read_to_string(&mut text)?;
    Ok(text)
}

/// From `api="http://127.0.0.1:9190/v1"`.
fn address_in(line: &str) -> anyhow::Result<SocketAddr> {
    let after = line.split_once("api").and_then(|(_, rest)| rest.split_once("http://"));
    let authority = after.and_then(|(_, url)| url.split('/').next());
    Ok(authority.with_context(|| format!("no address in {line}"))?.parse()?)
}
