//! What the process takes: to start, at rest, and after it was given much to hold, as Markdown.

use std::fmt::{self, Write};

use super::mebibytes;
use crate::idle::Idle;
use crate::report::{Process, Report};

pub(super) fn tables(text: &mut String, report: &Report) -> fmt::Result {
    if !report.processes.is_empty() {
        processes(text, &report.processes)?;
    }
    report.idle.as_ref().map_or(Ok(()), |idle| at_rest(text, idle))
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

fn at_rest(text: &mut String, idle: &Idle) -> fmt::Result {
    writeln!(text, "\n### Memory around what was done to it\n")?;
    writeln!(text, "| | RSS before MiB | at the most MiB | a second after MiB |")?;
    writeln!(text, "|---|---:|---:|---:|")?;
    for weight in &idle.weights {
        let [before, peak, after] =
            [weight.before_bytes, weight.peak_bytes, weight.after_bytes].map(mebibytes);
        writeln!(text, "| {} | {before} | {peak} | {after} |", weight.what)?;
    }
    writeln!(
        text,
        "\nIdle, it used {:.2} % of one core over {} s.",
        idle.processor_percent, idle.over_seconds
    )
}
