//! What was promised, and what was found: the losing figures too.

use super::Report;

/// One figure that has a target. Less is better, unless it says otherwise.
pub(super) struct Goal {
    pub(super) what: String,
    pub(super) wanted: String,
    pub(super) found: String,
    pub(super) met: bool,
}

/// Start to ready, and idle memory, of any host.
const READY_MS: f64 = 300.0;
const IDLE_BYTES: u64 = 80 << 20;
/// A call through Patchbay, to one by wasmtime alone.
const WARM: f64 = 1.3;
const FRESH: f64 = 1.5;
/// The gateway with its policy on, to the bare reverse proxy.
const RATIO: f64 = 0.70;
const ADDED_US: f64 = 40.0;
/// With 1,000 open streams.
const STREAMS: u64 = 1000;
const STREAMS_BYTES: u64 = 256 << 20;
/// Requests near a swap, to the others.
const SWAP: f64 = 1.5;

pub(super) fn goals(report: &Report) -> Vec<Goal> {
    let mut goals = Vec::new();
    gateway(report, &mut goals);
    for (instance, most) in [("warm", WARM), ("fresh", FRESH)] {
        let calls = report.plugin_calls.iter().filter(|call| call.instance == instance);
        if let Some(worst) = calls.map(|call| call.ratio).reduce(f64::max) {
            goals.push(Goal {
                what: format!("a call on a {instance} instance, to raw wasmtime"),
                wanted: format!("<= {most:.2}"),
                found: format!("{worst:.2}"),
                met: worst <= most,
            });
        }
    }
    for change in &report.changes {
        let Some(most) = change.allowed_ms else { continue };
        goals.push(Goal {
            what: change.what.clone(),
            wanted: format!("<= {most:.0} ms"),
            found: format!("{:.1} ms (p99 {:.1})", change.p50_ms, change.p99_ms),
            met: change.p50_ms <= most,
        });
    }
    processes(report, &mut goals);
    streams(report, &mut goals);
    swaps(report, &mut goals);
    goals
}

fn gateway(report: &Report, goals: &mut Vec<Goal>) {
    let with_policy = |scenario| {
        let mut rows = report.rows.iter();
        rows.find(|row| row.scenario == scenario && row.target == "Patchbay, policy on")
    };
    if let Some(row) = with_policy("32 connections") {
        goals.push(Goal {
            what: "requests/s at 32 connections, policy on, to the floor".into(),
            wanted: format!(">= {RATIO:.2}"),
            found: format!("{:.2}", row.ratio),
            met: row.ratio >= RATIO,
        });
    }
    if let Some(row) = with_policy("1 connection") {
        goals.push(Goal {
            what: "p50 at 1 connection, policy on, over the floor".into(),
            wanted: format!("<= {ADDED_US:.0} us"),
            found: format!("{:.0} us", row.p50_added_us),
            met: row.p50_added_us <= ADDED_US,
        });
    }
}

fn processes(report: &Report, goals: &mut Vec<Goal>) {
    for process in &report.processes {
        goals.push(Goal {
            what: format!("start to ready, {}", process.target),
            wanted: format!("<= {READY_MS:.0} ms"),
            found: format!("{:.0} ms", process.ready_ms),
            met: process.ready_ms <= READY_MS,
        });
        goals.push(Goal {
            what: format!("RSS idle, {}", process.target),
            wanted: format!("<= {} MiB", IDLE_BYTES >> 20),
            found: format!("{} MiB", process.idle_bytes.div_ceil(1 << 20)),
            met: process.idle_bytes <= IDLE_BYTES,
        });
    }
}

fn streams(report: &Report, goals: &mut Vec<Goal>) {
    for row in report.streams.iter().filter(|row| row.target == "Patchbay, policy on") {
        goals.push(Goal {
            what: format!("streams that came whole, of {} at once", row.streams),
            wanted: "all".into(),
            found: format!("{} of {}", row.good, row.good + row.errors),
            met: row.errors == 0,
        });
        let Some(peak) = row.peak_bytes.filter(|_| row.streams == STREAMS) else { continue };
        goals.push(Goal {
            what: format!("RSS with {STREAMS} open streams"),
            wanted: format!("<= {} MiB", STREAMS_BYTES >> 20),
            found: format!("{} MiB", peak.div_ceil(1 << 20)),
            met: peak <= STREAMS_BYTES,
        });
    }
}

fn swaps(report: &Report, goals: &mut Vec<Goal>) {
    let Some(swaps) = &report.swaps else { return };
    goals.push(Goal {
        what: "p99 near a swap, to the other requests".into(),
        wanted: format!("< {SWAP:.2}"),
        found: format!("{:.2}", swaps.ratio),
        met: swaps.ratio < SWAP && swaps.near.requests > 0,
    });
    goals.push(Goal {
        what: "requests that failed while the policy was swapped".into(),
        wanted: "0".into(),
        found: swaps.errors.to_string(),
        met: swaps.errors == 0,
    });
}
