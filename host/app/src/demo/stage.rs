//! What the demo is played on: a host in a folder of its own, two scripted providers, an agent with a key.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;

use anyhow::Context;
use patchbay_admin::api::{AddProvider, CreateKey, Credential, ModelSpec, UsageLine, UsageQuery};
use patchbay_config::{Environment, FILE_NAME};
use patchbay_slots::{GenerationView, Load, Promote, Promoted, SlotView, TrialMode, TrialReport};
use patchbay_types::{Report, Secret};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::client::Agent;
use super::provider::Provider;
use crate::cli::DemoOptions;
use crate::folder;
use crate::host::Host;
use crate::reload::Outside;
use crate::serve::{Ports, serve};

pub struct Stage {
    pub host: std::sync::Arc<Host>,
    pub alpha: Provider,
    pub beta: Provider,
    pub agent: Agent,
    pub key: String,
    pub address: SocketAddr,
    pub metrics: SocketAddr,
    tasks: TaskTracker,
    stop: CancellationToken,
}

/// Short rests, so that nobody waits long to see one end.
const REST: &str = "[cooldown]\nbase = \"1s\"\nmax = \"2s\"\n[log]\nlevel = \"error\"\n";
/// One program, one folder to look into, one model to think, and the cause is looked for at the first failure.
const WORK: &str = "[skills.exec]\nprograms = [\"sh\"]\n[fixes]\nmodel = \"demo-1\"\nstep_until = 0\n";

pub(super) const ACTOR: &str = "demo";
const SLOT: &str = "routing";

impl Stage {
    pub async fn set(folder: &Path, options: &DemoOptions) -> anyhow::Result<Self> {
        let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
        let alpha = Provider::start("alpha", &tasks, stop.clone()).await?;
        let beta = Provider::start("beta", &tasks, stop.clone()).await?;
        let files = serde_json::to_string(&[folder])?;
        std::fs::write(folder.join(FILE_NAME), format!("{REST}{WORK}[checks]\nfiles = {files}\n"))?;
        folder::make_identity(folder.join("identity.age"), None)?;
        let outside = Outside { environment: environment(options), log: None };
        let host = std::sync::Arc::new(Host::open_with(folder, outside).await?);
        for (provider, pool) in [(&alpha, "primary"), (&beta, "fallback")] {
            host.operator.add_provider(definition(provider, pool), ACTOR).await?;
        }
        let key = host
            .operator
            .create_key(CreateKey { agent: "demo-agent".to_owned(), ..CreateKey::default() }, ACTOR)
            .await?
            .key;
        host.engine.start().await?;
        let ports = Ports::bind(&host).await?;
        let (address, metrics) = (ports.main.address(), ports.metrics_address()?);
        let (serving, end) = (host.clone(), stop.clone());
        tasks.spawn(async move { serve(&serving, ports, end, CancellationToken::new()).await });
        let agent = Agent::new(address, &key);
        Ok(Self { host, alpha, beta, agent, key, address, metrics, tasks, stop })
    }

    /// Ends everything and waits for it.
    pub async fn clear(self) -> anyhow::Result<()> {
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
        let host = std::sync::Arc::into_inner(self.host).context("the host is still in use")?;
        host.close().await
    }

    /// The number of the generation in charge.
    pub fn active(&self) -> anyhow::Result<u64> {
        Ok(self.host.slot().active().context("no policy is in charge")?.number)
    }

    pub async fn load(&self, component: Vec<u8>) -> anyhow::Result<GenerationView> {
        Ok(self
            .host
            .operator
            .load(SLOT, Load { component, actor: ACTOR.to_owned(), ..Load::default() })
            .await?)
    }

    /// Loads a candidate that hears every call.
    pub async fn shadow(&self, component: Vec<u8>) -> anyhow::Result<GenerationView> {
        let trial = Some(TrialMode::Shadow { sample: 1.0 });
        let load = Load { component, trial, actor: ACTOR.to_owned(), ..Load::default() };
        Ok(self.host.operator.load(SLOT, load).await?)
    }

    pub fn trial(&self) -> anyhow::Result<TrialReport> {
        self.host.slot().trial_report(0).context("no trial runs")
    }

    /// Puts the candidate in charge.
    pub async fn promote(&self, why: &str) -> anyhow::Result<Promoted> {
        let promote = Promote {
            generation: None,
            calls: 500,
            accept_diff: Some(why.to_owned()),
            actor: ACTOR.to_owned(),
        };
        Ok(self.host.operator.promote(SLOT, promote).await?)
    }

    pub async fn usage(&self) -> anyhow::Result<Vec<UsageLine>> {
        Ok(self.host.operator.usage(&UsageQuery::default()).await?)
    }

    pub async fn slot(&self) -> anyhow::Result<SlotView> {
        Ok(self.host.operator.slot(SLOT, 10).await?)
    }

    pub async fn reports(&self) -> anyhow::Result<Vec<Report>> {
        Ok(self.host.operator.reports(10).await?.into_iter().map(|logged| logged.entry).collect())
    }
}

/// Nothing of this process's own.
fn environment(options: &DemoOptions) -> Environment {
    let address = |port: u16| Some(SocketAddr::from((Ipv4Addr::LOCALHOST, port)));
    Environment::default().with_option("--port", "PATCHBAY_LISTEN", address(options.port)).with_option(
        "--metrics-port",
        "PATCHBAY_METRICS_LISTEN",
        address(options.metrics_port),
    )
}

fn definition(provider: &Provider, pool: &str) -> AddProvider {
    let model = ModelSpec {
        native_id: Some("demo-1-native".to_owned()),
        input_price: Some("2.5".to_owned()),
        output_price: Some("10".to_owned()),
        ..ModelSpec::default()
    };
    AddProvider {
        name: provider.name().to_owned(),
        url: format!("http://{}/v1", provider.address),
        credential: Some(Credential(Secret::new("sk-demo-0000000000000000".to_owned()))),
        pool: Some(pool.to_owned()),
        rpm: Some(100_000),
        models: [("demo-1".to_owned(), model)].into(),
        ..AddProvider::default()
    }
}
