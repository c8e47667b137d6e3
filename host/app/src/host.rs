//! A host, wired: configuration to handles, and the tasks that work behind them. It decides nothing.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock, Weak};

use anyhow::Context;
use axum::Router;
use patchbay_admin::{
    ConfigPort, CooldownBook, GatewayCounts, Operator, OperatorParts, SecretBook, StoreLedger,
};
use patchbay_config::{Config, Environment, Plugins, WhenExhausted};
use patchbay_egress::{Egress, EgressLimits};
use patchbay_engine::Engine;
use patchbay_meter::Meter;
use patchbay_pool::{Pool, PoolConfig};
use patchbay_proxy::{
    Exhausted, Gateway, GatewayOptions, GatewayParts, HealthReport, Inside, Keyring, ServeOptions,
    SharedServeOptions, TracePort,
};
use patchbay_registry::{ComponentStore, Index, ScanLimits, Trust};
use patchbay_runtime::{CompileLimits, Compiler, HostPort, Limits, Runtime, RuntimeOptions, TracingLog};
use patchbay_slots::{BudgetLimits, Default, HostLimits, Slot, SlotOptions, Slots};
use patchbay_store::{OpenError, RedbOptions, RedbStore, Store};
use patchbay_telemetry::{Exporter, Telemetry, TelemetryOptions};
use patchbay_types::{Clock, Grants, SlotName, SystemClock};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::account;
use crate::capability::{Capabilities, CapabilityParts};
use crate::cli::COMPILE_COMMAND;
use crate::folder::Folder;
use crate::reload::{Found, Obeying, Outside, Reload};
use crate::traces::{self, Traces};
use crate::work::{self, Fared, WorkParts};

pub use crate::folder::InUse;

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
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::default());
        let store = Arc::new(open_store(&folder)?);
        let shared: Arc<dyn Store> = store.clone();
        let vault = Arc::new(folder.vault(&config.secrets)?);
        let secrets = SecretBook::open(&*shared, &vault).await?;
        let (gateway_of_plugins, operator_of_fixes) = (Arc::new(OnceLock::new()), Arc::new(OnceLock::new()));
        let egress = Egress::new(EgressLimits::default());
        let capabilities = Arc::new(capabilities(&shared, &egress, &secrets, &clock, &gateway_of_plugins));
        let runtime = runtime(&folder, &config, capabilities.clone())?;
        let components = ComponentStore::open(&folder.components())?;
        let options = slot_options(&folder, &config, &runtime, &components, &shared, &clock, &secrets)?;
        let (slots, observer) = Slots::open(options).await?;
        let (book, book_task) = CooldownBook::new(shared.clone());
        let by_hand = book.by_hand();
        let pool = Pool::new(pool_config(&config), clock.clone(), Arc::new(book));
        let (meter, fared) = counters(&shared, &clock, &config);
        let parts = WorkParts {
            store: shared.clone(),
            clock: clock.clone(),
            slots: slots.clone(),
            components: components.clone(),
            capabilities,
            egress,
            secrets: secrets.clone(),
            pool: pool.clone(),
            fared: fared.clone(),
            operator: operator_of_fixes.clone(),
        };
        let (engine, skills, live) = work::engine(parts, folder.path(), &config).await?;
        let keyring = Keyring::default();
        let parts = OperatorParts {
            store: shared,
            vault,
            pool: pool.clone(),
            by_hand,
            keyring: keyring.clone(),
            slots: slots.clone(),
            components,
            meter: meter.clone(),
            runtime,
            engine: engine.clone(),
            clock: clock.clone(),
            version: env!("CARGO_PKG_VERSION"),
            component_bytes_max: component_bytes_max(&config),
        };
        let operator = Operator::with_secrets(parts, secrets).await?;
        operator.skilled_by(skills);
        // Set once, here: nobody can have set it before.
        let _ = operator_of_fixes.set(operator.downgrade());
        let (traces, exporter) = telemetry(&config)?.unzip();
        let parts = GatewayParts {
            pool: pool.clone(),
            slot: slots.routing(),
            slots: slots.clone(),
            meter: meter.clone(),
            keyring,
            clock,
            tabs: Some(live),
            traces,
            health: health(&operator),
        };
        let (gateway, late) = Gateway::new(parts, gateway_options(&config));
        operator.watch(counts(&gateway));
        // Set once, here: nobody can have set it before.
        let _ = gateway_of_plugins.set(gateway.inside());
        let (flush_interval, every) = watch::channel(config.usage.flush_interval);
        let serving = SharedServeOptions::new(serve_options(&config));
        let obeying = Obeying {
            gateway: gateway.clone(),
            pool: pool.clone(),
            serving: serving.clone(),
            flush_interval,
        };
        let reload = Reload::new(found, outside, obeying);
        operator.configured_by(weak(&reload));
        let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
        tasks.spawn(slots.watch(stop.clone()));
        tasks.spawn(observer.run(stop.clone()));
        tasks.spawn(pool.watch_health(stop.clone().cancelled_owned()));
        tasks.spawn(book_task.run(pool, stop.clone()));
        if let Some(exporter) = exporter {
            tasks.spawn(exporter.run(stop.clone().cancelled_owned()));
        }
        tasks.spawn(fared.run(stop.clone()));
        tasks.spawn(operator.retention().run(stop.clone()));
        tasks.spawn(account::run(late, meter, every, stop.clone()));
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

fn component_bytes_max(config: &Config) -> patchbay_types::Bytes {
    config.plugins.component_bytes_max.max(config.plugins.component_bytes_max_fat)
}

/// What the metrics show of the gateway.
fn health(operator: &Operator) -> HealthReport {
    let operator = operator.clone();
    Arc::new(move || serde_json::to_value(operator.health()).unwrap_or_default())
}

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

fn open_store(folder: &Folder) -> anyhow::Result<RedbStore> {
    RedbStore::open(&folder.store(), RedbOptions::default()).map_err(|error| match error {
        OpenError::InUse { .. } => InUse { what: format!("the store {}", folder.store().display()) }.into(),
        error => anyhow::Error::new(error),
    })
}

/// What plugins may ask, if it is granted.
fn capabilities(
    store: &Arc<dyn Store>,
    egress: &Egress,
    secrets: &SecretBook,
    clock: &Arc<dyn Clock>,
    gateway: &Arc<OnceLock<Inside>>,
) -> Capabilities {
    Capabilities::new(CapabilityParts {
        store: store.clone(),
        egress: egress.clone(),
        secrets: secrets.clone(),
        clock: clock.clone(),
        gateway: gateway.clone(),
    })
}

/// What calls cost, and how providers fare.
fn counters(store: &Arc<dyn Store>, clock: &Arc<dyn Clock>, config: &Config) -> (Arc<Meter>, Arc<Fared>) {
    let meter = Arc::new(Meter::new(Arc::new(StoreLedger::new(store.clone()))));
    let fared = Fared::new(meter.clone(), clock.clone(), config.fixes.watch);
    (meter, fared)
}

fn runtime(folder: &Folder, config: &Config, host: Arc<dyn HostPort>) -> anyhow::Result<Runtime> {
    let plugins = &config.plugins;
    let options = RuntimeOptions {
        compiler: compiler(plugins)?,
        cache: Some((folder.compiled(), folder.cache_key()?)),
        log: Arc::new(TracingLog),
        host,
        memory_bytes: bytes(plugins.memory_bytes_max.0),
        fat_memory_bytes: bytes(plugins.fat_memory_bytes_max.0),
    };
    Ok(Runtime::new(options)?)
}

/// This program once more, as the child that compiles.
///
/// # Errors
/// When this program's own path is not known.
pub fn compiler(plugins: &Plugins) -> anyhow::Result<Compiler> {
    Ok(Compiler::Child {
        program: own_program()?,
        arguments: vec![COMPILE_COMMAND.to_owned()],
        // In KiB. The allocator would reserve more address space at once than the child is allowed in all.
        environment: vec![("MIMALLOC_ARENA_RESERVE".to_owned(), "65536".to_owned())],
        limits: CompileLimits {
            memory_bytes: plugins.compile_memory_bytes_max.0,
            cpu_time: plugins.compile_cpu_time,
            timeout: plugins.compile_timeout,
        },
    })
}

/// This very program, also after its file was replaced by another version.
pub fn own_program() -> anyhow::Result<PathBuf> {
    let running = Path::new("/proc/self/exe");
    if running.exists() {
        return Ok(running.to_owned());
    }
    std::env::current_exe().context("this program's own path is not known")
}

fn slot_options(
    folder: &Folder,
    config: &Config,
    runtime: &Runtime,
    components: &ComponentStore,
    store: &Arc<dyn Store>,
    clock: &Arc<dyn Clock>,
    secrets: &SecretBook,
) -> anyhow::Result<SlotOptions> {
    let secrets = secrets.clone();
    Ok(SlotOptions {
        store: store.clone(),
        runtime: runtime.clone(),
        components: components.clone(),
        index: Index::at(&folder.components()),
        clock: clock.clone(),
        scan: scan_limits(config),
        limits: limits(config),
        budget: BudgetLimits {
            window: config.plugin_budget.window,
            traps: config.plugin_budget.traps,
            timeouts: config.plugin_budget.timeouts,
            timeout_share: config.plugin_budget.timeout_share,
            ..BudgetLimits::default()
        },
        trust: Trust::load(folder.path())?.with_bundled(crate::bundled::digests()?),
        secrets: Arc::new(move |names: &[String]| secrets.fingerprints(names)),
        defaults: [
            Default {
                slot: SlotName::routing(),
                component: crate::bundled::component("primary-fallback")?,
                // A table that is empty leaves it to whoever loads a plugin.
                config: match config.plugins.routing.is_empty() {
                    true => None,
                    false => Some(serde_json::to_string(&config.plugins.routing)?),
                },
                granted: Grants::default(),
                late: false,
            },
            Default {
                slot: "analyzers/upstream-errors".parse()?,
                component: crate::bundled::component("upstream-errors")?,
                config: None,
                granted: Grants::default(),
                late: false,
            },
        ]
        .into_iter()
        .chain(work::defaults(config)?)
        .collect(),
    })
}

/// What files this host loads.
pub fn scan_limits(config: &Config) -> ScanLimits {
    ScanLimits {
        component_bytes_max: config.plugins.component_bytes_max,
        component_bytes_max_fat: config.plugins.component_bytes_max_fat,
    }
}

/// What a plugin may use on this host.
pub fn limits(config: &Config) -> HostLimits {
    HostLimits {
        pure: Limits {
            memory_bytes: bytes(config.plugins.memory_bytes_max.0),
            deadline: config.plugins.deadline,
            warm_instances: config.plugins.warm_instances,
            ..Limits::default()
        },
        fat_memory_bytes: bytes(config.plugins.fat_memory_bytes_max.0),
        concurrency: config.plugins.concurrency,
    }
}

pub fn pool_config(config: &Config) -> PoolConfig {
    PoolConfig {
        order: config.routing.pools.clone(),
        connect_timeout: config.upstream.connect_timeout,
        first_byte_timeout: config.upstream.first_byte_timeout,
        silence: config.upstream.silence_timeout,
        total: config.upstream.total_timeout,
        cooldown_base: config.cooldown.base,
        cooldown_max: config.cooldown.max,
        jitter: config.cooldown.jitter,
        eject_failures: config.ejection.failures as usize,
        eject_window: config.ejection.window,
        eject_for: config.ejection.duration,
        eject_share_max: config.ejection.share_max,
        idle_connections_max: config.upstream.idle_connections_max,
        health_interval: config.health.interval,
        health_timeout: config.health.timeout,
        health_down_after: config.health.down_after,
        ..PoolConfig::default()
    }
}

pub fn serve_options(config: &Config) -> ServeOptions {
    let server = &config.server;
    ServeOptions {
        header_timeout: server.header_timeout,
        header_bytes_max: bytes(server.header_bytes_max.0),
        header_lines_max: server.header_lines_max,
        connections_max: server.connections_max,
        drain_timeout: server.drain_timeout,
    }
}

pub fn gateway_options(config: &Config) -> GatewayOptions {
    GatewayOptions {
        body_bytes_max: bytes(config.server.body_bytes_max.0),
        body_timeout: config.server.body_timeout,
        attempts_max: config.routing.attempts_max,
        deadline: config.routing.deadline,
        body_rate_min: config.server.body_rate_min.0,
        native_policy: config.routing.policy == patchbay_config::RoutingPolicy::Native,
        exhausted: match config.routing.exhausted {
            WhenExhausted::Wait => Exhausted::Wait,
            WhenExhausted::Emergency => Exhausted::Emergency,
            WhenExhausted::Reject => Exhausted::Reject,
        },
        waiting_max: config.routing.waiting_max,
        wait: config.routing.wait,
        pass_through: config.routing.pass_through.clone().into(),
    }
}

/// A size that the configuration has bounded.
fn bytes(size: u64) -> usize {
    usize::try_from(size).unwrap_or(usize::MAX)
}
