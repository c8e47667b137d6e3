//! What a round is played on: a host with programs that it may run, a provider for chats, a model that knows one cure, and
//! folders of its own. It must not know what is judged.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::watch;

use super::clients::Desk;
use super::noted::Noted;
use super::task::Ground;
use crate::alone::{MODEL, NATIVE, PROVIDER, register};
use crate::client::Client;
use crate::host::Host;
use crate::script::Script;
use crate::upstream::{Asked, Upstream};
use crate::words::{self, JSON};

/// The model that is asked for causes and plans, and its provider.
const FIXER: &str = "fixer";
const THINKER: &str = "thinker";

pub(super) struct Stage {
    pub(super) host: Host,
    pub(super) upstream: Upstream,
    _thinker: Upstream,
    pub(super) client: watch::Sender<Client>,
    folder: TempDir,
}

impl Stage {
    pub(super) async fn set(binary: &Path) -> anyhow::Result<Self> {
        let folder = TempDir::new()?;
        let upstream = Upstream::start(|asked| words::good(NATIVE, asked.is_stream())).await?;
        let thinker = Upstream::start(think).await?;
        let host = Host::start(binary, &config(folder.path())).await?;
        register(&host, PROVIDER, &upstream, &[]).await?;
        let model = format!("{FIXER}={FIXER}");
        host.provider(THINKER, &thinker.url(), &["--model", &model]).await?;
        let client = watch::Sender::new(host.client("chatter").await?);
        Ok(Self { host, upstream, _thinker: thinker, client, folder })
    }

    /// What the clients of a round have.
    pub(super) fn desk(&self, round: u64) -> anyhow::Result<Desk> {
        let path = self.folder.path();
        let folder = path.join(format!("files-{round}"));
        std::fs::create_dir(&folder)?;
        let ground = Ground {
            round,
            effects: path.join(format!("effects-{round}")).to_string_lossy().into_owned(),
            folder: folder.to_string_lossy().into_owned(),
            mark: self.mark(),
        };
        Ok(Desk {
            operator: self.host.operator(),
            noted: Arc::new(Noted::default()),
            ground,
            over: Arc::default(),
        })
    }

    /// What stands in the environment of all programs of its tasks.
    pub(super) fn mark(&self) -> String {
        self.folder.path().to_string_lossy().into_owned()
    }

    /// Tells the clients where the host is now.
    pub(super) fn moved(&self) -> anyhow::Result<()> {
        let address = self.host.address()?;
        self.client.send_modify(|client| *client = client.moved(address));
        Ok(())
    }

    pub(super) fn file(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }

    /// Requests for chats that came to the provider.
    pub(super) fn chats(&self) -> u64 {
        self.upstream.seen().count() as u64
    }

    /// Requests for chats in the ledger.
    pub(super) async fn counted(&self) -> anyhow::Result<u64> {
        let lines = self.host.operator().usage(MODEL).await?;
        Ok(lines.iter().map(|line| line.requests).sum())
    }
}

/// Short pauses, and room for as many fixes as there are kills.
fn config(files: &Path) -> String {
    let flush = Duration::from_millis(100);
    format!(
        "[server]\nwatch_config = false\n[usage]\nflush_interval = \"{}ms\"\n[skills.exec]\nprograms = [\"sh\"]\n\
         [checks]\nfiles = [{files:?}]\n[tasks]\nlease = \"5s\"\nheartbeat = \"500ms\"\n\
         [fixes]\nmodel = \"{FIXER}\"\nbackoff = \"1s\"\nper_hour = 10000\nplans = 32\nexecutions = 100\n\
         usd = 1000.0\nusd_per_day = 1000.0\n",
        flush.as_millis()
    )
}

/// A model that knows the cause of one failure, and the setting that mends it.
fn think(asked: &Asked) -> Script {
    let said = asked.text();
    let content = if said.contains("root cause of a failure") {
        json!({"root_cause": "MODE is wrong", "class": "bad-input", "kind": "logical", "confidence": 0.9,
            "problems": [], "fix": "set MODE to right", "priority": "P1", "success_criteria": "it runs"})
    } else if said.contains("unknown mode") {
        plan("set MODE", &json!([{"kind": "set-input", "patch": {"env": {"MODE": "right"}}}]))
    } else {
        plan("", &json!([]))
    };
    Script::whole("200 OK", JSON, words::completion(FIXER, &content.to_string()).to_string())
}

fn plan(title: &str, actions: &Value) -> Value {
    json!({"title": title, "reason": title, "actions": actions, "checks": []})
}
