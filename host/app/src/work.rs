//! Who works, judges, thinks and acts for the engine of tasks: plugins in their slots, the verifier, the host's own
//! handles. It decides nothing.

mod by_hand;
mod chain;
mod checks;
mod fared;
mod hands;
mod listen;
mod live;
mod minds;
mod pictures;
mod preflight;
mod settings;
mod skills;
mod subject;

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use anyhow::Context;
use patchbay_admin::{SecretBook, SkillPort, WeakOperator};
use patchbay_config::Config;
use patchbay_egress::Egress;
use patchbay_engine::{Engine, EngineParts, WeakEngine};
use patchbay_pool::Pool;
use patchbay_process::Identity;
use patchbay_registry::ComponentStore;
use patchbay_runs::{Artifacts, Runs};
use patchbay_slots::Slots;
use patchbay_store::Store;
use patchbay_tasks::Holder;
use patchbay_types::{Clock, RequestId};

use crate::capability::Capabilities;

pub use fared::Fared;
pub use live::Live;
pub use settings::{defaults, options};

/// What the adapters are made from: the handles of a host.
pub struct WorkParts {
    pub store: Arc<dyn Store>,
    pub clock: Arc<dyn Clock>,
    pub slots: Slots,
    pub components: ComponentStore,
    pub capabilities: Arc<Capabilities>,
    pub egress: Egress,
    pub secrets: SecretBook,
    pub pool: Pool,
    pub fared: Arc<Fared>,
    /// Whom a fix asks to take over a configuration; set once it is there.
    pub operator: Arc<OnceLock<WeakOperator>>,
}

/// What they share.
pub(crate) struct Shared {
    slots: Slots,
    components: ComponentStore,
    capabilities: Arc<Capabilities>,
    egress: Egress,
    secrets: SecretBook,
    pool: Pool,
    fared: Arc<Fared>,
    live: Arc<Live>,
    /// What runs leave.
    artifacts: Artifacts,
    /// The model that judges, and what it may cost a day; none judges.
    model: Option<patchbay_types::LlmGrant>,
    operator: Arc<OnceLock<WeakOperator>>,
    /// Where patchbay.toml lies.
    folder: PathBuf,
    /// One change of the configuration at a time. Held over awaits on purpose.
    configuring: tokio::sync::Mutex<()>,
    /// Set once the engine is there, which holds these.
    engine: OnceLock<WeakEngine>,
}

impl Shared {
    fn of(parts: WorkParts, artifacts: Artifacts, folder: &Path, config: &Config) -> Self {
        let WorkParts { slots, components, capabilities, egress, secrets, pool, fared, operator, .. } = parts;
        Self {
            slots,
            components,
            capabilities,
            egress,
            secrets,
            pool,
            fared,
            live: Arc::new(Live::default()),
            artifacts,
            model: settings::model(config),
            operator,
            folder: folder.to_owned(),
            configuring: tokio::sync::Mutex::default(),
            engine: OnceLock::new(),
        }
    }
}

/// The engine of tasks, who runs a skill by hand, and whom the gateway asks for the attempt that a request is made for. The
/// engine does nothing until it is started.
///
/// # Errors
/// When the configuration of checks makes no sense.
pub async fn engine(
    parts: WorkParts,
    folder: &Path,
    config: &Config,
) -> anyhow::Result<(Engine, Arc<dyn SkillPort>, Arc<Live>)> {
    let (store, clock, egress) = (parts.store.clone(), parts.clock.clone(), parts.egress.clone());
    let spools = folder.join("runs");
    let artifacts = settings::artifacts(folder, config).await.context("[artifacts]")?;
    let shared = Arc::new(Shared::of(parts, artifacts.clone(), folder, config));
    let live = shared.live.clone();
    let checks = checks::Verifying::new(shared.clone(), egress, clock.clone(), config).context("[checks]")?;
    let by_hand = Arc::new(by_hand::ByHand { shared: shared.clone(), clock: clock.clone() });
    let checks = Arc::new(checks);
    let parts = EngineParts {
        store,
        clock,
        skills: Arc::new(skills::PluginSkills(shared.clone())),
        checks: checks.clone(),
        minds: Arc::new(minds::PluginMinds(shared.clone())),
        hands: Arc::new(hands::HostHands::new(shared.clone(), checks)),
        runs: (Runs::new(spools.clone()), spools),
        artifacts,
        holder: holder(),
        options: options(config),
    };
    let engine = Engine::new(parts);
    // Set once, here: nobody can have set it before.
    let _ = shared.engine.set(engine.downgrade());
    Ok((engine, by_hand, live))
}

/// This process, told apart from each before it with the same number.
fn holder() -> Holder {
    let own = Identity::own();
    Holder { incarnation: RequestId::fresh().to_string().into(), pid: own.pid, started: own.start_ticks }
}
