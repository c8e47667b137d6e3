//! What calls, changes and trials of plugins cost, as Markdown.

use std::fmt::{self, Write};

use crate::change::Change;
use crate::pinned::PinnedCall;
use crate::plugin::PluginCall;
use crate::report::Report;
use crate::trial::Heard;

pub(super) fn tables(text: &mut String, report: &Report) -> fmt::Result {
    if !report.changes.is_empty() {
        changes(text, &report.changes)?;
    }
    if !report.plugin_calls.is_empty() {
        plugin_calls(text, &report.plugin_calls)?;
    }
    if !report.pinned_calls.is_empty() {
        pinned_calls(text, &report.pinned_calls)?;
    }
    Ok(())
}

/// Below the table of trials.
pub(super) fn heard(text: &mut String, report: &Report) -> fmt::Result {
    let Some(Heard { heard, missed, otherwise }) = report.heard else { return Ok(()) };
    writeln!(
        text,
        "\nThe shadow heard {heard} requests and answered {otherwise} of them otherwise; {missed} did not fit into its \
         queue."
    )
}

fn changes(text: &mut String, changes: &[Change]) -> fmt::Result {
    writeln!(text, "\n### Another component in charge, through the socket of a host that runs\n")?;
    writeln!(text, "| | times | p50 ms | p99 ms | the floor | its p50 ms | ratio |")?;
    writeln!(text, "|---|---:|---:|---:|---|---:|---:|")?;
    for change in changes {
        writeln!(
            text,
            "| {} | {} | {:.1} | {:.1} | {} | {:.2} | {:.2} |",
            change.what,
            change.count,
            change.p50_ms,
            change.p99_ms,
            change.floor,
            change.floor_ms,
            change.ratio
        )?;
    }
    Ok(())
}

fn plugin_calls(text: &mut String, calls: &[PluginCall]) -> fmt::Result {
    writeln!(text, "\n### One call of the bundled primary-fallback\n")?;
    writeln!(
        text,
        "| instance | candidates | raw wasmtime us | the same on a fiber us | Patchbay us | ratio to raw | ratio to fiber |"
    )?;
    writeln!(text, "|---|---:|---:|---:|---:|---:|---:|")?;
    for call in calls {
        writeln!(
            text,
            "| {} | {} | {:.2} | {:.2} | {:.2} | {:.2} | {:.2} |",
            call.instance,
            call.candidates,
            call.raw_us,
            call.raw_fiber_us,
            call.patchbay_us,
            call.ratio,
            call.ratio_fiber
        )?;
    }
    Ok(())
}

fn pinned_calls(text: &mut String, calls: &[PinnedCall]) -> fmt::Result {
    writeln!(text, "\n### The same call through its slot, on a warm instance\n")?;
    writeln!(
        text,
        "| candidates | the plugin alone us | pin, budget, recorder us | ratio | a shadow hears every call us | ratio |"
    )?;
    writeln!(text, "|---:|---:|---:|---:|---:|---:|")?;
    for call in calls {
        writeln!(
            text,
            "| {} | {:.2} | {:.2} | {:.2} | {:.2} | {:.2} |",
            call.candidates,
            call.alone_us,
            call.recorded_us,
            call.recorded_ratio,
            call.shadowed_us,
            call.shadowed_ratio
        )?;
    }
    Ok(())
}
