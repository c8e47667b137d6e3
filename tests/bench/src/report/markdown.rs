//! The report as Markdown: the targets, then a table a load, then open loops, a host at rest, other gateways, and the
//! tables of plugins.

mod open;
mod peer;
mod plugin;
mod rest;

use std::fmt::{self, Write};

use super::goal::goals;
use super::{Report, Row};

pub(super) fn write(report: &Report) -> Result<String, fmt::Error> {
    let mut text = String::new();
    preface(&mut text, report)?;
    against_the_targets(&mut text, report)?;
    for rows in report.rows.chunk_by(|one, next| one.scenario == next.scenario) {
        load(&mut text, rows)?;
    }
    plugin::heard(&mut text, report)?;
    open::tables(&mut text, report)?;
    rest::tables(&mut text, report)?;
    peer::table(&mut text, &report.peers)?;
    plugin::tables(&mut text, report)?;
    complaints(&mut text, report)?;
    skipped(&mut text, report)?;
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
         {} s each; medians. Nothing is pinned to a core: target, clients and upstream share all of them. Ratios, and `+`, \
         are to the first row, in the same round.",
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

fn complaints(text: &mut String, report: &Report) -> fmt::Result {
    let rows = report.rows.iter().map(|row| (&row.target, row.scenario.to_owned(), &row.complaint));
    let latency = report.latency.iter();
    let latency =
        latency.map(|row| (&row.target, format!("{} requests/s, open loop", row.per_second), &row.complaint));
    let streams = report.streams.iter();
    let streams = streams.map(|row| (&row.target, format!("{} streams", row.streams), &row.complaint));
    let peers = report.peers.iter().map(|row| (&row.name, "beside the floor".to_owned(), &row.complaint));
    for (target, load, complaint) in rows.chain(latency).chain(streams).chain(peers) {
        if let Some(complaint) = complaint {
            writeln!(text, "\n{target}, {load}: the first error was: {complaint}")?;
        }
    }
    Ok(())
}

fn skipped(text: &mut String, report: &Report) -> fmt::Result {
    if !report.skipped.is_empty() {
        writeln!(text, "\n### Not measured\n")?;
    }
    for skipped in &report.skipped {
        writeln!(text, "- {}: {}", skipped.what, skipped.reason)?;
    }
    Ok(())
}

/// Rounded up.
fn mebibytes(bytes: u64) -> u64 {
    bytes.div_ceil(1 << 20)
}
