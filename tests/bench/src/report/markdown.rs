//! The report as Markdown: the targets, then a table a load, then the tables of plugins.

mod plugin;

use std::fmt::{self, Write};

use super::goal::goals;
use super::{Process, Report, Row};

pub(super) fn write(report: &Report) -> Result<String, fmt::Error> {
    let mut text = String::new();
    preface(&mut text, report)?;
    against_the_targets(&mut text, report)?;
    for rows in report.rows.chunk_by(|one, next| one.scenario == next.scenario) {
        load(&mut text, rows)?;
    }
    plugin::heard(&mut text, report)?;
    if !report.processes.is_empty() {
        processes(&mut text, &report.processes)?;
    }
    plugin::tables(&mut text, report)?;
    complaints(&mut text, &report.rows)?;
    Ok(text)
}

fn preface(text: &mut String, report: &Report) -> fmt::Result {
    let machine = &report.machine;
    writeln!(
        text,
        "{} cores of {}, Linux {}, {}; load average before the run {}.",
        machine.cores, machine.processor, machine.kernel, machine.date, machine.busy
    )?;
    writeln!(
        text,
        "Mode: {} build, loopback, canned upstream, clients and upstream on the same cores; {} rounds in turn, \
         {} s each; medians. Ratios, and `+`, are to the first row, in the same round.",
        machine.build, report.rounds, report.seconds
    )
}

fn against_the_targets(text: &mut String, report: &Report) -> fmt::Result {
    let goals = goals(report);
    if goals.is_empty() {
        return Ok(());
    }
    writeln!(text, "\n### Against the targets\n")?;
    writeln!(text, "| | wanted | found | |")?;
    writeln!(text, "|---|---:|---:|---|")?;
    for goal in goals {
        let word = if goal.met { "met" } else { "**missed**" };
        writeln!(text, "| {} | {} | {} | {word} |", goal.what, goal.wanted, goal.found)?;
    }
    Ok(())
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
            process.loaded_bytes.map(|bytes| mebibytes(bytes).to_string()).unwrap_or_default()
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
