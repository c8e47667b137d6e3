//! `patchbay slot`: what is in charge where, what was before, in which order a chain is asked, and a question by hand.

mod ask;
mod row;

use std::path::Path;

use clap::{Args, Subcommand};
use http::Method;
use patchbay_admin::api::ChainOrder;
use patchbay_types::SlotName;

use super::table::Table;
use super::{AnswerOptions, Failure, answer, output, pairs};
use crate::client::{Request, segment};
pub use row::{GenerationRow, ReportRow, SlotRow, TrialRow};

#[derive(Subcommand, Debug)]
pub enum Command {
    /// List the slots, those of a chain in the order in which they are asked
    List(AnswerOptions),
    /// Show a slot and its generations, the newest first
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
    /// Set the order in which the slots of a chain are asked
    #[command(after_help = "Example:\n  patchbay slot order analyzers rules upstream-errors")]
    Order(Order),
    /// Empty a slot and forget it with its generations; routing stays
    Remove {
        #[arg(value_name = "SLOT")]
        slot: SlotName,
        #[command(flatten)]
        options: AnswerOptions,
    },
    /// Ask whoever is in charge of a slot; what the plugin does is done
    Ask(ask::Options),
}

#[derive(Args, Debug)]
pub struct Order {
    /// analyzers or strategies
    #[arg(value_name = "KIND")]
    kind: String,
    /// Each slot of the kind once, the first to be asked first; with or without the kind
    #[arg(value_name = "SLOT", required = true)]
    slots: Vec<String>,
    #[command(flatten)]
    answer: AnswerOptions,
}

impl Command {
    /// # Errors
    /// As [`answer::ask`].
    pub async fn run(self, dir: &Path) -> Result<(), Failure> {
        match self {
            Self::List(options) => answer::show(dir, Request::get("/api/slots"), options.json, slots).await,
            Self::Show { slot, limit, options } => {
                let request = Request::get(format!("/api/slots/{}?limit={limit}", segment(&slot)));
                answer::show(dir, request, options.json, shown).await
            }
            Self::Order(order) => order.run(dir).await,
            Self::Remove { slot, options } => {
                let request = Request::change(Method::DELETE, format!("/api/slots/{}", segment(&slot)));
                let answer = answer::ask(dir, request).await?;
                match options.json {
                    true => output::line(&answer.text()),
                    false => output::note(&format!("removed {slot}")),
                }
                Ok(())
            }
            Self::Ask(options) => options.run(dir).await,
        }
    }
}

impl Order {
    async fn run(self, dir: &Path) -> Result<(), Failure> {
        let path = format!("/api/chains/{}", segment(&self.kind));
        let request = Request::submit(Method::POST, path, &ChainOrder { order: self.slots });
        let answer = answer::ask(dir, request).await?;
        match self.answer.json {
            true => output::line(&answer.text()),
            false => {
                let ChainOrder { order } = answer.read()?;
                output::note(&format!("{} are asked in this order: {}", self.kind, order.join(", ")));
            }
        }
        Ok(())
    }
}

fn slots(slots: Vec<SlotRow>) -> String {
    let rows = slots.iter().map(|slot| {
        let plugin = slot.in_charge().map(GenerationRow::plugin);
        let active = slot.active.clone().unwrap_or_else(|| slot.nobody().to_owned());
        let signed = slot.in_charge().and_then(|active| active.signed_by.clone());
        let may = slot.in_charge().map(|active| active.grants.join(", "));
        let trial = slot.trial.as_ref().map(TrialRow::words);
        [
            slot.slot.clone(),
            slot.kind().to_owned(),
            active,
            plugin.unwrap_or_default(),
            signed.unwrap_or_default(),
            may.unwrap_or_default(),
            trial.unwrap_or_default(),
        ]
    });
    Table::new(["SLOT", "KIND", "IN CHARGE", "PLUGIN", "SIGNED BY", "MAY", "TRIAL"]).with(rows).or("no slots")
}

fn shown(slot: SlotRow) -> String {
    format!("{}\n\n{}", summary(&slot), generations(&slot))
}

fn summary(slot: &SlotRow) -> String {
    let active = slot.in_charge();
    let later = if slot.loaded { "" } else { ", not loaded yet" };
    let in_charge = active.map(|active| format!("{} {}{later}", active.id, active.plugin()));
    let in_charge = in_charge.or_else(|| slot.active.clone()).unwrap_or_else(|| slot.nobody().to_owned());
    let signed = active.and_then(|active| active.signed_by.clone()).unwrap_or_default();
    let mut lines = vec![
        ("slot", slot.slot.clone()),
        ("kind", slot.kind().to_owned()),
        ("in charge", in_charge),
        ("signed by", signed),
    ];
    lines.extend(slot.not_loaded_because.iter().map(|why| ("does not load", why.clone())));
    lines.extend(active.iter().flat_map(|active| &active.grants).map(|grant| ("may", grant.clone())));
    lines.extend(
        slot.trial.as_ref().map(|trial| ("trial", format!("{}, since {}", trial.words(), trial.since))),
    );
    pairs(lines)
}

fn generations(slot: &SlotRow) -> String {
    let empty = match slot.loaded {
        true => format!("slot {} is empty: patchbay plugin load FILE.wasm --slot {}", slot.slot, slot.slot),
        false => format!("slot {} is loaded when the first task needs it", slot.slot),
    };
    let rows = slot.generations.iter().map(|row| {
        [
            row.id.clone(),
            row.state.clone(),
            row.plugin(),
            row.contract.clone(),
            row.short_digest(),
            row.origin.clone(),
            row.signed_by.clone().unwrap_or_default(),
            row.created.to_string(),
            row.in_flight.to_string(),
            row.calls.to_string(),
            row.failures().to_string(),
            micros(row.p50_us),
            micros(row.p99_us),
            row.reason.clone().unwrap_or_default(),
        ]
    });
    let heading = [
        "GENERATION",
        "STATE",
        "PLUGIN",
        "CONTRACT",
        "DIGEST",
        "ORIGIN",
        "SIGNED BY",
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

pub fn micros(time: Option<f64>) -> String {
    time.map(|time| format!("{time:.1}")).unwrap_or_default()
}

#[cfg(test)]
pub mod tests;
