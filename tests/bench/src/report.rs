//! What a run has to tell, for people and for programs.

mod goal;
mod markdown;
#[cfg(test)]
mod tests;

use std::io::Write;

use serde::Serialize;

use crate::Plan;
use crate::change::Change;
use crate::idle::Idle;
use crate::latency::LatencyRow;
use crate::machine::Machine;
use crate::peer::PeerRow;
use crate::pinned::PinnedCall;
use crate::plugin::PluginCall;
use crate::streams::StreamRow;
use crate::swaps::Swaps;
use crate::trial::Heard;

/// All that was measured. Figures are medians over the rounds.
#[derive(Serialize)]
pub(crate) struct Report {
    pub(crate) machine: Machine,
    /// Of each measurement.
    pub(crate) seconds: u64,
    pub(crate) rounds: u64,
    pub(crate) rows: Vec<Row>,
    pub(crate) processes: Vec<Process>,
    pub(crate) plugin_calls: Vec<PluginCall>,
    pub(crate) changes: Vec<Change>,
    pub(crate) pinned_calls: Vec<PinnedCall>,
    /// What the shadow came to in the rows with a candidate.
    pub(crate) heard: Option<Heard>,
    pub(crate) latency: Vec<LatencyRow>,
    pub(crate) swaps: Option<Swaps>,
    pub(crate) streams: Vec<StreamRow>,
    pub(crate) idle: Option<Idle>,
    pub(crate) peers: Vec<PeerRow>,
    /// What was to be measured and could not be.
    pub(crate) skipped: Vec<Skipped>,
}

/// Never left out silently.
#[derive(Serialize)]
pub(crate) struct Skipped {
    pub(crate) what: String,
    pub(crate) reason: String,
}

/// One target under one load. What is `added`, and the ratio, are to the floor's figure of the same round.
#[derive(Serialize)]
pub(crate) struct Row {
    pub(crate) scenario: &'static str,
    pub(crate) target: String,
    /// Good answers a second.
    pub(crate) per_second: f64,
    pub(crate) ratio: f64,
    pub(crate) p50_us: f64,
    pub(crate) p50_added_us: f64,
    pub(crate) p99_us: f64,
    pub(crate) p99_added_us: f64,
    /// To the first bytes of an answer's body.
    pub(crate) first_p50_us: f64,
    pub(crate) first_p50_added_us: f64,
    /// Processor time of the process under test for each answer; none for the upstream alone.
    pub(crate) processor_us: Option<f64>,
    /// In all rounds together.
    pub(crate) errors: u64,
    /// The first of them, in words.
    pub(crate) complaint: Option<String>,
    /// What Patchbay says made the decision.
    pub(crate) generation: Option<String>,
}

/// What Patchbay's process takes.
#[derive(Serialize)]
pub(crate) struct Process {
    pub(crate) target: String,
    #[serde(skip)]
    pub(crate) id: u32,
    /// Start to ready: the first time in a fresh folder, and the median of those after it.
    pub(crate) first_ready_ms: f64,
    pub(crate) ready_ms: f64,
    /// Resident memory before the first request, and after all measurements; none if it was sent no request.
    pub(crate) idle_bytes: u64,
    pub(crate) loaded_bytes: Option<u64>,
}

impl Report {
    /// Nothing is measured yet.
    pub(crate) fn new(machine: Machine, plan: &Plan) -> Self {
        Self {
            machine,
            seconds: plan.seconds,
            rounds: plan.rounds,
            rows: Vec::new(),
            processes: Vec::new(),
            plugin_calls: Vec::new(),
            changes: Vec::new(),
            pinned_calls: Vec::new(),
            heard: None,
            latency: Vec::new(),
            swaps: None,
            streams: Vec::new(),
            idle: None,
            peers: Vec::new(),
            skipped: Vec::new(),
        }
    }
}

/// To standard output.
pub(crate) fn print(report: &Report, json: bool) -> anyhow::Result<()> {
    let text = if json { serde_json::to_string_pretty(report)? } else { markdown::write(report)? };
    writeln!(std::io::stdout(), "{text}")?;
    Ok(())
}
