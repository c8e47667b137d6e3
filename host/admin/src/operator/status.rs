//! How the host is, in one look.

use std::collections::BTreeMap;
use std::sync::PoisonError;

use patchbay_engine::Query;
use patchbay_pool::EndpointStatus;
use patchbay_runtime::{Allocation, Runtime};
use patchbay_slots::Slot;
use patchbay_tasks::{StateName, asked};
use patchbay_types::SlotName;

use super::provider::{health, serves};
use super::{Desk, Operator};
use crate::OperatorError;
use crate::api::{Health, SlotStatus, Status, TaskAsked};

/// Reports and events that a status shows.
const SHOWN: usize = 10;
/// Tasks that are looked at to find those that people are asked about.
const LOOKED_AT: usize = 100;

impl Operator {
    /// # Errors
    /// When the store cannot be read.
    pub async fn status(&self) -> Result<Status, OperatorError> {
        let (desk, parts) = (self.desk(), &self.desk().parts);
        let (since_start, in_all) = self.totals().await?;
        let slots: Vec<SlotStatus> = self.slots_in_order().iter().map(in_one_look).collect();
        let routing = SlotName::routing();
        let active = slots.iter().find(|slot| slot.slot == routing).and_then(|slot| slot.active.clone());
        let address = desk.address.lock().unwrap_or_else(PoisonError::into_inner).clone();
        Ok(Status {
            version: parts.version.to_owned(),
            started: desk.started.0,
            uptime_ms: u64::try_from(desk.uptime().as_millis()).unwrap_or(u64::MAX),
            address,
            health: self.health(),
            config_problem: desk.config_problem.load_full().map(|problem| problem.to_string()),
            slot: routing.to_string(),
            active,
            slots,
            sandbox: sandbox(&parts.runtime),
            providers: by_health(&parts.pool.status()),
            cooldowns: self.cooldowns(),
            since_start,
            in_all,
            asked: self.asked().await?,
            reports_waiting: parts.store.waiting().await?,
            reports: self.reports(SHOWN).await?,
            events: self.events(SHOWN).await?,
        })
    }

    /// What people are asked about tasks.
    async fn asked(&self) -> Result<Vec<TaskAsked>, OperatorError> {
        let states = vec![StateName::NeedsHuman, StateName::Verifying];
        let query = Query { states, limit: LOOKED_AT, ..Query::default() };
        let listed = self.desk().parts.engine.list(&query).await?;
        let asked = listed.tasks.iter().filter_map(|seen| {
            let definition = &seen.task.definition;
            Some(TaskAsked { task: definition.name.clone(), text: asked(&seen.task.state, definition)? })
        });
        Ok(asked.take(SHOWN).collect())
    }

    /// Asks nobody but memory. `degraded` is still an answer: the host serves.
    #[must_use]
    pub fn health(&self) -> Health {
        let reasons = self.desk().reasons();
        let status = if reasons.is_empty() { "ok" } else { "degraded" };
        Health { status: status.to_owned(), version: self.desk().parts.version.to_owned(), reasons }
    }

    /// How many reports wait in the outbox.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub(crate) async fn outbox(&self) -> Result<u64, OperatorError> {
        Ok(self.desk().parts.store.waiting().await?)
    }
}

impl Desk {
    pub(crate) fn uptime(&self) -> std::time::Duration {
        self.parts.clock.monotonic().since(self.started.1)
    }

    fn reasons(&self) -> Vec<String> {
        let slot = self.parts.slots.routing();
        let empty = slot
            .active()
            .is_none()
            .then(|| format!("slot {} is empty: the native policy decides", slot.name()));
        let runtime = &self.parts.runtime;
        let without_pool = |allocation: &Allocation| match allocation {
            Allocation::Pooling => None,
            Allocation::OnDemand { why } => {
                Some(format!("a sandbox has no pool, so calls take longer: {why}"))
            }
        };
        let mapped = without_pool(runtime.allocation());
        let fat_mapped = runtime.fat_allocation().and_then(without_pool);
        let nobody = !self.parts.pool.status().iter().any(serves);
        let nobody = nobody.then(|| "no provider is available".to_owned());
        // Agents read this: what is in the file is none of their business.
        let unread =
            self.config_problem.load().as_ref().map(|_| {
                "patchbay.toml is not in use as it is written: `patchbay status` says why".to_owned()
            });
        let secrets = self.secrets.reasons();
        [empty, mapped, fat_mapped, nobody, unread].into_iter().flatten().chain(secrets).collect()
    }
}

/// How instances get their memory: `pooling`, and so do those of the fat class once there are any.
fn sandbox(runtime: &Runtime) -> String {
    let shown = |allocation: &Allocation| match allocation {
        Allocation::Pooling => "pooling".to_owned(),
        Allocation::OnDemand { why } => format!("on demand: {why}"),
    };
    match runtime.fat_allocation() {
        None => shown(runtime.allocation()),
        Some(fat) => format!("{}; fat class: {}", shown(runtime.allocation()), shown(fat)),
    }
}

/// Asks no store.
fn in_one_look(slot: &Slot) -> SlotStatus {
    let active = slot.active();
    SlotStatus {
        slot: slot.name().clone(),
        active: slot.live().into_iter().find(|generation| Some(&generation.id) == active.as_ref()),
        loaded: slot.is_loaded(),
        trial: slot.trial_report(0).map(|report| report.trial),
    }
}

fn by_health(statuses: &[EndpointStatus]) -> BTreeMap<String, usize> {
    let words = ["healthy", "degraded", "cooling", "ejected", "down", "dead", "disabled"];
    let count = |word: &str| statuses.iter().filter(|status| health(status) == word).count();
    words.into_iter().map(|word| (word.to_owned(), count(word))).collect()
}
