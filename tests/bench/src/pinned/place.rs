//! A slot as a host has it, in this process: over a store on disk, with its observer on a thread of its own.

use std::sync::Arc;
use std::thread::JoinHandle;

use patchbay_registry::{ComponentStore, Index, ScanLimits, Trust};
use patchbay_runtime::{Compiler, Limits, NoHost, Runtime, RuntimeOptions, TracingLog};
use patchbay_slots::{BudgetLimits, HostLimits, Load, Observer, Slot, SlotOptions, Slots, TrialMode};
use patchbay_store::{RedbOptions, RedbStore};
use patchbay_types::{Bytes, SlotName, SystemClock};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

use crate::component::{POLICY, bundled, whole};

const COMPONENT_BYTES_MAX: Bytes = Bytes(8 << 20);

/// Dropping it ends the thread.
pub(super) struct Place {
    pub(super) slot: Slot,
    stop: CancellationToken,
    observer: Option<JoinHandle<()>>,
    /// Last: the store writes here to its end.
    _folder: TempDir,
}

impl Place {
    /// With the policy in charge, and with a shadow of the same that hears every call, if one is asked for.
    pub(super) async fn open(shadow: bool) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let (slots, observer) = Slots::open(options(&folder)?).await?;
        let component = whole(bundled(POLICY)?)?.to_vec();
        let load = Load { component, actor: "bench".to_owned(), ..Load::default() };
        slots.load(&SlotName::routing(), load.clone()).await?;
        let slot = slots.routing();
        if shadow {
            slot.load(Load { trial: Some(TrialMode::Shadow { sample: 1.0 }), ..load }).await?;
        }
        let stop = CancellationToken::new();
        let observer = Some(observe(observer, stop.clone())?);
        Ok(Self { slot, stop, observer, _folder: folder })
    }
}

/// Not on the caller's: what happens to a call after it was answered is not on its path.
fn observe(observer: Observer, stop: CancellationToken) -> std::io::Result<JoinHandle<()>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let run = move || runtime.block_on(observer.run(stop));
    std::thread::Builder::new().name("observer".into()).spawn(run)
}

fn options(folder: &TempDir) -> anyhow::Result<SlotOptions> {
    let limits = Limits::default();
    let runtime = Runtime::new(RuntimeOptions {
        compiler: Compiler::Here,
        cache: None,
        log: Arc::new(TracingLog),
        host: Arc::new(NoHost),
        memory_bytes: limits.memory_bytes,
        fat_memory_bytes: limits.memory_bytes,
    })?;
    let components = folder.path().join("components");
    Ok(SlotOptions {
        store: Arc::new(RedbStore::open(&folder.path().join("store.redb"), RedbOptions::default())?),
        runtime,
        index: Index::at(&components),
        components: ComponentStore::open(&components)?,
        clock: Arc::new(SystemClock::default()),
        scan: ScanLimits {
            component_bytes_max: COMPONENT_BYTES_MAX,
            component_bytes_max_fat: COMPONENT_BYTES_MAX,
        },
        limits: HostLimits {
            pure: limits,
            fat_memory_bytes: limits.memory_bytes,
            concurrency: limits.concurrency,
        },
        budget: BudgetLimits::default(),
        trust: Trust::absent(),
        secrets: Arc::new(|_| String::new()),
        defaults: Vec::new(),
    })
}

impl Drop for Place {
    fn drop(&mut self) {
        self.stop.cancel();
        if let Some(observer) = self.observer.take() {
            // A panic there was printed when it happened.
            let _ = observer.join();
        }
    }
}
