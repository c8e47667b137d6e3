//! The report as Markdown: one table a load, one for the processes, one for the plugin's calls.

use std::fmt::{self, Write};

use super::{Process, Report, Row};
use crate::plugin::PluginCall;

pub(super) fn write(report: &Report) -> Result<String, fmt::Error> {
    let mut text = String::new();
    preface(&mut text, report)?;
    for rows in report.rows.chunk_by(|one, next| one.scenario == next.scenario) {
        load(&mut text, rows)?;
    }
    if !report.processes.is_empty() {
        processes(&mut text, &report.processes)?;
    }
    if !report.plugin_calls.is_empty() {
        plugin_calls(&mut text, &report.plugin_calls)?;
    }
    complaints(&mut text, &report.rows)?;
    Ok(text)
}

fn preface(text: &mut String, report: &Report) -> fmt::Result {
    let machine = &report.machine;
    writeln!(
        text,
        "{} cores of {}, Linux {}, {}.",
        machine.cores, machine.processor, machine.kernel, machine.date
    )?;
    writeln!(
        text,
        "Mode: {} build, loopback, canned upstream, clients and upstream on the same cores; {} rounds in turn, \
         {} s each; medians. `+` is over the floor in the same round.",
        machine.build, report.rounds, report.seconds
    )
}

fn load(text: &mut String, rows: &[Row]) -> fmt::Result {
    writeln!(text, "\n### {}\n", rows.first().map_or("", |row| row.scenario))?;
    writeln!(
        text,
        "| | requests/s | ratio | p50 us | p99 us | p50 us to first byte | CPU us a request | errors |"
    )?;
    writeln!(text, "|---|---:|---:|---:|---:|---:|---:|---:|")?;
    for row in rows {
        let generation = row.generation.as_ref().map(|named| format!(" ({named})")).unwrap_or_default();
        let processor = row.processor_us.map_or("".into(), |time| format!("{time:.1}"));
        writeln!(
            text,
            "| {}{generation} | {:.0} | {:.2} | {:.0} ({:+.0}) | {:.0} ({:+.0}) | {:.0} ({:+.0}) | {processor} | {} |",
            row.target,
            row.per_second,
            row.ratio,
            row.p50_us,
            row.p50_added_us,
            row.p99_us,
            row.p99_added_us,
            row.first_p50_us,
            row.first_p50_added_us,
            row.errors
        )?;
    }
    Ok(())
}

fn processes(text: &mut String, processes: &[Process]) -> fmt::Result {
    writeln!(text, "\n### Process\n")?;
    writeln!(text, "| | first start to ready ms | start to ready ms | RSS idle MiB | RSS after load MiB |")?;
    writeln!(text, "|---|---:|---:|---:|---:|")?;
    for process in processes {
        writeln!(
            text,
            "| {} | {:.0} | {:.0} | {} | {} |",
            process.target,
            process.first_ready_ms,
            process.ready_ms,
            mebibytes(process.idle_bytes),
            mebibytes(process.loaded_bytes)
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

fn complaints(text: &mut String, rows: &[Row]) -> fmt::Result {
    for row in rows {
        if let Some(complaint) = &row.complaint {
            writeln!(text, "\n{}, {}: the first error was: {complaint}", row.target, row.scenario)?;
        }
    }
    Ok(())
}

/// Rounded up.
fn mebibytes(bytes: u64) -> u64 {
    bytes.div_ceil(1 << 20)
}
