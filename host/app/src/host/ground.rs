//! What all parts of a host stand on: its store, its clock, its secrets, and who answers its plugins. It must not know the
//! parts.

use std::sync::{Arc, OnceLock};

use patchbay_admin::{SecretBook, WeakOperator};
use patchbay_config::Config;
use patchbay_egress::{Egress, EgressLimits};
use patchbay_proxy::Inside;
use patchbay_store::{OpenError, RedbOptions, RedbStore, Store};
use patchbay_types::{Clock, SystemClock};
use patchbay_vault::Vault;

use crate::capability::{Capabilities, CapabilityParts};
use crate::folder::{Folder, InUse};

pub(super) struct Ground {
    pub(super) store: Arc<RedbStore>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) vault: Arc<Vault>,
    pub(super) secrets: SecretBook,
    pub(super) egress: Egress,
    pub(super) capabilities: Arc<Capabilities>,
    /// Whom plugins ask for a model; set once it is there.
    pub(super) gateway: Arc<OnceLock<Inside>>,
    /// Whom a fix asks to take over a configuration; set once it is there.
    pub(super) operator: Arc<OnceLock<WeakOperator>>,
}

impl Ground {
    pub(super) async fn lay(folder: &Folder, config: &Config) -> anyhow::Result<Self> {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::default());
        let store = Arc::new(open_store(folder)?);
        let vault = Arc::new(folder.vault(&config.secrets)?);
        let secrets = SecretBook::open(&*store, &vault).await?;
        let egress = Egress::new(EgressLimits::default());
        let gateway = Arc::<OnceLock<Inside>>::default();
        let capabilities = Arc::new(Capabilities::new(CapabilityParts {
            store: store.clone(),
            egress: egress.clone(),
            secrets: secrets.clone(),
            clock: clock.clone(),
            gateway: gateway.clone(),
            scratch: folder.scratch().to_owned(),
        }));
        Ok(Self { store, clock, vault, secrets, egress, capabilities, gateway, operator: Arc::default() })
    }

    pub(super) fn shared(&self) -> Arc<dyn Store> {
        self.store.clone()
    }
}

fn open_store(folder: &Folder) -> anyhow::Result<RedbStore> {
    RedbStore::open(&folder.store(), RedbOptions::default()).map_err(|error| match error {
        OpenError::InUse { .. } => InUse { what: format!("the store {}", folder.store().display()) }.into(),
        error => anyhow::Error::new(error),
    })
}
