//! Plugins in JavaScript and Python, by the author's path: made, tested, built, loaded, and asked for live traffic.
//! Needs the tools of the languages; says so when they are not there.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;
use tokio::process::Command;
use tokio::time::timeout;

use crate::harness::{Agent, Host, Output, Upstream, command, say};

/// These tools take half a minute on a machine that has nothing else to do.
const PATIENCE: Duration = Duration::from_secs(300);
const NODE_MODULES: &str = "PATCHBAY_TEST_NODE_MODULES";
const PYTHON: &str = "PATCHBAY_TEST_PYTHON";
const REQUESTS: usize = 50;

/// What a plugin of some language needs.
struct Language {
    name: &'static str,
    python: String,
    /// To be found in the plugin's folder.
    node_modules: Option<PathBuf>,
}

/// A host with two providers, and an agent that asks.
struct Stage {
    host: Host,
    agent: Agent,
    _upstream: Upstream,
}

async fn javascript() -> Option<Language> {
    let folder = PathBuf::from(std::env::var_os(NODE_MODULES)?);
    let is_there = folder.join("@bytecodealliance/componentize-js/package.json").is_file();
    is_there.then(|| Language { name: "js", python: "python3".to_owned(), node_modules: Some(folder) })
}

async fn python() -> Option<Language> {
    let named = std::env::var(PYTHON).ok();
    for python in named.into_iter().chain(["python3".to_owned()]) {
        let mut asking = Command::new(&python);
        asking.args(["-c", "import componentize_py"]).kill_on_drop(true);
        if asking.output().await.is_ok_and(|output| output.status.success()) {
            return Some(Language { name: "python", python, node_modules: None });
        }
    }
    None
}

impl Language {
    /// Runs `patchbay …` in a folder, for as long as such tools take.
    async fn patchbay(&self, folder: &Path, arguments: &[&str]) -> Output {
        let mut command = command(arguments);
        command.current_dir(folder).env("PATCHBAY_PYTHON", &self.python);
        let output = timeout(PATIENCE, command.output()).await.expect("it ends in time").unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        Output { status: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
    }

    async fn plugin(&self, folder: &Path, arguments: &[&str]) -> Output {
        self.patchbay(folder, &[&["plugin"], arguments].concat()).await
    }

    /// A new plugin, with the tools where its author has them.
    async fn new_plugin(&self, folder: &Path, world: &str) -> PathBuf {
        self.plugin(folder, &["new", world, "--world", world, "--lang", self.name]).await.ok();
        let made = folder.join(world);
        if let Some(installed) = &self.node_modules {
            std::os::unix::fs::symlink(installed, made.join("node_modules")).unwrap();
        }
        made
    }

    /// The whole path of a routing policy.
    async fn decides(&self) {
        let stage = Stage::new().await;
        let folder = self.new_plugin(stage.host.scratch(), "routing-policy").await;
        let tested = self.plugin(&folder, &["test"]).await.ok();
        assert!(tested.contains("wasm ok"), "{tested}");
        let built = self.plugin(&folder, &["build"]).await.ok();
        assert!(built.contains("routing-policy.wasm") && built.contains("sha256:"), "{built}");
        let dir = stage.host.dir().into_os_string().into_string().unwrap();
        let load = ["--dir", &dir, "plugin", "load", "routing-policy.wasm", "--slot", "routing"];
        let generation = self.patchbay(&folder, &load).await.ok();
        stage.is_decided_by(generation.trim()).await;
    }

    /// What `inspect` says of a plugin of another world.
    async fn inspected(&self, world: &str) -> Value {
        let parent = tempfile::tempdir().unwrap();
        let folder = self.new_plugin(parent.path(), world).await;
        self.plugin(&folder, &["build"]).await.ok();
        self.plugin(&folder, &["inspect", &format!("{world}.wasm"), "--json"]).await.json()
    }

    /// A plugin imports what it was granted, though its language's tools import all that there is.
    async fn imports_what_it_asks_for(&self) {
        let notifier = self.inspected("notifier").await;
        assert_eq!(notifier["loadable"], true, "{notifier}");
        let imports = notifier["imports"].to_string();
        let imported = ["http", "secrets"].iter().all(|name| imports.contains(&format!("plugin/{name}@")));
        let more = ["kv", "process", "wasi:"].iter().find(|name| imports.contains(*name));
        assert!(imported && more.is_none(), "{imports}");
    }
}

impl Stage {
    async fn new() -> Self {
        let upstream = Upstream::good().await;
        let host = Host::start().await;
        for name in ["alpha", "beta"] {
            host.provider(name, &upstream, &["--model", "m"]).await;
        }
        let agent = host.agent("tester").await;
        Self { host, agent, _upstream: upstream }
    }

    /// Every request is decided by the generation, and none by the host's own policy in its place.
    async fn is_decided_by(&self, generation: &str) {
        for _ in 0..REQUESTS {
            let reply = self.agent.chat("m").await;
            let decided =
                (reply.status, reply.header("x-patchbay-generation"), reply.header("x-patchbay-fallback"));
            assert_eq!(decided, (200, generation, ""), "{}", self.host.log());
        }
    }
}

fn skip(name: &str, what: &str) {
    say(&format!("SKIPPED: {name}. Install it: {what}"));
}

fn no_javascript() {
    let install = format!(
        "npm install --prefix n @bytecodealliance/componentize-js@0.23.0; then set {NODE_MODULES}=$PWD/n/node_modules"
    );
    skip("no componentize-js", &install);
}

fn no_python() {
    let install = "python3 -m venv v && v/bin/pip install componentize-py==0.25.1; then set";
    skip("no Python with componentize-py", &format!("{install} {PYTHON}=v/bin/python"));
}

#[tokio::test]
async fn a_policy_in_javascript_decides_live_traffic() {
    match javascript().await {
        Some(javascript) => javascript.decides().await,
        None => no_javascript(),
    }
}

#[tokio::test]
async fn a_policy_in_python_decides_live_traffic() {
    match python().await {
        Some(python) => python.decides().await,
        None => no_python(),
    }
}

#[tokio::test]
async fn a_notifier_in_javascript_imports_what_it_asks_for() {
    match javascript().await {
        Some(javascript) => javascript.imports_what_it_asks_for().await,
        None => no_javascript(),
    }
}

#[tokio::test]
async fn a_notifier_in_python_imports_what_it_asks_for() {
    match python().await {
        Some(python) => python.imports_what_it_asks_for().await,
        None => no_python(),
    }
}
