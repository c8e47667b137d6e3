//! Slots, generations and trials as the API shows them. Counters are those since the host started.

use patchbay_slots::{Difference, TrialMode};
use patchbay_types::Timestamp;
use serde::Deserialize;

#[derive(Deserialize)]
pub struct SlotRow {
    pub slot: String,
    pub active: Option<String>,
    /// Whether who is in charge is in memory. A host of another version loads them all.
    #[serde(default = "loaded")]
    pub loaded: bool,
    /// Who will be in charge once it is loaded.
    #[serde(default)]
    pub expected: Option<ExpectedRow>,
    /// Why it could not be loaded when somebody last asked for it.
    #[serde(default)]
    pub not_loaded_because: Option<String>,
    #[serde(default)]
    pub trial: Option<TrialRow>,
    #[serde(default)]
    pub generations: Vec<GenerationRow>,
}

#[derive(Deserialize)]
pub struct ExpectedRow {
    pub generation: String,
    pub digest: String,
}

fn loaded() -> bool {
    true
}

#[derive(Deserialize)]
pub struct GenerationRow {
    pub id: String,
    pub digest: String,
    pub name: String,
    pub version: String,
    pub contract: String,
    pub state: String,
    pub origin: String,
    pub reason: Option<String>,
    pub created: Timestamp,
    pub in_flight: u32,
    pub calls: u64,
    pub refused: u64,
    pub traps: u64,
    pub timeouts: u64,
    #[serde(default)]
    pub limits: u64,
    pub invalid: u64,
    #[serde(default)]
    pub busy: u64,
    pub p50_us: Option<f64>,
    pub p99_us: Option<f64>,
    #[serde(default)]
    pub grants: Vec<String>,
    #[serde(default)]
    pub signed_by: Option<String>,
    #[serde(default)]
    pub effects: EffectsRow,
}

/// Requests that a generation decided for.
#[derive(Deserialize, Default)]
pub struct EffectsRow {
    pub ended: u64,
    pub failed: u64,
    pub p50_ms: Option<f64>,
    pub p99_ms: Option<f64>,
    pub cost_nano_usd: u64,
}

#[derive(Deserialize)]
pub struct TrialRow {
    pub candidate: String,
    pub mode: TrialMode,
    pub since: Timestamp,
    pub calls: u64,
    pub agree: u64,
    pub differ: u64,
    pub diverged: u64,
    pub failed: u64,
    pub missed: u64,
}

#[derive(Deserialize)]
pub struct ReportRow {
    pub trial: TrialRow,
    pub active: Option<GenerationRow>,
    pub candidate: GenerationRow,
    /// The newest first.
    pub differences: Vec<Difference>,
}

impl SlotRow {
    /// The generation in charge, or that will be once it is loaded; one that was never loaded has no row.
    pub fn in_charge(&self) -> Option<&GenerationRow> {
        let expected = self.expected.as_ref().map(|expected| &expected.generation);
        let id = self.active.as_ref().or(expected)?;
        self.generations.iter().find(|generation| generation.id == *id)
    }

    /// `notifiers` of `notifiers/ops`.
    pub fn kind(&self) -> &str {
        self.slot.split('/').next().unwrap_or_default()
    }

    /// Who answers while the slot is empty, or that it is not loaded yet.
    pub fn nobody(&self) -> &'static str {
        match self.kind() {
            _ if !self.loaded => "not loaded yet",
            "routing" => "the native policy",
            _ => "nobody",
        }
    }
}

impl GenerationRow {
    /// `name@version`.
    pub fn plugin(&self) -> String {
        format!("{}@{}", self.name, self.version)
    }

    /// The first 12 digits, as people compare them.
    pub fn short_digest(&self) -> String {
        self.digest.trim_start_matches("sha256:").chars().take(12).collect()
    }

    pub fn failures(&self) -> u64 {
        self.refused + self.traps + self.timeouts + self.limits + self.invalid + self.busy
    }
}

impl TrialRow {
    /// One line: who, how, and what came of it.
    pub fn words(&self) -> String {
        match self.mode {
            TrialMode::Shadow { .. } => format!("{} {}: {}", self.candidate, self.how(), self.counts()),
            TrialMode::Canary { .. } => format!("{} {}", self.candidate, self.how()),
        }
    }

    pub fn how(&self) -> String {
        match self.mode {
            TrialMode::Shadow { sample } => format!("hears {} % of the calls", sample * 100.0),
            TrialMode::Canary { percent } => format!("decides for {percent} %"),
        }
    }

    /// What a shadow answered.
    pub fn counts(&self) -> String {
        let Self { calls, agree, differ, diverged, failed, missed, .. } = self;
        format!(
            "{calls} calls, {agree} agree, {differ} differ, {diverged} diverged, {failed} failed, {missed} missed"
        )
    }
}
