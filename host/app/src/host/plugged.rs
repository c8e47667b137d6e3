//! The plugins of a host: who runs them, where their components lie, which slots they fill. It must not know what they are
//! asked.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use patchbay_config::{Config, Plugins};
use patchbay_registry::{ComponentStore, Index, Trust};
use patchbay_runtime::{Compiler, Runtime, RuntimeOptions, TracingLog};
use patchbay_slots::{Default, Observer, SlotOptions, Slots};
use patchbay_types::{Grants, SlotName};

use super::ground::Ground;
use super::options::{budget, bytes, compile_limits, limits, scan_limits};
use crate::cli::COMPILE_COMMAND;
use crate::folder::Folder;
use crate::{bundled, work};

pub(super) struct Plugged {
    pub(super) runtime: Runtime,
    pub(super) components: ComponentStore,
    pub(super) slots: Slots,
    /// To be run.
    pub(super) observer: Observer,
}

impl Plugged {
    pub(super) async fn open(folder: &Folder, config: &Config, ground: &Ground) -> anyhow::Result<Self> {
        let runtime = runtime(folder, config, ground)?;
        let components = ComponentStore::open(&folder.components())?;
        let options = slot_options(folder, config, ground, (&runtime, &components))?;
        let (slots, observer) = Slots::open(options).await?;
        Ok(Self { runtime, components, slots, observer })
    }
}

fn runtime(folder: &Folder, config: &Config, ground: &Ground) -> anyhow::Result<Runtime> {
    let plugins = &config.plugins;
    let options = RuntimeOptions {
        compiler: compiler(plugins)?,
        cache: Some((folder.compiled(), folder.cache_key()?)),
        log: Arc::new(TracingLog),
        host: ground.capabilities.clone(),
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
        limits: compile_limits(plugins),
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
    ground: &Ground,
    (runtime, components): (&Runtime, &ComponentStore),
) -> anyhow::Result<SlotOptions> {
    let secrets = ground.secrets.clone();
    Ok(SlotOptions {
        store: ground.shared(),
        runtime: runtime.clone(),
        components: components.clone(),
        index: Index::at(&folder.components()),
        clock: ground.clock.clone(),
        scan: scan_limits(config),
        limits: limits(config),
        budget: budget(config),
        trust: Trust::load(folder.path())?.with_bundled(bundled::digest),
        secrets: Arc::new(move |names: &[String]| secrets.fingerprints(names)),
        defaults: [routing(config)?, judge()?].into_iter().chain(work::defaults(config)?).collect(),
    })
}

/// Who decides which provider is next.
fn routing(config: &Config) -> anyhow::Result<Default> {
    // A table that is empty leaves it to whoever loads a plugin.
    let set = (!config.plugins.routing.is_empty()).then(|| serde_json::to_string(&config.plugins.routing));
    let (own, granted) = (bundled::own("primary-fallback")?, Grants::default());
    Ok(Default { slot: SlotName::routing(), own, config: set.transpose()?, granted, late: false })
}

/// Who says what a provider's refusal means.
fn judge() -> anyhow::Result<Default> {
    let (own, granted) = (bundled::own("upstream-errors")?, Grants::default());
    Ok(Default { slot: "analyzers/upstream-errors".parse()?, own, config: None, granted, late: false })
}
