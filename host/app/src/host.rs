//! A host, wired: configuration to handles, and the tasks that work behind them. It decides nothing.

mod ground;
mod options;
mod plugged;
mod upstreams;

use std::path::Path;
use std::sync::{Arc, Weak};

use anyhow::Context;
use axum::Router;
use patchbay_admin::{ConfigPort, GatewayCounts, Operator, OperatorParts};
use patchbay_config::{Config, Environment};
use patchbay_engine::Engine;
use patchbay_proxy::{Gateway, GatewayParts, Keyring, SharedServeOptions, TracePort};
use patchbay_slots::Slot;
use patchbay_store::RedbStore;
use patchbay_telemetry::{Exporter, Telemetry, TelemetryOptions};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::account;
use crate::folder::Folder;
use crate::reload::{Found, Obeying, Outside, Reload};
use crate::traces::{self, Traces};
use crate::work::{self, Live, WorkParts};

use ground::Ground;
use options::component_bytes_max;
use plugged::Plugged;
use upstreams::Upstreams;

pub use crate::folder::InUse;
pub use options::{gateway_options, limits, pool_config, scan_limits, serve_options};
pub use plugged::{compiler, own_program};

/// An open host. It serves nothing yet; [`Host::close`] it, so that nothing is lost.
pub struct Host {
    /// As it was at the start.
    pub config: Config,
    pub operator: Operator,
    pub gateway: Gateway,
    /// Tasks; whoever serves starts it.
    pub engine: Engine,
    /// What the main port is served with; [`Reload`] sets it.
    pub serving: SharedServeOptions,
    /// The operator's desk has a weak end of it.
    pub reload: Arc<Reload>,
    store: Arc<RedbStore>,
    /// Settles, watches, flushes. Waited for at the end.
    tasks: TaskTracker,
    stop: CancellationToken,
    /// Last, so that it is let go of last.
    folder: Folder,
}

impl Host {
    /// Opens the host in `dir`.
    ///
    /// # Errors
    /// [`InUse`] when another process has the folder; else what is wrong with the folder, by name.
    pub async fn open(dir: &Path) -> anyhow::Result<Self> {
        Self::open_with(dir, Outside { environment: Environment::of_process(), log: None }).await
    }

    /// Opens the host in `dir` with what stands above its configuration.
    ///
    /// # Errors
    /// As [`Host::open`].
    pub async fn open_with(dir: &Path, outside: Outside) -> anyhow::Result<Self> {
        let found = Found::load(dir, &outside)?;
        let config = found.sourced.config.clone();
        let folder = Folder::take(dir).await?;
        let ground = Ground::lay(&folder, &config).await?;
        let plugged = Plugged::open(&folder, &config, &ground).await?;
        let upstreams = Upstreams::new(&config, &ground);
        let parts = work_parts(&ground, &plugged, &upstreams);
        let (engine, skills, live) = work::engine(parts, folder.path(), &config).await?;
        let keyring = Keyring::default();
        let parts = operator_parts(&config, &ground, &plugged, &upstreams, &keyring, &engine);
        let operator = Operator::with_secrets(parts, ground.secrets.clone()).await?;
        operator.skilled_by(skills);
        let (traces, exporter) = telemetry(&config)?.unzip();
        let parts = gateway_parts(&ground, &plugged, &upstreams, (keyring, live, traces), &operator);
        let (gateway, late) = Gateway::new(parts, gateway_options(&config));
        operator.watch(counts(&gateway));
        // Set once, here: nobody can have set them before.
        let _ = (ground.operator.set(operator.downgrade()), ground.gateway.set(gateway.inside()));
        let (flush_interval, every) = watch::channel(config.usage.flush_interval);
        let serving = SharedServeOptions::new(serve_options(&config));
        let (gateway_end, pool) = (gateway.clone(), upstreams.pool.clone());
        let obeying = Obeying { gateway: gateway_end, pool, serving: serving.clone(), flush_interval };
        let reload = Reload::new(found, outside, obeying);
        operator.configured_by(weak(&reload));
        let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
        tasks.spawn(account::run(late, upstreams.meter.clone(), every, stop.clone()));
        tasks.spawn(operator.retention().run(stop.clone()));
        if let Some(exporter) = exporter {
            tasks.spawn(exporter.run(stop.clone().cancelled_owned()));
        }
        let store = ground.store;
        keep_running(&tasks, &stop, plugged, upstreams);
        Ok(Self { config, operator, gateway, engine, serving, reload, store, tasks, stop, folder })
    }

    /// The operator's API.
    pub fn router(&self) -> Router {
        patchbay_admin::router(self.operator.clone())
    }

    /// The slot that decides which provider is next.
    #[must_use]
    pub fn slot(&self) -> &Slot {
        &self.gateway.slot
    }

    #[must_use]
    pub fn folder(&self) -> &Folder {
        &self.folder
    }

    /// Ends the tasks, writes what they still hold, and closes the store. Nobody may use the handles any more.
    ///
    /// # Errors
    /// When the last writes fail.
    pub async fn close(self) -> anyhow::Result<()> {
        self.engine.close().await;
        self.operator.close().await;
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
        let Self { operator, gateway, engine, reload, store, folder, .. } = self;
        drop((operator, gateway, engine, reload));
        if let Some(store) = Arc::into_inner(store) {
            store.close().await?;
        }
        drop(folder);
        Ok(())
    }
}

/// What the adapters of tasks are made from.
fn work_parts(ground: &Ground, plugged: &Plugged, upstreams: &Upstreams) -> WorkParts {
    WorkParts {
        store: ground.shared(),
        clock: ground.clock.clone(),
        slots: plugged.slots.clone(),
        components: plugged.components.clone(),
        capabilities: ground.capabilities.clone(),
        egress: ground.egress.clone(),
        secrets: ground.secrets.clone(),
        pool: upstreams.pool.clone(),
        fared: upstreams.fared.clone(),
        operator: ground.operator.clone(),
    }
}

/// What the operator's desk is made from.
fn operator_parts(
    config: &Config,
    ground: &Ground,
    plugged: &Plugged,
    upstreams: &Upstreams,
    keyring: &Keyring,
    engine: &Engine,
) -> OperatorParts {
    OperatorParts {
        store: ground.shared(),
        vault: ground.vault.clone(),
        pool: upstreams.pool.clone(),
        by_hand: upstreams.by_hand.clone(),
        keyring: keyring.clone(),
        slots: plugged.slots.clone(),
        components: plugged.components.clone(),
        meter: upstreams.meter.clone(),
        runtime: plugged.runtime.clone(),
        engine: engine.clone(),
        clock: ground.clock.clone(),
        version: env!("CARGO_PKG_VERSION"),
        component_bytes_max: component_bytes_max(config),
    }
}

/// What the gateway is made from.
fn gateway_parts(
    ground: &Ground,
    plugged: &Plugged,
    upstreams: &Upstreams,
    (keyring, live, traces): (Keyring, Arc<Live>, Option<Arc<dyn TracePort>>),
    operator: &Operator,
) -> GatewayParts {
    let health = operator.clone();
    GatewayParts {
        pool: upstreams.pool.clone(),
        slot: plugged.slots.routing(),
        slots: plugged.slots.clone(),
        meter: upstreams.meter.clone(),
        keyring,
        clock: ground.clock.clone(),
        tabs: Some(live),
        traces,
        health: Arc::new(move || serde_json::to_value(health.health()).unwrap_or_default()),
    }
}

/// What the parts do by themselves.
fn keep_running(tasks: &TaskTracker, stop: &CancellationToken, plugged: Plugged, upstreams: Upstreams) {
    let Plugged { slots, observer, .. } = plugged;
    let Upstreams { pool, fared, bookkeeper, .. } = upstreams;
    tasks.spawn(slots.watch(stop.clone()));
    tasks.spawn(observer.run(stop.clone()));
    tasks.spawn(pool.watch_health(stop.clone().cancelled_owned()));
    tasks.spawn(bookkeeper.run(pool, stop.clone()));
    tasks.spawn(fared.run(stop.clone()));
}

/// What the metrics show of the gateway.
fn counts(gateway: &Gateway) -> GatewayCounts {
    let (stages, waiting) = (gateway.clone(), gateway.clone());
    GatewayCounts {
        stages: Box::new(move || stages.stage_times()),
        waiting: Box::new(move || waiting.waiting()),
    }
}

/// The end that the operator's desk gets: whole, the desk and the host would hold each other for ever.
fn weak(reload: &Arc<Reload>) -> Weak<dyn ConfigPort> {
    let reload: Weak<Reload> = Arc::downgrade(reload);
    reload
}

/// Where traces go, and the task that brings them there.
type Tracing = (Arc<dyn TracePort>, Exporter);

/// None if no collector is named.
fn telemetry(config: &Config) -> anyhow::Result<Option<Tracing>> {
    if config.telemetry.endpoint.is_empty() {
        return Ok(None);
    }
    let options = TelemetryOptions {
        endpoint: config.telemetry.endpoint.clone(),
        headers: traces::headers_of_environment()?,
        service_version: env!("CARGO_PKG_VERSION").to_owned(),
        sample: config.telemetry.sample,
        ..TelemetryOptions::default()
    };
    let (telemetry, exporter) = Telemetry::new(options).context("[telemetry]")?;
    let traces: Arc<dyn TracePort> = Arc::new(Traces(telemetry));
    Ok(Some((traces, exporter)))
}
