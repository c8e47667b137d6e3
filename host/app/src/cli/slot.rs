//! `patchbay slot`: what is in charge where, and what was before.

use std::path::Path;

use clap::Subcommand;
use patchbay_types::{SlotName, Timestamp};
use serde::Deserialize;

use super::table::Table;
use super::{AnswerOptions, Failure, answer};
use crate::client::Request;

#[derive(Subcommand, Debug)]
pub enum Command {
    /// List the slots
    List(AnswerOptions),
    /// Show a slot's generations, the newest first
    #[command(after_help = "Example:\n  patchbay slot show routing --limit 5")]
    Show {
        #[arg(value_name = "SLOT")]
        slot: SlotName,
        /// The most generations to show
        #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=400))]
        limit: u32,
        #[command(flatten)]
        options: AnswerOptions,
    },
}

/// A slot as the API shows it.
#[derive(Deserialize)]
pub struct SlotRow {
    pub slot: String,
    pub active: Option<String>,
    #[serde(default)]
    pub generations: Vec<GenerationRow>,
}

/// A generation as the API shows it. Its counters are those since the host started.
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
    pub invalid: u64,
    pub p50_us: Option<f64>,
    pub p99_us: Option<f64>,
}

impl Command {
    /// # Errors
    /// As [`answer::ask`].
    pub async fn run(self, dir: &Path) -> Result<(), Failure> {
        match self {
            Self::List(options) => answer::show(dir, Request::get("/api/slots"), options.json, slots).await,
            Self::Show { slot, limit, options } => {
                let request = Request::get(format!("/api/slots/{slot}?limit={limit}"));
                answer::show(dir, request, options.json, generations).await
            }
        }
    }
}

impl SlotRow {
    /// The generation in charge.
    pub fn in_charge(&self) -> Option<&GenerationRow> {
        self.generations.iter().find(|generation| Some(&generation.id) == self.active.as_ref())
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

    fn failures(&self) -> u64 {
        self.refused + self.traps + self.timeouts + self.invalid
    }
}

fn slots(slots: Vec<SlotRow>) -> String {
    let rows = slots.into_iter().map(|slot| {
        let plugin = slot.in_charge().map(GenerationRow::plugin);
        let active = slot.active.unwrap_or_else(|| "the native policy".to_owned());
        [slot.slot, active, plugin.unwrap_or_default()]
    });
    Table::new(["SLOT", "IN CHARGE", "PLUGIN"]).with(rows).or("no slots")
}

fn generations(slot: SlotRow) -> String {
    let empty = format!("slot {} is empty: patchbay plugin load FILE.wasm --slot {}", slot.slot, slot.slot);
    let rows = slot.generations.into_iter().map(|row| {
        let (p50, p99) = (micros(row.p50_us), micros(row.p99_us));
        [
            row.id.clone(),
            row.state.clone(),
            row.plugin(),
            row.contract.clone(),
            row.short_digest(),
            row.origin.clone(),
            row.created.to_string(),
            row.in_flight.to_string(),
            row.calls.to_string(),
            row.failures().to_string(),
            p50,
            p99,
            row.reason.unwrap_or_default(),
        ]
    });
    let heading = [
        "GENERATION",
        "STATE",
        "PLUGIN",
        "CONTRACT",
        "DIGEST",
        "ORIGIN",
        "CREATED",
        ">IN FLIGHT",
        ">CALLS",
        ">FAILED",
        ">P50 US",
        ">P99 US",
        "REASON",
    ];
    Table::new(heading).with(rows).or(&empty)
}

fn micros(time: Option<f64>) -> String {
    time.map(|time| format!("{time:.1}")).unwrap_or_default()
}
