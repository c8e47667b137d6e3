//! What was measured in open loops, as Markdown: latency at fixed rates, near swaps, and of streams.

use std::fmt::{self, Write};

use super::mebibytes;
use crate::latency::LatencyRow;
use crate::report::Report;
use crate::streams::StreamRow;
use crate::swaps::{Latencies, Swaps};

pub(super) fn tables(text: &mut String, report: &Report) -> fmt::Result {
    for rows in report.latency.chunk_by(|one, next| one.percent == next.percent) {
        latency(text, rows)?;
    }
    if let Some(measured) = &report.swaps {
        swaps(text, measured)?;
    }
    for rows in report.streams.chunk_by(|one, next| one.streams == next.streams) {
        streams(text, rows)?;
    }
    Ok(())
}

fn latency(text: &mut String, rows: &[LatencyRow]) -> fmt::Result {
    let Some(first) = rows.first() else { return Ok(()) };
    writeln!(
        text,
        "\n### {} requests/s, open loop: {} % of what the floor can do\n",
        first.per_second, first.percent
    )?;
    writeln!(
        text,
        "Each request is timed from when it was due. `clients late` is part of the other columns.\n"
    )?;
    writeln!(text, "| | p50 us | p99 us | p99.9 us | clients late, p99 us | errors |")?;
    writeln!(text, "|---|---:|---:|---:|---:|---:|")?;
    for row in rows {
        writeln!(
            text,
            "| {} | {:.0} ({:+.0}) | {:.0} ({:+.0}) | {:.0} ({:+.0}) | {:.0} | {} |",
            row.target,
            row.p50_us,
            row.p50_added_us,
            row.p99_us,
            row.p99_added_us,
            row.p999_us,
            row.p999_added_us,
            row.late_p99_us,
            row.errors
        )?;
    }
    Ok(())
}

fn swaps(text: &mut String, swaps: &Swaps) -> fmt::Result {
    writeln!(
        text,
        "\n### {} requests/s, open loop, while the policy is swapped once a second\n",
        swaps.per_second
    )?;
    writeln!(text, "| requests | | p50 us | p99 us | p99.9 us |")?;
    writeln!(text, "|---|---:|---:|---:|---:|")?;
    for (name, Latencies { requests, p50_us, p99_us, p999_us }) in
        [("under way at a swap, or up to 100 ms after it", &swaps.near), ("all others", &swaps.others)]
    {
        writeln!(text, "| {name} | {requests} | {p50_us:.0} | {p99_us:.0} | {p999_us:.0} |")?;
    }
    writeln!(
        text,
        "\n{} swaps in {} s, each of {:.1} ms (p50). p99 near a swap to the others: {:.2}. Requests that failed: {}.",
        swaps.swaps, swaps.seconds, swaps.swap_p50_ms, swaps.ratio, swaps.errors
    )?;
    swaps.complaint.as_ref().map_or(Ok(()), |complaint| writeln!(text, "\nThe first error was: {complaint}"))
}

fn streams(text: &mut String, rows: &[StreamRow]) -> fmt::Result {
    let Some(first) = rows.first() else { return Ok(()) };
    writeln!(text, "\n### {} streams open at once\n", first.streams)?;
    writeln!(
        text,
        "{} begin a second, whatever became of the others; an event every {} ms in each. Without the upstream's own \
         time. Gaps and ways while all are open.\n",
        first.per_second, first.gap_ms
    )?;
    writeln!(
        text,
        "| | to the first event, p50 ms | p99 ms | a gap longer by, p50 ms | p99 ms | max ms | an event's way, p50 ms | p99 ms \
         | RSS at the most MiB | whole | errors |"
    )?;
    writeln!(text, "|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|")?;
    rows.iter().try_for_each(|row| stream(text, row))
}

fn stream(text: &mut String, row: &StreamRow) -> fmt::Result {
    let milli = |micros: f64| micros / 1000.0;
    let both = |own, added| format!("{:.1} ({:+.1})", milli(own), milli(added));
    writeln!(
        text,
        "| {} | {} | {} | {:.2} | {} | {:.1} | {} | {} | {} | {} | {} |",
        row.target,
        both(row.first_p50_us, row.first_p50_added_us),
        both(row.first_p99_us, row.first_p99_added_us),
        milli(row.gap_p50_us),
        both(row.gap_p99_us, row.gap_p99_added_us),
        milli(row.gap_max_us),
        both(row.delay_p50_us, row.delay_p50_added_us),
        both(row.delay_p99_us, row.delay_p99_added_us),
        row.peak_bytes.map(|bytes| mebibytes(bytes).to_string()).unwrap_or_default(),
        row.good,
        row.errors
    )
}
